import { describe, expect, test } from "bun:test";
import { Box3, OrthographicCamera, PerspectiveCamera, Vector3 } from "three";
import { TrackballStyle, type TrackballTarget } from "../../src/scene/camera/trackball-style.ts";
import { ViewCamera } from "../../src/scene/camera/view-camera.ts";

// Expected values were computed by hand from vtkInteractorStyleTrackballCamera.cxx, vtkCamera.cxx and vtkRenderer.cxx.

class TestView implements TrackballTarget {
  readonly size = [400, 300] as const;
  readonly radius = 1;
  readonly view: ViewCamera;
  readonly style: TrackballStyle;
  readonly resets: string[] = [];

  constructor(camera: PerspectiveCamera | OrthographicCamera = new PerspectiveCamera(30, 4 / 3)) {
    this.view = new ViewCamera(camera);
    this.view.state = { position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    this.style = new TrackballStyle(this);
  }

  resetView(): void {
    this.resets.push("first view");
  }

  resetCamera(): void {
    this.resets.push("fit");
  }

  onBeforeMotion(): void {}

  resetCameraClippingRange(): void {
    this.view.resetClippingRange(new Box3(new Vector3(-1, -1, -1), new Vector3(1, 1, 1)));
  }
}

function orthographic(): TestView {
  return new TestView(new OrthographicCamera(-20 / 3, 20 / 3, 5, -5));
}

function expectTriple(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

describe("a drag with the left button", () => {
  test("a drag by 0.45 of the width to the right is an azimuth of -90 degrees", () => {
    const { style, view } = new TestView();
    style.onButtonPress(0, 0.1, 0.5);
    expect(style.onMouseMove(0.55, 0.5)).toBe(true);
    expectTriple(view.state.position, [-10, 0, 0]);
    expectTriple(view.state.viewUp, [0, 1, 0]);
  });

  test("a drag by 0.15 of the height up is an elevation of -30 degrees, with an orthogonalized view-up", () => {
    const { style, view } = new TestView();
    style.onButtonPress(0, 0.5, 0.5);
    style.onMouseMove(0.5, 0.35);
    expectTriple(view.state.position, [0, -5, 8.660254]);
    expectTriple(view.state.viewUp, [0, 0.866025, 0.5]);
  });

  test("an azimuth after an elevation rotates about the new view-up, as a trackball does", () => {
    const { style, view } = new TestView();
    style.onButtonPress(0, 0.5, 0.5);
    style.onMouseMove(0.5, 0.35);
    style.onMouseMove(0.05, 0.35);
    expectTriple(view.state.position, [10, 0, 0]);
    expectTriple(view.state.viewUp, [0, 0.866025, 0.5]);
  });

  test("a mouse move before a press or after a release does not move the camera", () => {
    const { style, view } = new TestView();
    expect(style.onMouseMove(0.9, 0.9)).toBe(false);
    style.onButtonPress(0, 0.5, 0.5);
    style.onButtonRelease(0, 0.5, 0.5);
    expect(style.onMouseMove(0.1, 0.1)).toBe(false);
    expectTriple(view.state.position, [0, 0, 10]);
  });

  test("the position of the release is part of the drag", () => {
    const { style, view } = new TestView();
    style.onButtonPress(0, 0.1, 0.5);
    expect(style.onButtonRelease(0, 0.55, 0.5)).toBe(true);
    expectTriple(view.state.position, [-10, 0, 0]);
  });
});

test("ctrl + left spins: a quarter turn around the centre of the view rolls by 90 degrees", () => {
  const { style, view } = new TestView();
  style.onButtonPress(0, 0.75, 0.5, { ctrl: true });
  style.onMouseMove(0.5, 0.1, { ctrl: true });
  expectTriple(view.state.viewUp, [1, 0, 0]);
  expectTriple(view.state.position, [0, 0, 10]);
});

test("spinning measures angles in pixels, not in fractions", () => {
  const { style, view } = new TestView();
  style.onButtonPress(0, 0.75, 0.5, { ctrl: true });
  style.onMouseMove(0.75, 0.5 - 100 / 300, { ctrl: true }); // 100 px right, 100 px up: 45 degrees
  expectTriple(view.state.viewUp, [Math.SQRT1_2, Math.SQRT1_2, 0]);
});

for (const [name, button, modifiers] of [
  ["shift + left", 0, { shift: true }],
  ["middle", 1, {}],
] as const) {
  test(`${name} pans so that the point in the focal plane stays under the pointer`, () => {
    const { style, view } = new TestView();
    style.onButtonPress(button, 0.5, 0.5, modifiers);
    style.onMouseMove(0.75, 0.25, modifiers);
    // Height of the focal plane in the view: 2 * 10 * tan(15 degrees) = 5.358984; width 4/3 of it.
    expectTriple(view.state.focalPoint, [-1.786328, -1.339746, 0]);
    expectTriple(view.state.position, [-1.786328, -1.339746, 10]);
  });
}

test("the right button dollies: a drag by a quarter of the height up is 1.1 to the power of 5", () => {
  const { style, view } = new TestView();
  style.onButtonPress(2, 0.5, 0.5);
  style.onMouseMove(0.5, 0.25);
  expectTriple(view.state.position, [0, 0, 6.209213]);
  expect(view.state.viewAngle).toBe(30);
});

describe("the wheel", () => {
  test("a delta of -100 divides the angle of view by 1.1, one of 100 by 0.9", () => {
    const up = new TestView();
    expect(up.style.onWheel(-100)).toBe(true);
    expect(up.view.state.viewAngle).toBeCloseTo(27.272727, 5);
    const down = new TestView();
    down.style.onWheel(100);
    expect(down.view.state.viewAngle).toBeCloseTo(33.333333, 5);
    expectTriple(down.view.state.position, [0, 0, 10]);
  });

  for (const delta of [1000, 1e9, 1e308, -1e9, -1e308]) {
    test(`a wheel delta of ${delta} leaves a valid camera`, () => {
      const { style, view } = new TestView();
      for (let i = 0; i < 50; i += 1) style.onWheel(delta);
      expect(view.state.viewAngle).toBeGreaterThan(0);
      expect(view.state.viewAngle).toBeLessThan(180);
      expect(view.camera.projectionMatrix.elements.every(Number.isFinite)).toBe(true);
    });
  }
});

describe("an orthographic camera", () => {
  test("an orthographic camera zooms and dollies by its height, and pans by it", () => {
    const { style, view } = orthographic();
    style.onWheel(-250);
    expect(view.state.parallelScale).toBeCloseTo(4, 6);
    const dollied = orthographic();
    dollied.style.onButtonPress(2, 0.5, 0.5);
    dollied.style.onMouseMove(0.5, 0.25);
    expect(dollied.view.state.parallelScale).toBeCloseTo(3.104607, 5);
    expectTriple(dollied.view.state.position, [0, 0, 10]);
    const panned = orthographic();
    panned.style.onButtonPress(1, 0.5, 0.5);
    panned.style.onMouseMove(0.75, 0.5);
    expectTriple(panned.view.state.focalPoint, [-3.333333, 0, 0]);
  });

  test("an orthographic camera is framed by half its height, or half its width in a portrait view", () => {
    const { view } = orthographic();
    view.frame(new Vector3(1, 2, 3), 2, 4 / 3);
    expect(view.state.parallelScale).toBeCloseTo(2, 6);
    view.frame(new Vector3(1, 2, 3), 2, 0.5);
    expect(view.state.parallelScale).toBeCloseTo(4, 6);
  });

  test("an orthographic camera keeps its extent along the narrower side", () => {
    const { view } = orthographic();
    view.changeAspect(0.5);
    expect(view.state.parallelScale).toBeCloseTo(10, 6);
    expect(view.aspect).toBeCloseTo(0.5, 6);
    view.changeAspect(2);
    expect(view.state.parallelScale).toBeCloseTo(5, 6);
  });
});

describe("framing", () => {
  test("framing puts a sphere of radius 2 at 2 / sin(15 degrees), keeping the direction and resetting the zoom", () => {
    const { style, view } = new TestView();
    style.onWheel(-300);
    view.frame(new Vector3(1, 2, 3), 2, 1.6);
    expectTriple(view.state.focalPoint, [1, 2, 3]);
    expectTriple(view.state.position, [1, 2, 3 + 7.727407]);
    expect(view.state.viewAngle).toBe(30);
  });

  test("framing fits the width of a portrait view", () => {
    const { view } = new TestView();
    view.frame(new Vector3(), 2, 0.5);
    expect(view.distance).toBeCloseTo(15.0616, 3);
  });

  test("framing replaces a view-up vector that is parallel to the view", () => {
    const { view } = new TestView();
    view.state = { position: [0, 10, 0.0001], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    view.frame(new Vector3(), 1, 1);
    expect(Math.abs(view.directionOfProjection.dot(view.camera.up))).toBeLessThan(0.01);
    expect(view.camera.matrixWorld.elements.every(Number.isFinite)).toBe(true);
  });

  test("framing fits the near and far planes to the box as vtkRenderer does", () => {
    const target = new TestView();
    target.resetCameraClippingRange();
    // Depths 9 and 11: 0.99 * 9 - 0.5 * 2 and 1.01 * 11 + 0.5 * 2.
    expect(target.view.camera.near).toBeCloseTo(7.91, 6);
    expect(target.view.camera.far).toBeCloseTo(12.11, 6);
  });

  test("framing sets near to a thousandth of far if the camera is inside of the box", () => {
    const target = new TestView();
    target.view.state = { position: [0, 0, 0.5], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    target.resetCameraClippingRange();
    // Depths -0.5 and 1.5: far 1.01 * 1.5 + 0.5 * 1.5 = 2.265.
    expect(target.view.camera.far).toBeCloseTo(2.265, 6);
    expect(target.view.camera.near).toBeCloseTo(0.002265, 6);
  });
});

describe("buttons and keys", () => {
  test("each combination starts the motion of VTK", () => {
    const motion = (button: 0 | 1 | 2, modifiers = {}): string => {
      const { style } = new TestView();
      style.onButtonPress(button, 0.5, 0.5, modifiers);
      return style.motion;
    };
    expect(motion(0)).toBe("rotate");
    expect(motion(0, { ctrl: true })).toBe("spin");
    expect(motion(0, { shift: true })).toBe("pan");
    expect(motion(0, { shift: true, ctrl: true })).toBe("dolly");
    expect(motion(1)).toBe("pan");
    expect(motion(2)).toBe("dolly");
  });

  test("a second button during a motion has no effect", () => {
    const { style } = new TestView();
    style.onButtonPress(0, 0.5, 0.5);
    style.onButtonPress(2, 0.5, 0.5);
    expect(style.motion).toBe("rotate");
    style.onButtonRelease(2, 0.5, 0.5);
    expect(style.motion).toBe("rotate");
    style.cancel();
    expect(style.motion).toBe("none");
  });

  test("r and Home restore the first view, z fits the scene, other keys and Ctrl+r do nothing", () => {
    const target = new TestView();
    for (const key of ["r", "R", "Home", "z"]) expect(target.style.onKeyPress(key)).toBe(true);
    expect(target.style.onKeyPress("x")).toBe(false);
    expect(target.style.onKeyPress("r", { ctrl: true })).toBe(false);
    expect(target.resets).toEqual(["first view", "first view", "first view", "fit"]);
  });

  test("listeners are called after the event was handled, also after one that throws", () => {
    const { style } = new TestView();
    const received: string[] = [];
    style.events.on("wheel", () => {
      throw new Error("from a listener");
    });
    const removeListener = style.events.on("wheel", (event) => received.push(`wheel ${event.delta}`));
    expect(() => style.onWheel(10)).toThrow("from a listener");
    expect(received).toEqual(["wheel 10"]);
    removeListener();
    expect(() => style.onWheel(10)).toThrow("from a listener");
    expect(received).toHaveLength(1);
  });
});

describe("invalid input", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    test(`${bad} as a coordinate or a delta is ignored`, () => {
      const { style, view } = new TestView();
      const before = view.state;
      style.onButtonPress(0, 0.5, 0.5);
      expect(style.onMouseMove(bad, 0.1)).toBe(false);
      expect(style.onMouseMove(0.1, bad)).toBe(false);
      expect(style.onWheel(bad)).toBe(false);
      style.onButtonRelease(0, bad, bad);
      expect(view.state).toEqual(before);
      expect(style.motion).toBe("none");
    });
  }

  test("ten thousand random drags leave a valid camera", () => {
    const { style, view } = new TestView();
    let seed = 1;
    const random = (): number => {
      seed = (seed * 16807) % 2147483647;
      return (seed / 2147483647 - 0.5) * 1e4;
    };
    for (let i = 0; i < 10_000; i += 1) {
      const button = (i % 3) as 0 | 1 | 2;
      style.onButtonPress(button, random(), random(), { ctrl: i % 5 === 0, shift: i % 7 === 0 });
      style.onMouseMove(random(), random());
      style.onButtonRelease(button, random(), random());
      if (i % 11 === 0) style.onWheel(random() * 1000);
    }
    const { position, focalPoint, viewUp, viewAngle } = view.state;
    expect([...position, ...focalPoint, ...viewUp, viewAngle].every(Number.isFinite)).toBe(true);
    expect(view.camera.matrixWorldInverse.elements.every(Number.isFinite)).toBe(true);
    expect(view.camera.projectionMatrix.elements.every(Number.isFinite)).toBe(true);
  });
});

describe("the camera's state", () => {
  test("a state can be read and assigned to another camera", () => {
    const { style, view } = new TestView();
    style.onButtonPress(0, 0.2, 0.7);
    style.onMouseMove(0.61, 0.33);
    style.onButtonRelease(0, 0.61, 0.33);
    style.onWheel(-77);
    const { state } = view;
    const other = new TestView();
    other.view.state = state;
    expectTriple(other.view.camera.matrixWorld.elements, view.camera.matrixWorld.elements);
    other.resetCameraClippingRange();
    expectTriple(other.view.camera.projectionMatrix.elements, view.camera.projectionMatrix.elements);
  });

  test("an invalid state is refused with the name of the field", () => {
    const { view } = new TestView();
    const valid = view.state;
    expect(() => {
      view.state = { ...valid, position: [Number.NaN, 0, 0] };
    }).toThrow("camera position must be three finite numbers");
    expect(() => {
      view.state = { ...valid, position: valid.focalPoint };
    }).toThrow("the same point");
    expect(() => {
      view.state = { ...valid, viewUp: [0, 0, 3] };
    }).toThrow("viewUp must not be zero or parallel");
    expect(() => {
      view.state = { ...valid, viewAngle: 0 };
    }).toThrow("viewAngle must be");
    expect(view.state).toEqual(valid);
  });

  test("the trackball continues from where a program has moved the three.js camera", () => {
    const { style, view } = new TestView();
    view.camera.position.set(10, 0, 0);
    view.camera.lookAt(0, 0, 0);
    style.onButtonPress(0, 0.1, 0.5);
    style.onMouseMove(0.55, 0.5);
    expectTriple(view.state.position, [0, 0, 10]);
  });

  test("a NaN that a program assigns to the camera is replaced by the last valid state", () => {
    const { view } = new TestView();
    view.validate();
    view.camera.position.set(Number.NaN, 0, 0);
    view.camera.quaternion.set(Number.NaN, 0, 0, 1);
    view.validate();
    expectTriple(view.state.position, [0, 0, 10]);
    expect(view.camera.matrixWorld.elements.every(Number.isFinite)).toBe(true);
  });
});
