import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataUtils } from "three";
import { renderStudio } from "../../scripts/build-studio.ts";

test("the stored studio is the one that scripts/build-studio.ts renders and three.js filters", () => {
  const file = readFileSync(join(import.meta.dir, "../../src/scene/lights/studio.bin.zst"));
  const { buffer, byteOffset, byteLength } = Bun.zstdDecompressSync(file);
  const stored = new Uint16Array(buffer, byteOffset, byteLength / 2);
  const rendered = renderStudio();
  expect(stored.length).toBe(rendered.length);
  let difference = 0;
  for (const [i, texel] of rendered.entries()) {
    const [was, is] = [stored[i] ?? 0, texel].map(DataUtils.fromHalfFloat);
    difference = Math.max(difference, Math.abs((is ?? 0) - (was ?? 0)) / (1 + (was ?? 0)));
  }
  // Other versions of Mesa round in other ways.
  expect(difference).toBeLessThan(0.02);
});
