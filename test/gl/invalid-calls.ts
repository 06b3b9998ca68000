import { expect, test } from "bun:test";
import { createContext, destroyContext, type WebGL2RenderingContext } from "../../src/gl/index.ts";
import { type backends, errorName, withContext } from "./support.ts";

/** Functions that define tests of invalid calls, in contexts of a backend. */
export function invalidCalls(backend: (typeof backends)[number]) {
  /** Defines a test. `call` receives a context in its initial state, and another context. */
  function raises(
    error: string,
    name: string,
    call: (gl: WebGL2RenderingContext, other: WebGL2RenderingContext) => void,
  ): void {
    test(`${name} raises ${error}`, () => {
      const other = createContext(1, 1, { backend });
      withContext({ backend }, (gl) => {
        call(gl, other);
        expect(errorName(gl)).toBe(error);
        expect(errorName(gl)).toBe("NO_ERROR");
      });
      destroyContext(other);
    });
  }

  function throwsTypeError(name: string, call: (gl: WebGL2RenderingContext) => void): void {
    test(`${name} throws a TypeError`, () => {
      withContext({ backend }, (gl) => expect(() => call(gl)).toThrow(TypeError));
    });
  }

  return { raises, throwsTypeError };
}
