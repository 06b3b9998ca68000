import { expect, test } from "bun:test";
import {
  Color,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  Points,
  SphereGeometry,
  WebGLRenderTarget,
} from "three";
import { buildActor } from "../../src/actors/build-actor.ts";
import { disposeObject } from "../../src/actors/dispose-object.ts";
import { buildPoints } from "../../src/actors/mesh.ts";
import { SplattedPoints } from "../../src/actors/splatted-points.ts";
import type { PointsStyle } from "../../src/layers/layer-properties.ts";
import { prepareData } from "../../src/loading/prepare-data.ts";
import type { PreparedVertices } from "../../src/loading/prepared-data.ts";
import { boundVertices } from "../../src/native/mesh-kernels.ts";
import { blankFrameReason } from "../../src/scene/blank-frame.ts";
import { boundsOf } from "../../src/scene/scene-bounds.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { RenderOptions, Snapshot } from "../../src/scene/show-options.ts";
import { difference, pixel } from "../scene/images.ts";
import { frontView, showOpener } from "../scene/shows.ts";

const open = showOpener();

/** A bumpy sphere, in the order of a spiral. */
function cloud(count: number, { colored = false } = {}): PreparedVertices {
  const positions = new Float32Array(3 * count);
  const colors = new Float32Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    const theta = Math.acos(1 - (2 * i + 1) / count);
    const phi = i * 2.399963;
    const radius = 1 + 0.1 * Math.sin(7 * theta) * Math.cos(5 * phi);
    const [x, y] = [Math.sin(theta) * Math.cos(phi), Math.cos(theta)];
    positions.set([radius * x, radius * y, radius * Math.sin(theta) * Math.sin(phi)], 3 * i);
    colors.set([0.5 + 0.5 * Math.sin(9 * theta), 0.5 + 0.5 * Math.cos(4 * phi), 0.3], 3 * i);
  }
  return { positions, colors: colored ? colors : undefined, bounds: boundVertices(positions) };
}

function addCloud(show: ShowManager, vertices: PreparedVertices, splatPoints: boolean): Object3D {
  const { object } = buildPoints({ vertices, origin: [0.5, 0, 0] }, {}, { splatPoints: () => splatPoints });
  object.rotation.set(0.3, 0.2, 0.1);
  object.scale.setScalar(0.9);
  show.add(object);
  return object;
}

/** Adds a ball that occludes points with one half and is occluded by points with the other. */
function addBall(show: ShowManager): void {
  const ball = new Mesh(new SphereGeometry(0.6), new MeshBasicMaterial({ color: "red" }));
  ball.position.set(1.2, 0.3, 0.5);
  show.add(ball);
}

const pictures: Readonly<Record<string, (show: ShowManager) => Snapshot>> = {
  "at rest": (show) => {
    for (const _ of show.renderSteps(1));
    return show.snapshot();
  },
  "supersampled in one pass": (show) => snapshotOf(show, { samples: 0, scale: 2 }),
  "without antialiasing": (show) => snapshotOf(show, { samples: 0 }),
  "at half resolution": (show) => snapshotOf(show, { samples: 0, scale: 0.5 }),
  "with multisampling": (show) => snapshotOf(show, { samples: 4 }),
  "in a tile": (show) => snapshotOf(show, { samples: 0, tile: { x: 90, y: 40, width: 120, height: 90 } }),
  "in a render target": (show) => {
    const target = new WebGLRenderTarget(200, 150);
    const data = new Uint8Array(4 * 200 * 150);
    show.renderer.setRenderTarget(target);
    show.renderer.render(show.scene, show.camera);
    show.renderer.readRenderTargetPixels(target, 0, 0, 200, 150, data);
    show.renderer.setRenderTarget(null);
    target.dispose();
    return { width: 200, height: 150, data };
  },
};

function snapshotOf(show: ShowManager, options: RenderOptions): Snapshot {
  show.render(options);
  return show.snapshot();
}

