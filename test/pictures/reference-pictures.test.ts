import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { referenceOf } from "../scene/images.ts";
import { PICTURE_NAMES, PICTURE_SIZE, renderCase } from "./picture-cases.ts";

const REFERENCES = join(import.meta.dir, "../../docs/images/pictures");

/** Share of the pixels of an object that may differ: antialiasing depends on the version of the driver. */
const TOLERANCE = 0.02;

let show: ShowManager;
beforeAll(() => {
  show = new ShowManager({ size: PICTURE_SIZE, background: "black", glBackend: "mesa" });
});
afterAll(() => show.dispose());

/** Share of the pixels that are not black in either picture that have a color component that differs by more than 40 of 255. */
function differingPart(a: Snapshot, b: Snapshot): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let [shown, differing] = [0, 0];
  for (let at = 0; at < a.data.length; at += 4) {
    let [largest, brightest] = [0, 0];
    for (let c = at; c < at + 3; c += 1) {
      const [x = 0, y = 0] = [a.data[c], b.data[c]];
      largest = Math.max(largest, Math.abs(x - y));
      brightest = Math.max(brightest, x, y);
    }
    if (brightest > 24) shown += 1;
    if (largest > 40) differing += 1;
  }
  expect(shown).toBeGreaterThan(400);
  return differing / shown;
}

/** The picture moved to the right by a number of pixels. */
function moved({ width, height, data }: Snapshot, pixels: number): Snapshot {
  const result = new Uint8Array(data.length);
  for (let row = 0; row < height; row += 1) {
    const at = 4 * row * width;
    result.set(data.subarray(at, at + 4 * (width - pixels)), at + 4 * pixels);
  }
  return { width, height, data: result };
}

describe("pictures of each kind of data are their references, which docs/pictures.md compares to those of other programs", () => {
  for (const name of PICTURE_NAMES) {
    test(name, async () => {
      const picture = await renderCase(show, name);
      expect(show.gl.getError()).toBe(0);
      const reference = await referenceOf(picture, join(REFERENCES, `${name}.png`));
      expect(differingPart(picture, reference)).toBeLessThan(TOLERANCE);
      // The tolerance finds a shift by half of a voxel, which is three pixels in these pictures.
      expect(differingPart(moved(picture, 3), reference)).toBeGreaterThan(TOLERANCE);
    });
  }
});
