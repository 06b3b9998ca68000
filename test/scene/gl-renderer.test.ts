import { expect, test } from "bun:test";
import { GlRenderer } from "../../src/scene/gl-renderer.ts";

const SIZE = [64, 48] as const;

test.each([
  [true, 0],
  [false, 1],
])("the pixels of an empty view are transparent if that is requested (%p)", (transparent, alpha) => {
  const { renderer, gl, dispose } = create({ transparent });
  expect(renderer.getClearAlpha()).toBe(alpha);
  expect([...(gl.getParameter(gl.VIEWPORT) as Int32Array)]).toEqual([0, 0, ...SIZE]);
  dispose();
});

test("disposing of it destroys the context", () => {
  const { gl, driver, dispose } = create({ transparent: false });
  expect(driver).toContain("SwiftShader");
  expect(gl.isContextLost()).toBe(false);
  dispose();
  expect(gl.isContextLost()).toBe(true);
});

function create({ transparent }: { readonly transparent: boolean }) {
  const created = new GlRenderer({ backend: "angle", size: SIZE, transparent });
  const { renderer, gl, driver } = created;
  return { renderer, gl, driver, dispose: () => created.dispose() };
}
