import { describe, expect, test } from "bun:test";
import { fills, fractionOf, letterbox } from "../../src/web/view/geometry.ts";

describe("the letterbox", () => {
  test("the letterbox has bars above and below a frame that is wider than its box", () => {
    const box = { left: 0, top: 0, width: 800, height: 600 };
    expect(letterbox(box, { width: 1600, height: 900 })).toEqual({
      left: 0,
      top: 75,
      width: 800,
      height: 450,
    });
  });

  test("the letterbox has bars left and right of a frame that is taller than its box", () => {
    const box = { left: 10, top: 20, width: 800, height: 600 };
    expect(letterbox(box, { width: 300, height: 600 })).toEqual({
      left: 260,
      top: 20,
      width: 300,
      height: 600,
    });
  });

  test("the letterbox has no bars for a small frame of the same shape", () => {
    const box = { left: 0, top: 0, width: 800, height: 600 };
    expect(letterbox(box, { width: 4, height: 3 })).toEqual(box);
  });

  test("the letterbox has no bars for a draft whose size was rounded", () => {
    const box = { left: 0, top: 0, width: 801, height: 601 };
    for (const scale of [1, 0.75, 0.5, 0.3, 0.25]) {
      for (const round of [Math.floor, Math.ceil]) {
        const draft = { width: round(801 * scale), height: round(601 * scale) };
        expect(fills(box, draft)).toBe(true);
        expect(letterbox(box, draft)).toEqual(box);
      }
    }
    expect(fills(box, { width: 800, height: 450 })).toBe(false);
    expect(fills(box, { width: 400, height: 303 })).toBe(false);
  });

  test("the letterbox is the whole box if there is no frame", () => {
    const box = { left: 0, top: 0, width: 800, height: 600 };
    expect(letterbox(box, { width: 0, height: 0 })).toEqual(box);
  });
});

describe("a point as fractions of the view", () => {
  const rect = { left: 100, top: 50, width: 400, height: 200 };

  test("a point as fractions of the view is 0 or 1 at the corners, y down", () => {
    expect(fractionOf(rect, { x: 100, y: 50 })).toEqual({ x: 0, y: 0 });
    expect(fractionOf(rect, { x: 500, y: 250 })).toEqual({ x: 1, y: 1 });
    expect(fractionOf(rect, { x: 200, y: 100 })).toEqual({ x: 0.25, y: 0.25 });
  });

  test("a point as fractions of the view is clamped to the edge if it is outside of the view", () => {
    expect(fractionOf(rect, { x: -1000, y: 150 })).toEqual({ x: 0, y: 0.5 });
    expect(fractionOf(rect, { x: 300, y: 9999 })).toEqual({ x: 0.5, y: 1 });
  });

  test("a point as fractions of the view is the centre of a view without area, never NaN", () => {
    expect(fractionOf({ left: 5, top: 5, width: 0, height: 0 }, { x: 5, y: 5 })).toEqual({ x: 0.5, y: 0.5 });
  });
});
