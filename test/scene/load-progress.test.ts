import { expect, test } from "bun:test";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

test("the progress of a load starts at 0, never decreases and ends at 1, with several files and surfaces", async () => {
  using files = new TemporaryDirectory();
  const large = `${files.path}/sphere.obj`;
  writeLargeModel(large, "obj", 300_000);
  const text = await Bun.file(large).text();
  const half = text.indexOf("\nf", text.length * 0.8);
  // Two materials make two surfaces, each with levels of detail.
  const two = files.write("two.obj", `${text.slice(0, half)}\nusemtl b${text.slice(half)}`);
  const fractions: number[] = [];
  const scene = await loadScene([two, large], { onProgress: (fraction) => fractions.push(fraction) });
  scene.dispose();
  expect(fractions[0]).toBe(0);
  expect(fractions.at(-1)).toBe(1);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});
