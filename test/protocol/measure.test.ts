import { describe, expect, test } from "bun:test";
import { angleAt, formatMeasurement } from "../../src/protocol/measure.ts";

describe("a measurement", () => {
  test("of two points is their distance, with its unit if that is known", () => {
    const points = [
      [0, 0, 0],
      [3, 4, 0],
    ] as const;
    expect(formatMeasurement({ points }, "mm")).toBe("5 mm");
    expect(formatMeasurement({ points }, undefined)).toBe("5");
    const far = [
      [0, 0, 0],
      [0, 0, 1234.5678],
    ] as const;
    expect(formatMeasurement({ points: far }, "mm")).toBe("1234.57 mm");
    const near = [
      [0, 0, 0],
      [0, 0, 0.0123456],
    ] as const;
    expect(formatMeasurement({ points: near }, "mm")).toBe("0.01235 mm");
  });

  test("of three points is the angle at the second one", () => {
    const points = [
      [2, 0, 0],
      [0, 0, 0],
      [0, 5, 5],
    ] as const;
    expect(formatMeasurement({ points }, "mm")).toBe("90.0°");
    expect(angleAt([0, 0, 0], [1, 0, 0], [1, 1e-9, 0])).toBeCloseTo(1e-9 * (180 / Math.PI), 15);
    expect(angleAt([0, 0, 0], [1, 0, 0], [-1, 0, 0])).toBe(180);
  });
});