for (const [glBackend, tolerance] of [
  ["mesa", { mean: 0.4, strong: 0.002 }],
  // SwiftShader rounds positions to 1/16 px.
  ["angle", { mean: 1.5, strong: 0.02 }],
] as const) {
  for (const colored of [false, true]) {
    for (const parallelScale of [undefined, 1.2]) {
      const name = `${colored ? "colored" : "plain"}, ${parallelScale ? "orthographic" : "in perspective"}`;
      test(`splatted points match GL points: ${name} (${glBackend})`, () => {
        const vertices = cloud(60_000, { colored });
        const [expected, actual] = [false, true].map((splatPoints) => {
          const show = open({ size: [320, 240], glBackend });
          addCloud(show, vertices, splatPoints);
          addBall(show);
          show.cameraState = { ...frontView(5), ...(parallelScale && { parallelScale }) };
          const all = Object.entries(pictures).map(([kind, draw]) => [kind, draw(show)] as const);
          expect(show.gl.getError()).toBe(0);
          return all;
        });
        for (const [i, [kind, picture]] of expected?.entries() ?? []) {
          const other = actual?.[i]?.[1];
          if (other === undefined) throw new Error("the number of frames differs");
          const { mean, strong } = difference(picture, other);
          // GL antialiases only the edges of the cloud.
          const factor = kind === "with multisampling" ? 8 : 1;
          expect([kind, mean < factor * tolerance.mean, strong < factor * tolerance.strong]).toEqual([
            kind,
            true,
            true,
          ]);
        }
      });
    }
  }
}

test("only large point clouds without indices are splatted, and only on request", async () => {
  const build = async (count: number, splatPoints?: () => boolean, indices?: Uint32Array) => {
    const { positions } = cloud(count);
    const data = {
      kind: "points",
      vertices: { positions, indices },
      origin: [0, 0, 0],
      warnings: [],
    } as const;
    const prepared = prepareData(
      { ...data, warnings: [] },
      { path: "", format: "PLY", drafts: true },
      () => {},
    );
    return (await buildActor(prepared, {}, { splatPoints })).object.children[0];
  };
  expect(await build(60_000, () => true)).toBeInstanceOf(SplattedPoints);
  expect(await build(60_000, () => false)).toBeInstanceOf(Points);
  expect(await build(60_000)).toBeInstanceOf(Points);
  expect(await build(60_000, () => true, new Uint32Array([0, 1]))).toBeInstanceOf(Points);
  expect(await build(1000, () => expect.unreachable())).toBeInstanceOf(Points);
});

test.each([false, true])(
  "one color of splatted points is shown in place (with colors of their own: %p)",
  (colored) => {
    const vertices = cloud(60_000, { colored });
    const shown = (style: PointsStyle) => {
      const show = open({ size: [160, 120] });
      const actor = buildPoints({ vertices, origin: [0, 0, 0] }, style, { splatPoints: () => true });
      show.add(actor.object);
      show.cameraState = frontView(5);
      return { actor, picture: () => snapshotOf(show, { samples: 0 }) };
    };
    const changed = shown({});
    const first = changed.picture();
    for (const style of [{ color: "red" }, { color: "lime", opacity: 0.5 }, {}]) {
      expect(changed.actor.update?.(style)).toBe(true);
      expect(difference(changed.picture(), shown(style).picture()).mean).toBe(0);
    }
    expect(difference(changed.picture(), first).mean).toBe(0);
    changed.actor.update?.({ color: "red" });
    expect(difference(changed.picture(), first).mean).toBeGreaterThan(1);
    // Its own colors are not in memory.
    expect(shown({ color: "red" }).actor.update?.({})).toBe(false);
  },
);

test("the bounds of splatted points equal the bounds of their positions", () => {
  const show = open();
  const vertices = cloud(60_000);
  const splatted = boundsOf(addCloud(show, vertices, true));
  const points = boundsOf(addCloud(show, vertices, false));
  expect(splatted.box.min.distanceTo(points.box.min)).toBeLessThan(0.02);
  expect(splatted.box.max.distanceTo(points.box.max)).toBeLessThan(0.02);
  expect(Math.abs(splatted.radius - points.radius)).toBeLessThan(0.02);
});

test("a point cloud outside the view is culled and reported as out of view", () => {
  const show = open();
  addCloud(show, cloud(60_000), true);
  show.cameraState = { ...frontView(5), position: [0, 50, 5], focalPoint: [0, 50, 0] };
  show.render({ samples: 0 });
  expect(show.renderer.info.render.calls).toBe(0);
  expect(blankFrameReason(show)).toBe("everything lies outside of the view");
});

