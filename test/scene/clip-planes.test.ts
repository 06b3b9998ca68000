import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Vector3 } from "three";
import type { LayerStyle } from "../../src/layers/layer.ts";
import { parsePlanes } from "../../src/layers/plane.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { showDocument } from "../../src/scene/show-document.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { sceneFiles } from "./scene-files.ts";
import { frontView, showOpener } from "./shows.ts";

const FILES = join(import.meta.dir, "../pictures/files");
const [WIDTH, HEIGHT] = [240, 180];
/** Pixels beside the plane that are not compared: half of a point or a tube reaches over it. */
const MARGIN = 8;

const files = sceneFiles();
const open = showOpener();

/** A cloud that is large enough for the CPU's splatter. */
function largeCloud(): string {
  const count = 600_000;
  const header = `ply\nformat binary_little_endian 1.0\nelement vertex ${count}\nproperty float x\nproperty float y\nproperty float z\nend_header\n`;
  const positions = Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(i * (1 + (i % 3))));
  return files.write("cloud.ply", Buffer.concat([Buffer.from(header), Buffer.from(positions.buffer)]));
}

/** Whether a pixel is not of the black background. */
function isDrawn({ width, data }: Snapshot, x: number, y: number): boolean {
  const at = 4 * (y * width + x);
  return [0, 1, 2].some((c) => (data[at + c] ?? 0) > 8);
}

function count(from: number, to: number, matches: (x: number, y: number) => boolean): number {
  let sum = 0;
  for (let y = 0; y < HEIGHT; y += 1) for (let x = from; x < to; x += 1) sum += Number(matches(x, y));
  return sum;
}

describe("what is beyond a clip plane is not drawn, and the rest is as before", () => {
  test.each<[string, LayerStyle]>([
    ["torus.ply", {}],
    ["torus.ply", { opacity: 0.5 }],
    ["beam.vtu", { edges: true, colorBy: "temperature" }],
    ["hill.las", { pointSize: 4 }],
    ["cloud.ply", {}],
    ["bundles.trk", {}],
    ["bundles.trk", { tubes: "on", width: 2 }],
    ["head.nii.gz", { slice: "z" }],
    ["head.nii.gz", { mip: true }],
    ["head.nii.gz", { volume: true }],
    ["head.nii.gz", { iso: 400 }],
    ["1crn.cif.gz", { representation: "spheres" }],
    ["1crn.cif.gz", { representation: "cartoon" }],
  ])("%s %j", async (name, style) => {
    const path = name === "cloud.ply" ? largeCloud() : join(FILES, name);
    const show = open({ background: "black", size: [WIDTH, HEIGHT] });
    const { object, bounds, dispose } = await loadScene({ path, style }, { splatPoints: () => true });
    show.add(object);
    const [center, size] = [bounds.getCenter(new Vector3()), bounds.getSize(new Vector3())];
    const { x, y, z } = center;
    show.cameraState = {
      position: [x, y, z + 2 * size.length()],
      focalPoint: [x, y, z],
      viewUp: [0, 1, 0],
      viewAngle: 30,
      parallelScale: 0.6 * Math.max(size.y, (size.x * HEIGHT) / WIDTH),
    };
    for (const draft of [false, true]) {
      show.clipping.planes = [];
      show.render({ draft });
      const whole = show.snapshot();
      show.clipping.planes = parsePlanes(`x=${x}`);
      show.render({ draft });
      const clipped = show.snapshot();
      const [end, start] = [WIDTH / 2 - MARGIN, WIDTH / 2 + MARGIN];
      expect(count(start, WIDTH, (px, py) => isDrawn(whole, px, py))).toBeGreaterThan(300);
      expect(count(start, WIDTH, (px, py) => isDrawn(clipped, px, py))).toBe(0);
      const drawn = count(0, end, (px, py) => isDrawn(whole, px, py));
      expect(drawn).toBeGreaterThan(300);
      const differing = count(0, end, (px, py) => isDrawn(whole, px, py) !== isDrawn(clipped, px, py));
      // A draft may choose another sample or coarser pixels by the time that the one before took.
      expect(differing).toBeLessThan(drawn * (draft ? 0.3 : 0.02));
    }
    dispose();
  });
});

test("the inside of a watertight mesh is visible behind a clip plane, also in drafts", async () => {
  const show = open({ background: "black", size: [WIDTH, HEIGHT] });
  const { object, bounds, dispose } = await loadScene(join(FILES, "torus.ply"));
  show.add(object);
  const { x, y, z } = bounds.getCenter(new Vector3());
  const size = bounds.getSize(new Vector3()).length();
  show.cameraState = {
    position: [x, y, z + size],
    focalPoint: [x, y, z],
    viewUp: [0, 1, 0],
    viewAngle: 50,
  };
  const drawn = (draft: boolean, planes: string): number => {
    show.clipping.planes = parsePlanes(planes);
    show.render({ draft });
    const picture = show.snapshot();
    return count(0, WIDTH, (px, py) => isDrawn(picture, px, py));
  };
  // The front half is cut off: the back half is seen from its inside, and has the same outline.
  const whole = drawn(false, `z=${bounds.max.z + 1}`);
  expect(drawn(false, `z=${z}`)).toBeGreaterThan(0.8 * whole);
  expect(drawn(true, `z=${z}`)).toBeGreaterThan(0.8 * whole);
  dispose();
});

