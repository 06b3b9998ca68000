import { describe, expect, test } from "bun:test";
import { Box3, OrthographicCamera, PerspectiveCamera, Vector3 } from "three";
import { TrackballStyle, type TrackballTarget } from "../../src/scene/camera/trackball-style.ts";
import { ViewCamera } from "../../src/scene/camera/view-camera.ts";

// Expected values are worked out by hand from vtkInteractorStyleTrackballCamera.cxx, vtkCamera.cxx and vtkRenderer.cxx.

class Picture implements TrackballTarget {
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

function orthographic(): Picture {
  const picture = new Picture(new OrthographicCamera(-20 / 3, 20 / 3, 5, -5));
  return picture;
}

function expectTriple(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

describe("left drag rotates", () => {
  test("0.45 pictures to the right is an azimuth of -90 degrees", () => {
    const { style, view } = new Picture();
    style.onButtonPress(0, 0.1, 0.5);
    expect(style.onMouseMove(0.55, 0.5)).toBe(true);
    expectTriple(view.state.position, [-10, 0, 0]);
    expectTriple(view.state.viewUp, [0, 1, 0]);
  });

  test("0.15 pictures up is an elevation of -30 degrees, with the view-up at right angles again", () => {
    const { style, view } = new Picture();
    style.onButtonPress(0, 0.5, 0.5);
    style.onMouseMove(0.5, 0.35);
    expectTriple(view.state.position, [0, -5, 8.660254]);
    expectTriple(view.state.viewUp, [0, 0.866025, 0.5]);
  });

  test("an azimuth after an elevation turns about the new view-up, as a trackball does", () => {
    const { style, view } = new Picture();
    style.onButtonPress(0, 0.5, 0.5);
    style.onMouseMove(0.5, 0.35);
    style.onMouseMove(0.05, 0.35);
    expectTriple(view.state.position, [10, 0, 0]);
    expectTriple(view.state.viewUp, [0, 0.866025, 0.5]);
  });

  test("nothing moves before a press and after the release", () => {
    const { style, view } = new Picture();
    expect(style.onMouseMove(0.9, 0.9)).toBe(false);
    style.onButtonPress(0, 0.5, 0.5);
    style.onButtonRelease(0, 0.5, 0.5);
    expect(style.onMouseMove(0.1, 0.1)).toBe(false);
    expectTriple(view.state.position, [0, 0, 10]);
  });

  test("the last piece of a drag, which comes with the release, counts", () => {
    const { style, view } = new Picture();
    style.onButtonPress(0, 0.1, 0.5);
    expect(style.onButtonRelease(0, 0.55, 0.5)).toBe(true);
    expectTriple(view.state.position, [-10, 0, 0]);
  });
});

test("ctrl + left spins: a quarter turn around the middle of the picture rolls by 90 degrees", () => {
  const { style, view } = new Picture();
  style.onButtonPress(0, 0.75, 0.5, { ctrl: true });
  style.onMouseMove(0.5, 0.1, { ctrl: true });
  expectTriple(view.state.viewUp, [1, 0, 0]);
  expectTriple(view.state.position, [0, 0, 10]);
});

test("spinning measures angles in pixels, not in fractions", () => {
  const { style, view } = new Picture();
  style.onButtonPress(0, 0.75, 0.5, { ctrl: true });
  style.onMouseMove(0.75, 0.5 - 100 / 300, { ctrl: true }); // 100 px right, 100 px up: 45 degrees
  expectTriple(view.state.viewUp, [Math.SQRT1_2, Math.SQRT1_2, 0]);
});

for (const [name, button, modifiers] of [
  ["shift + left", 0, { shift: true }],
  ["middle", 1, {}],
] as const) {
  test(`${name} pans so that the point in the focal plane stays under the pointer`, () => {
    const { style, view } = new Picture();
    style.onButtonPress(button, 0.5, 0.5, modifiers);
    style.onMouseMove(0.75, 0.25, modifiers);
    // Height of the focal plane in the picture: 2 * 10 * tan(15 degrees) = 5.358984; width 4/3 of it.
    expectTriple(view.state.focalPoint, [-1.786328, -1.339746, 0]);
    expectTriple(view.state.position, [-1.786328, -1.339746, 10]);
  });
}

test("right dollies: a quarter picture up is 1.1 to the power of 5", () => {
  const { style, view } = new Picture();
  style.onButtonPress(2, 0.5, 0.5);
  style.onMouseMove(0.5, 0.25);
  expectTriple(view.state.position, [0, 0, 6.209213]);
  expect(view.state.viewAngle).toBe(30);
});

describe("the wheel zooms by 1 - delta / 1000", () => {
  test("scrolling up by 100 divides the angle of view by 1.1, down by 100 by 0.9", () => {
    const up = new Picture();
    expect(up.style.onWheel(-100)).toBe(true);
    expect(up.view.state.viewAngle).toBeCloseTo(27.272727, 5);
    const down = new Picture();
    down.style.onWheel(100);
    expect(down.view.state.viewAngle).toBeCloseTo(33.333333, 5);
    expectTriple(down.view.state.position, [0, 0, 10]);
  });

  for (const delta of [1000, 1e9, 1e308, -1e9, -1e308]) {
    test(`a delta of ${delta} leaves a camera that can render`, () => {
      const { style, view } = new Picture();
      for (let i = 0; i < 50; i += 1) style.onWheel(delta);
      expect(view.state.viewAngle).toBeGreaterThan(0);
      expect(view.state.viewAngle).toBeLessThan(180);
      expect(view.camera.projectionMatrix.elements.every(Number.isFinite)).toBe(true);
    });
  }
});

describe("an orthographic camera", () => {
  test("zooms and dollies by its height, and pans by it", () => {
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

  test("is framed by half its height, in an upright picture by half its width", () => {
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
  test("puts a sphere of radius 2 at 2 / sin(15 degrees), keeping the direction and resetting the zoom", () => {
    const { style, view } = new Picture();
    style.onWheel(-300);
    view.frame(new Vector3(1, 2, 3), 2, 1.6);
    expectTriple(view.state.focalPoint, [1, 2, 3]);
    expectTriple(view.state.position, [1, 2, 3 + 7.727407]);
    expect(view.state.viewAngle).toBe(30);
  });

  test("fits the width of an upright picture", () => {
    const { view } = new Picture();
    view.frame(new Vector3(), 2, 0.5);
    expect(view.distance).toBeCloseTo(15.0616, 3);
  });

  test("looking along the view-up vector, another one is taken", () => {
    const { view } = new Picture();
    view.state = { position: [0, 10, 0.0001], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    view.frame(new Vector3(), 1, 1);
    expect(Math.abs(view.directionOfProjection.dot(view.camera.up))).toBeLessThan(0.01);
    expect(view.camera.matrixWorld.elements.every(Number.isFinite)).toBe(true);
  });

  test("near and far planes lie around the box as vtkRenderer puts them", () => {
    const picture = new Picture();
    picture.resetCameraClippingRange();
    // Depths 9 and 11: 0.99 * 9 - 0.5 * 2 and 1.01 * 11 + 0.5 * 2.
    expect(picture.view.camera.near).toBeCloseTo(7.91, 6);
    expect(picture.view.camera.far).toBeCloseTo(12.11, 6);
  });

  test("with the camera inside of the box, near is a thousandth of far", () => {
    const picture = new Picture();
    picture.view.state = { position: [0, 0, 0.5], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    picture.resetCameraClippingRange();
    // Depths -0.5 and 1.5: far 1.01 * 1.5 + 0.5 * 1.5 = 2.265.
    expect(picture.view.camera.far).toBeCloseTo(2.265, 6);
    expect(picture.view.camera.near).toBeCloseTo(0.002265, 6);
  });
});

describe("buttons and keys", () => {
  test("each combination starts the motion that VTK gives it", () => {
    const motion = (button: 0 | 1 | 2, modifiers = {}): string => {
      const { style } = new Picture();
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

  test("a second button during a motion changes nothing", () => {
    const { style } = new Picture();
    style.onButtonPress(0, 0.5, 0.5);
    style.onButtonPress(2, 0.5, 0.5);
    expect(style.motion).toBe("rotate");
    style.onButtonRelease(2, 0.5, 0.5);
    expect(style.motion).toBe("rotate");
    style.cancel();
    expect(style.motion).toBe("none");
  });

  test("r and Home restore the first view, z fits the scene, other keys and Ctrl+r do nothing", () => {
    const picture = new Picture();
    for (const key of ["r", "R", "Home", "z"]) expect(picture.style.onKeyPress(key)).toBe(true);
    expect(picture.style.onKeyPress("x")).toBe(false);
    expect(picture.style.onKeyPress("r", { ctrl: true })).toBe(false);
    expect(picture.resets).toEqual(["first view", "first view", "first view", "fit"]);
  });

  test("listeners hear of events after they were applied, and one that throws does not silence the rest", () => {
    const { style } = new Picture();
    const heard: string[] = [];
    style.events.on("wheel", () => {
      throw new Error("mine");
    });
    const stop = style.events.on("wheel", (event) => heard.push(`wheel ${event.delta}`));
    expect(() => style.onWheel(10)).toThrow("mine");
    expect(heard).toEqual(["wheel 10"]);
    stop();
    expect(() => style.onWheel(10)).toThrow("mine");
    expect(heard).toHaveLength(1);
  });
});

describe("hostile input", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    test(`${bad} as a coordinate or a delta is ignored`, () => {
      const { style, view } = new Picture();
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

  test("ten thousand wild drags leave a camera that can render", () => {
    const { style, view } = new Picture();
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
  test("a state that was got is the state that is set", () => {
    const { style, view } = new Picture();
    style.onButtonPress(0, 0.2, 0.7);
    style.onMouseMove(0.61, 0.33);
    style.onButtonRelease(0, 0.61, 0.33);
    style.onWheel(-77);
    const { state } = view;
    const other = new Picture();
    other.view.state = state;
    expectTriple(other.view.camera.matrixWorld.elements, view.camera.matrixWorld.elements);
    other.resetCameraClippingRange();
    expectTriple(other.view.camera.projectionMatrix.elements, view.camera.projectionMatrix.elements);
  });

  test("a state without a picture is refused, with the field's name", () => {
    const { view } = new Picture();
    const good = view.state;
    expect(() => {
      view.state = { ...good, position: [Number.NaN, 0, 0] };
    }).toThrow("camera position must be three finite numbers");
    expect(() => {
      view.state = { ...good, position: good.focalPoint };
    }).toThrow("the same point");
    expect(() => {
      view.state = { ...good, viewUp: [0, 0, 3] };
    }).toThrow("viewUp must not be zero or parallel");
    expect(() => {
      view.state = { ...good, viewAngle: 0 };
    }).toThrow("viewAngle must be");
    expect(view.state).toEqual(good);
  });

  test("a program may move the three.js camera itself, and the trackball goes on from there", () => {
    const { style, view } = new Picture();
    view.camera.position.set(10, 0, 0);
    view.camera.lookAt(0, 0, 0);
    style.onButtonPress(0, 0.1, 0.5);
    style.onMouseMove(0.55, 0.5);
    expectTriple(view.state.position, [0, 0, 10]);
  });

  test("NaN that a program puts into the camera is taken back", () => {
    const { view } = new Picture();
    view.validate();
    view.camera.position.set(Number.NaN, 0, 0);
    view.camera.quaternion.set(Number.NaN, 0, 0, 1);
    view.validate();
    expectTriple(view.state.position, [0, 0, 10]);
    expect(view.camera.matrixWorld.elements.every(Number.isFinite)).toBe(true);
  });
});