test("a point cloud in the color of the background is reported as invisible", () => {
  const show = open({ background: "white" });
  const [points] = addCloud(show, cloud(60_000), true).children;
  if (!(points instanceof SplattedPoints)) throw new Error("the point cloud is not splatted");
  // Far above white, so that darkened points are white too.
  Object.assign(points.material.uniforms.diffuse ?? {}, { value: new Color(99, 99, 99) });
  show.cameraState = frontView(5);
  show.render({ samples: 0 });
  expect(blankFrameReason(show)).toMatch(/color of the background/);
});

test("points behind the camera, beyond the clipping planes or not finite are not drawn", () => {
  const show = open({ background: "black" });
  const { positions } = cloud(60_000);
  positions.fill(Number.NaN, 0, 300);
  positions.fill(Number.POSITIVE_INFINITY, 300, 600);
  show.add(new SplattedPoints({ positions }, boundVertices(positions)));
  // The camera is in the centre: half of the points are behind it.
  show.cameraState = { ...frontView(0.001), viewAngle: 90 };
  show.render({ samples: 0 });
  expect(pixel(show.snapshot(), 0.5, 0.5)).not.toEqual([0, 0, 0, 255]);
  show.camera.near = 50;
  show.camera.far = 60;
  show.camera.updateProjectionMatrix();
  show.renderer.render(show.scene, show.camera);
  expect(pixel(show.snapshot(), 0.5, 0.5)).toEqual([0, 0, 0, 255]);
});

test("a draft of a very large point cloud shows a sample of its points", () => {
  const show = open({ size: [640, 480], background: "black" });
  // Each point has its own pixel in one plane; there are more than any machine draws in a draft.
  const side = 6000;
  const positions = new Float32Array(3 * side * side);
  for (let i = 0; i < side * side; i += 1) {
    positions[3 * i] = (i % side) / side - 0.5;
    positions[3 * i + 1] = Math.floor(i / side) / side - 0.5;
  }
  const points = new SplattedPoints({ positions }, boundVertices(positions));
  show.add(points);
  // The camera is so close that there is less than one point per pixel.
  show.cameraState = frontView(0.02);
  const lit = () => {
    const { data } = show.snapshot();
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) > 0) count += 1;
    return count;
  };
  show.render({ samples: 0 });
  const full = lit();
  show.render({ samples: 0, draft: true });
  const draft = lit();
  expect(draft).toBeGreaterThan(0);
  expect(draft).toBeLessThan(full / 2);
});

test("disposing of splatted points frees their textures, and they can be drawn again", () => {
  const show = open();
  const object = addCloud(show, cloud(60_000, { colored: true }), true);
  show.cameraState = frontView(5);
  const { memory } = show.renderer.info;
  const before = memory.textures;
  const first = snapshotOf(show, { samples: 0 });
  expect(memory.textures).toBe(before + 2);
  snapshotOf(show, { samples: 0, scale: 2 });
  expect(memory.textures).toBe(before + 2);
  disposeObject(object);
  expect(memory.textures).toBe(before);
  expect(difference(snapshotOf(show, { samples: 0 }), first)).toEqual({ mean: 0, strong: 0 });
});

test("a point cloud drawn in parts equals one drawn in one pass, even with other frames in between", () => {
  const show = open({ size: [320, 240] });
  addCloud(show, cloud(400_000, { colored: true }), true);
  addBall(show);
  show.cameraState = frontView(4);
  const inSteps = () => [...show.renderSteps(1)].length;
  const expected = snapshotOf(show, { samples: 0, scale: 2 });
  // The number of parts depends on the rates measured earlier.
  const counts = [inSteps(), inSteps()];
  expect(Math.max(...counts)).toBeGreaterThan(2);
  expect(difference(show.snapshot(), expected)).toEqual({ mean: 0, strong: 0 });
  const steps = show.renderSteps(1);
  steps.next();
  steps.next();
  show.render({ samples: 0, draft: true });
  for (const _ of steps);
  expect(difference(show.snapshot(), expected)).toEqual({ mean: 0, strong: 0 });
});
