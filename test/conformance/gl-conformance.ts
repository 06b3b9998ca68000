/**
 * Runs Khronos's 585 WebGL 1 conformance tests (npm gl-conformance) on WebGL 2 contexts of this project:
 *
 *   npm install --prefix DIR gl-conformance@2.0.9
 *   bun test/conformance/gl-conformance.ts DIR/node_modules/gl-conformance [angle|mesa|gpu] [pattern]
 *
 * Prints the failed tests and the number of passed ones: at least 492 with ANGLE and 475 with Mesa. Not part of `bun test`:
 * it runs for minutes, and a WebGL 2 context cannot pass every test, because WebGL 2 allows what WebGL 1 forbids (loops of
 * variable length, 32-bit indices, READ_FRAMEBUFFER, TypeErrors for null…).
 */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import * as gl from "../../src/gl/index.ts";

/** The part of tape that the tests use, and the function that creates contexts. */
interface Environment {
  tape: { pass(message: string): void; fail(message: string): void; end(): void };
  createContext(width: number, height: number, options?: gl.ContextOptions): gl.WebGL2RenderingContext | null;
}

/** A test with loops in its shaders runs for 20 s with SwiftShader on a loaded machine. */
const TIMEOUT_MS = 60_000;
/** Tests with shaders that Mesa's compiler does not finish within minutes. */
const EXCLUDED_ON_MESA = /long-expressions|complex-glsl|nested-functions|packing-restrictions/;

const [directory, backend = "angle", pattern = ""] = process.argv.slice(2);
if (!directory)
  throw new Error(
    "The first argument must be the directory of gl-conformance; see the comment in this file.",
  );
const cases = createRequire(import.meta.url)(resolve(directory, "node-test/index.js")) as [
  name: string,
  run: (environment: Environment) => void,
][];

// The tests require the globals of a page, and their console output is dropped.
const { log } = console;
for (const [name, value] of Object.entries(gl)) {
  if (name.startsWith("WebGL")) Object.assign(globalThis, { [name]: value });
}
Object.assign(globalThis, { WebGLRenderingContext: gl.WebGL2RenderingContext });
Object.assign(console, { log() {}, warn() {}, error() {} });

/** Ends the current test. Exceptions in its callbacks call it too. */
let finish: (failure?: string) => void = () => {};
process.on("uncaughtException", (error) => finish(`uncaught ${error.message}`));
process.on("unhandledRejection", (reason) => finish(`unhandled ${reason}`));

async function runCase(run: (environment: Environment) => void): Promise<string[]> {
  const failures: string[] = [];
  const contexts: gl.WebGL2RenderingContext[] = [];
  const { promise, resolve: done } = Promise.withResolvers<void>();
  finish = (failure) => {
    if (failure) failures.push(failure);
    done();
  };
  const timer = setTimeout(() => finish(`timeout after ${TIMEOUT_MS} ms`), TIMEOUT_MS);
  const createContext: Environment["createContext"] = (width, height, options) => {
    const context = gl.createContext(width || 1, height || 1, {
      antialias: false,
      ...options,
      backend: backend as gl.Backend,
    });
    const resize = (w: number, h: number) =>
      context.getExtension("STACKGL_resize_drawingbuffer")?.resize(w | 0, h | 0);
    contexts.push(Object.assign(context, { resize, destroy() {} }));
    return context;
  };
  try {
    run({
      tape: {
        pass() {},
        fail: (message) => failures.push(String(message)),
        end: () => setTimeout(finish, 0),
      },
      createContext,
    });
  } catch (error) {
    finish(`threw ${error instanceof Error ? error.message : error}`);
  }
  await promise;
  clearTimeout(timer);
  for (const context of contexts) gl.destroyContext(context);
  return failures;
}

let passed = 0;
let count = 0;
for (const [name, run] of cases) {
  if (!name.includes(pattern) || (backend === "mesa" && EXCLUDED_ON_MESA.test(name))) continue;
  const failures = await runCase(run);
  count++;
  if (failures.length === 0) passed++;
  else log(`${name}: ${failures.length} failed, first: ${failures[0]?.slice(0, 160)}`);
}
log(`${backend}: ${passed} of ${count} tests passed`);
process.exit(0);