describe("the handle of a clip plane", () => {
  const showTorus = async (view: Record<string, unknown>) => {
    const show = open({ background: "black", size: [WIDTH, HEIGHT] });
    await showDocument(show, {
      version: 1,
      layers: [{ id: "torus", file: join(FILES, "torus.ply") }],
      view: { camera: frontView(10), clipPlanes: "x=0", ...view },
    });
    show.render();
    return show;
  };
  /** Drags from the middle of the view, where the handle is. */
  const drag = (show: ShowManager, x: number, y: number) => {
    show.style.onButtonPress(0, 0.5, 0.5);
    show.style.onMouseMove(x, y);
    show.style.onButtonRelease(0, x, y);
  };

  test("moves the plane with the pointer, and not the camera", async () => {
    const show = await showTorus({ clipHandles: true });
    const camera = show.cameraState;
    const reported: string[] = [];
    show.on("clip", ({ planes }) => reported.push(planes));
    // One unit to the right: the view is 2 tan(15 degrees) 10 high.
    const unit = HEIGHT / (WIDTH * 2 * Math.tan(Math.PI / 12) * 10);
    drag(show, 0.5 + unit, 0.6);
    expect(show.cameraState).toEqual(camera);
    const moved = show.document?.view.clipPlanes ?? "";
    expect(parsePlanes(moved)[0]?.offset).toBeCloseTo(1, 2);
    expect(reported.at(-1)).toBe(moved);
    show.render();
    const dragged = show.snapshot();
    show.clipping.planes = parsePlanes(moved);
    show.render();
    expect(show.snapshot().data).toEqual(dragged.data);
  });

  test("stays within reach of the scene", async () => {
    const show = await showTorus({ clipHandles: true });
    drag(show, 5, 0.5);
    const { bounds, dispose } = await loadScene(join(FILES, "torus.ply"));
    expect(parsePlanes(show.document?.view.clipPlanes ?? "")[0]?.offset).toBeCloseTo(bounds.max.x, 4);
    dispose();
  });

  test("moves a plane that faces the viewer up and down", async () => {
    const show = await showTorus({ clipHandles: true, clipPlanes: "z=0" });
    drag(show, 0.5, 0.45);
    const [plane] = parsePlanes(show.document?.view.clipPlanes ?? "");
    expect(plane?.normal).toEqual([0, 0, 1]);
    expect(plane?.offset).toBeGreaterThan(0.1);
  });

  test("without clipHandles, the camera is moved instead", async () => {
    const show = await showTorus({});
    const camera = show.cameraState;
    drag(show, 0.6, 0.5);
    expect(show.cameraState).not.toEqual(camera);
    expect(show.document?.view.clipPlanes).toBe("x=0");
  });
});

test("a slice in a clip plane is drawn as a whole, from every direction", async () => {
  const show = open({ background: "black", size: [WIDTH, HEIGHT] });
  const { object, bounds, dispose } = await loadScene({
    path: join(FILES, "head.nii.gz"),
    style: { slice: "x=3.7", opacity: 1 },
  });
  show.add(object);
  const { y, z } = bounds.getCenter(new Vector3());
  const distance = bounds.getSize(new Vector3()).length();
  for (let turn = 0; turn < 12; turn += 1) {
    const [angle, tilt] = [(turn * Math.PI) / 6 + 0.123, 0.3 * Math.sin(turn)];
    const [dx, dy] = [Math.cos(angle) * Math.cos(tilt), Math.sin(angle) * Math.cos(tilt)];
    show.cameraState = {
      position: [3.7 + distance * dx, y + distance * dy, z + distance * Math.sin(tilt)],
      ...{ focalPoint: [3.7, y, z], viewUp: [0, 0, 1], viewAngle: 40 },
    };
    const draw = (planes: string) => {
      show.clipping.planes = planes === "" ? [] : parsePlanes(planes);
      show.render();
      return show.snapshot();
    };
    const whole = draw("");
    expect(count(0, WIDTH, (px, py) => isDrawn(whole, px, py))).toBeGreaterThan(100);
    for (const planes of ["x=3.7", "-x=3.7", "x=3.7;-x=3.7"]) expect(draw(planes).data).toEqual(whole.data);
    const beyond = draw("x=3.6");
    expect(count(0, WIDTH, (px, py) => isDrawn(beyond, px, py))).toBe(0);
  }
  dispose();
});
