import { describe, expect, test } from "bun:test";
import { BoxGeometry, Mesh, MeshBasicMaterial, PerspectiveCamera } from "three";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { ShowManagerOptions } from "../../src/scene/show-options.ts";
import { cubeStlBinary } from "../formats/samples.ts";
import { difference } from "./images.ts";
import { sceneFiles } from "./scene-files.ts";
import { box, showOpener } from "./shows.ts";

const files = sceneFiles();

const open = showOpener();

describe("the camera", () => {
  test("a camera state gives the same frame in another show", () => {
    const first = open();
    first.add(box());
    first.frameScene("y");
    first.style.onButtonPress(0, 0.2, 0.2);
    first.style.onMouseMove(0.37, 0.41);
    first.style.onButtonRelease(0, 0.37, 0.41);
    first.style.onWheel(-120);
    first.render();
    const second = open();
    second.add(box());
    second.cameraState = structuredClone(first.cameraState);
    second.render();
    expect(difference(first.snapshot(), second.snapshot()).mean).toBeLessThan(0.01);
  });

  test("NaN and infinity in the camera are replaced by the last valid view", () => {
    const show = open();
    show.add(box());
    show.frameScene("y");
    show.render();
    const before = show.snapshot();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      show.camera.position.x = value;
      show.render();
      show.camera.quaternion.y = value;
      show.render();
      show.camera.up.z = value;
      show.render();
      show.camera.near = value;
      show.camera.far = value;
      show.camera.updateProjectionMatrix();
      show.render();
      if ("fov" in show.camera) show.camera.fov = value;
      show.camera.updateProjectionMatrix();
      show.render();
    }
    expect(difference(before, show.snapshot()).mean).toBeLessThan(0.01);
  });

  function expectSameView(actual: CameraState, expected: CameraState): void {
    for (const name of ["position", "focalPoint", "viewUp"] as const) {
      for (const axis of [0, 1, 2] as const) expect(actual[name][axis]).toBeCloseTo(expected[name][axis], 9);
    }
    expect(actual.viewAngle).toBeCloseTo(expected.viewAngle, 9);
  }

  /** Rolls, rotates, pans and zooms the view. */
  function steer({ style }: ShowManager): void {
    style.onButtonPress(0, 0.2, 0.5, { ctrl: true });
    style.onButtonRelease(0, 0.8, 0.5);
    style.onButtonPress(0, 0.2, 0.2);
    style.onButtonRelease(0, 0.7, 0.4);
    style.onButtonPress(1, 0.5, 0.5);
    style.onButtonRelease(1, 0.9, 0.9);
    style.onWheel(-300);
  }

  test("r and Home restore the first view: its position, direction, roll and angle", () => {
    const show = open();
    show.add(box());
    show.frameScene("z");
    const first = show.cameraState;
    for (const key of ["r", "Home"]) {
      steer(show);
      expect(show.cameraState.viewUp).not.toEqual(first.viewUp);
      show.style.onKeyPress(key);
      expectSameView(show.cameraState, first);
    }
  });

  test("z fits the scene from the current direction, and r still restores the first view", () => {
    const show = open();
    show.add(box());
    show.frameScene("y");
    const first = show.cameraState;
    steer(show);
    const direction = show.view.directionOfProjection;
    show.style.onKeyPress("z");
    expect(show.view.directionOfProjection.distanceTo(direction)).toBeLessThan(1e-9);
    expect(show.cameraState.focalPoint).toEqual([0, 0, 0]);
    expect(show.cameraState.viewAngle).toBe(30);
    show.style.onKeyPress("r");
    expectSameView(show.cameraState, first);
  });

  test("r restores the camera that the program placed, adapted to a new aspect ratio", () => {
    const show = open({ size: [160, 120] });
    show.add(box());
    show.cameraState = { position: [3, 4, 5], focalPoint: [0, 1, 0], viewUp: [0, 0, 1], viewAngle: 40 };
    const first = show.cameraState;
    steer(show);
    show.style.onKeyPress("r");
    expectSameView(show.cameraState, first);
    show.resize(60, 120);
    show.style.onKeyPress("r");
    const portraitSlope = 2 * Math.tan(((40 / 2) * Math.PI) / 180);
    expectSameView(show.cameraState, { ...first, viewAngle: (2 * Math.atan(portraitSlope) * 180) / Math.PI });
  });

  test("a view without interaction is framed again after each resize", () => {
    const show = open({ size: [1280, 720] });
    show.add(box());
    show.frameScene("y");
    show.resize(390, 844);
    const portrait = open({ size: [390, 844] });
    portrait.add(box());
    portrait.frameScene("y");
    expectSameView(show.cameraState, portrait.cameraState);
    show.resize(1280, 720);
    show.style.onWheel(0);
    show.resize(390, 844);
    expectSameView(show.cameraState, portrait.cameraState);
  });

  test("a view after interaction keeps its angle across the narrower side on a resize", () => {
    const show = open({ size: [160, 120] });
    show.add(box());
    show.frameScene("y");
    steer(show);
    const steered = show.cameraState;
    show.resize(60, 120);
    const portraitSlope = 2 * Math.tan(((steered.viewAngle / 2) * Math.PI) / 180);
    expectSameView(show.cameraState, {
      ...steered,
      viewAngle: (2 * Math.atan(portraitSlope) * 180) / Math.PI,
    });
    show.resize(240, 120);
    expectSameView(show.cameraState, steered);
  });

  for (const size of [
    [160, 120],
    [90, 160],
    [400, 40],
  ] as const) {
    test(`a framed scene is completely visible in ${size.join("x")} px and fills at least a third of it`, async () => {
      const show = open({ size, background: "black" });
      show.add((await files.load("frame.stl", cubeStlBinary())).object);
      show.frameScene("z");
      show.render();
      const { data, width, height } = show.snapshot();
      let [left, right, top, bottom] = [width, -1, height, -1];
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          if ((data[(y * width + x) * 4] ?? 0) < 10) continue;
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
      }
      expect(Math.min(left, top, width - 1 - right, height - 1 - bottom)).toBeGreaterThan(0);
      expect(Math.max((right - left) / width, (bottom - top) / height)).toBeGreaterThan(1 / 3);
    });
  }

  test("an empty scene can be rendered, and framing it does not move the camera", () => {
    const show = open();
    const before = show.cameraState;
    show.resetCamera();
    show.render();
    expect(show.cameraState).toEqual(before);
  });
});

describe("a camera at the origin", () => {
  /** Counts the red pixels of a render of a red box 10 units from the origin. */
  function redPixels(options: ShowManagerOptions): number {
    using show = new ShowManager({ size: [40, 30], background: "#000000", ...options });
    const box = new Mesh(new BoxGeometry(2, 2, 2), new MeshBasicMaterial({ color: "#ff0000" }));
    box.position.set(10, 0, 0);
    show.render();
    // Objects are added after the first render, as FURY's programs do.
    show.add(box);
    show.render();
    const { data } = show.snapshot();
    return data.filter((value, i) => i % 4 === 0 && value > 200).length;
  }

  test("a camera at the origin frames the scene at the first render with an object, as FURY's reset_camera does", () => {
    expect(redPixels({})).toBeGreaterThan(100);
  });

  test("a camera at the origin stays with resetCamera: false, or if the program placed it", () => {
    expect(redPixels({ resetCamera: false })).toBe(0);
    const camera = new PerspectiveCamera(30);
    camera.position.set(0, 0, 5);
    expect(redPixels({ camera })).toBe(0);
  });
});
