import { describe, expect, test } from "bun:test";
import { Vector3 } from "three";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { cameraPath } from "../../src/scene/camera/camera-path.ts";

const view = (position: [number, number, number], more: Partial<CameraState> = {}): CameraState => ({
  ...{ position, focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
  ...more,
});

const FRONT = view([0, 0, 10]);
const RIGHT = view([10, 0, 0]);
const BACK = view([0, 0, -10]);
const TOP = view([0, 10, 0], { viewUp: [0, 0, -1] });

const direction = ({ position, focalPoint }: CameraState) =>
  new Vector3(...focalPoint).sub(new Vector3(...position)).normalize();

/** The largest difference of two cameras: of positions relative to their distance, and of directions. */
function difference(a: CameraState, b: CameraState): number {
  const distance = new Vector3(...a.position).distanceTo(new Vector3(...a.focalPoint));
  const moved = new Vector3(...a.position).distanceTo(new Vector3(...b.position)) / distance;
  const up = (state: CameraState) =>
    new Vector3(...state.viewUp).projectOnPlane(direction(state)).normalize();
  return Math.max(moved, up(a).distanceTo(up(b)), Math.abs(a.viewAngle - b.viewAngle));
}

/** The smallest difference of a path from a view. */
function nearest(path: (time: number) => CameraState, to: CameraState): number {
  return Math.min(...Array.from({ length: 2001 }, (_, i) => difference(path(i / 2000), to)));
}

describe("a camera path", () => {
  test("begins at the first view, ends at the last, and goes through the others", () => {
    const path = cameraPath([FRONT, RIGHT, TOP, BACK]);
    expect(difference(path(0), FRONT)).toBeLessThan(1e-9);
    expect(difference(path(1), BACK)).toBeLessThan(1e-9);
    for (const each of [RIGHT, TOP]) expect(nearest(path, each)).toBeLessThan(0.01);
  });

  test("rotates around a focal point that the views share, at their distance, and does not cut through the scene", () => {
    const path = cameraPath([FRONT, RIGHT, BACK]);
    for (let i = 0; i <= 100; i += 1) {
      const { position, focalPoint, viewAngle } = path(i / 100);
      expect(new Vector3(...position).length()).toBeCloseTo(10, 6);
      expect(new Vector3(...focalPoint).length()).toBeLessThan(1e-9);
      expect(viewAngle).toBeCloseTo(30, 6);
    }
  });

  test("has a constant speed between a slow start and a slow end", () => {
    // The second section is four times as long as the first.
    const path = cameraPath([FRONT, view([2, 0, 9.8]), BACK]);
    const steps = Array.from({ length: 200 }, (_, i) =>
      direction(path(i / 200)).angleTo(direction(path((i + 1) / 200))),
    );
    const middle = steps.slice(35, 165);
    expect(Math.max(...middle) / Math.min(...middle)).toBeLessThan(1.05);
    for (const end of [steps[0], steps.at(-1)]) expect(end).toBeLessThan((middle[0] ?? 0) / 5);
  });

  test("a loop returns to the first view at full speed", () => {
    const path = cameraPath([FRONT, RIGHT, BACK, view([-10, 0, 0])], { loop: true });
    expect(difference(path(1), FRONT)).toBeLessThan(1e-9);
    const step = (time: number) => direction(path(time)).angleTo(direction(path(time + 0.01)));
    expect(step(0.99) / step(0.5)).toBeCloseTo(1, 1);
    expect(nearest(path, view([-10, 0, 0]))).toBeLessThan(0.01);
  });

  test("equal views that follow one another are one, and a single view stays", () => {
    const path = cameraPath([FRONT, FRONT, BACK, BACK]);
    expect(difference(path(0.5), cameraPath([FRONT, BACK])(0.5))).toBeLessThan(1e-9);
    expect(cameraPath([FRONT, FRONT])(0.7)).toEqual(FRONT);
  });

  test("zooms by the angle of view, and orthographic views by their scale", () => {
    const zoomed = cameraPath([FRONT, view([0, 0, 10], { viewAngle: 10 })]);
    expect(zoomed(0.5).viewAngle).toBeGreaterThan(10);
    expect(zoomed(0.5).viewAngle).toBeLessThan(30);
    const flat = (parallelScale: number) => view([0, 0, 10], { parallelScale });
    expect(cameraPath([flat(1), flat(100)])(0.5).parallelScale).toBeCloseTo(10, 6);
  });

  test("refuses views of both projections, and a camera that sees nothing", () => {
    expect(() => cameraPath([FRONT, view([0, 0, 1], { parallelScale: 1 })])).toThrow(
      "Perspective and orthographic",
    );
    expect(() => cameraPath([view([0, 0, 0])])).toThrow("the same point");
    expect(() => cameraPath([])).toThrow("needs a view");
  });
});
