import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { placeBeside } from "../../../src/web/pointer/readout.ts";
import { readoutParts, readoutText } from "../../../src/web/pointer/readout-text.ts";

describe("the box beside the pointer", () => {
  test("is in the window and does not cover the pointer, if there is room on one side", () => {
    const room = { left: 8, top: 8, width: 800, height: 600 };
    fc.assert(
      fc.property(
        fc.record({ x: fc.integer({ min: 8, max: 808 }), y: fc.integer({ min: 8, max: 608 }) }),
        fc.record({ width: fc.integer({ min: 1, max: 380 }), height: fc.integer({ min: 1, max: 590 }) }),
        fc.boolean(),
        (at, size, above) => {
          const { left, top } = placeBeside(at, size, { offset: 18, above }, room);
          expect(left).toBeGreaterThanOrEqual(room.left);
          expect(top).toBeGreaterThanOrEqual(room.top);
          expect(left + size.width).toBeLessThanOrEqual(room.left + room.width);
          expect(top + size.height).toBeLessThanOrEqual(room.top + room.height);
          const covers =
            at.x >= left && at.x <= left + size.width && at.y >= top && at.y <= top + size.height;
          expect(covers).toBe(false);
        },
      ),
    );
  });
});

test("the box is below a mouse and above a finger, if there is room", () => {
  const room = { left: 0, top: 0, width: 400, height: 300 };
  const topOf = (y: number, above: boolean) =>
    placeBeside({ x: 200, y }, { width: 100, height: 80 }, { offset: 20, above }, room).top;
  expect([topOf(150, false), topOf(150, true)]).toEqual([170, 50]);
  expect([topOf(250, false), topOf(50, true)]).toEqual([150, 70]);
});

describe("the text of the readout", () => {
  test("has the point with its unit, labels by name, and the volumes below", () => {
    const parts = readoutParts({
      ...{ layer: "lh", label: "lh.pial.gii", kind: "mesh", point: [-54.8812, 40.8, 0], unit: "mm" },
      facts: [
        { name: "vertex", value: 202 },
        { name: "curvature", value: -0.0937327013 },
      ],
      also: [
        {
          ...{ layer: "seg", label: "aseg.nii.gz", kind: "volume" },
          facts: [
            { name: "voxel", value: [91, 109, 70] },
            { name: "value", value: 17, label: "Left-Hippocampus" },
          ],
        },
      ],
    });
    expect(readoutText(parts)).toBe(
      [
        "lh.pial.gii",
        "position: -54.88, 40.80, 0.00 mm",
        "vertex: 202",
        "curvature: -0.0937327",
        "aseg.nii.gz",
        "voxel: 91, 109, 70",
        "value: Left-Hippocampus (17)",
      ].join("\n"),
    );
  });

  test("has more decimals for small coordinates without a unit, and two for large ones", () => {
    const textOf = (point: readonly [number, number, number]) =>
      readoutParts({ layer: "a", label: "a", kind: "mesh", facts: [], point })[0]?.rows[0]?.text;
    expect(textOf([0.000123, 0, -0.0002])).toBe("0.0001230, 0.0000000, -0.0002000");
    expect(textOf([4_512_300.256, 5_403_200.5, 12])).toBe("4512300.26, 5403200.50, 12.00");
  });

  test("of an empty place is empty", () => {
    expect(readoutParts({ layer: null, facts: [] })).toEqual([]);
  });
});
