import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Mesh, Object3D } from "three";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { freeArraysAfterUpload } from "../../src/actors/divide-mesh.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { showOpener } from "./shows.ts";

const directory = new TemporaryDirectory();
const path = `${directory.path}/large.ply`;
beforeAll(() => writeLargeModel(path, "ply", 600_000));
afterAll(() => directory[Symbol.dispose]());

const open = showOpener();

/** Renders a full view in steps. */
function fullView(show: ShowManager): Uint8Array {
  for (const _ of show.renderSteps(5));
  return show.snapshot().data.slice();
}

function draft(show: ShowManager, level: number): Uint8Array {
  show.render({ samples: 0, draft: true, level });
  return show.snapshot().data.slice();
}

/** The share of the pixels that differ from the first, which shows the background. */
function coverage(pixels: Uint8Array): number {
  let covered = 0;
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at] !== pixels[0]) covered += 1;
  return (4 * covered) / pixels.length;
}

function meshes(root: Object3D): Mesh[] {
  const found: Mesh[] = [];
  root.traverse((object) => "isMesh" in object && found.push(object as Mesh));
  return found;
}

test("a large mesh is shown before its levels of detail, which change its drafts and not the picture of a still view", async () => {
  const later = Promise.withResolvers<() => void>();
  const scene = await loadScene(path, { late: { after: Promise.resolve(), onDetail: later.resolve } });
  const show = open({ size: [320, 240], glBackend: "mesa" });
  show.add(scene.object);
  freeArraysAfterUpload(scene.object);
  show.frameScene(scene.up);
  const still = fullView(show);
  expect(coverage(still)).toBeGreaterThan(0.3);
  // Points stand in for the surface.
  const points = draft(show, 0);
  expect(coverage(points)).toBeGreaterThan(0.3);
  expect(draft(show, 1)).toEqual(points);
  expect(meshes(scene.object)).toHaveLength(1);

  const showDetail = await later.promise;
  expect(meshes(scene.object)).toHaveLength(1);
  showDetail();
  freeArraysAfterUpload(scene.object);
  expect(Buffer.compare(fullView(show), still)).toBe(0);
  const [fine, coarse] = [draft(show, 0), draft(show, 1)];
  expect(coverage(fine)).toBeCloseTo(coverage(still), 1);
  expect(Buffer.compare(fine, points)).not.toBe(0);
  expect(Buffer.compare(fine, coarse)).not.toBe(0);
  expect(Buffer.compare(fullView(show), still)).toBe(0);
  // Beside GL's copy, the levels of detail, which are small, and the positions and indices are left.
  const arrays = meshes(scene.object).map(({ geometry }) => geometry.attributes.normal?.array.length ?? 0);
  expect(Math.max(...arrays)).toBeLessThan(3 * 150_000);
  scene.dispose();
});

test("levels of detail that come in the middle of a frame, which draws a part of the mesh, are those of the whole mesh", async () => {
  const gate = Promise.withResolvers<void>();
  const later = Promise.withResolvers<() => void>();
  const scene = await loadScene(path, { late: { after: gate.promise, onDetail: later.resolve } });
  // So small that only the triangles that contain a sample are drawn.
  const show = open({ size: [160, 90], glBackend: "mesa" });
  show.add(scene.object);
  freeArraysAfterUpload(scene.object);
  show.frameScene(scene.up);
  const still = fullView(show);
  const [mesh] = meshes(scene.object);
  const whole = mesh?.geometry;
  const steps = show.renderSteps(1);
  while (mesh?.geometry === whole && !steps.next().done);
  expect(mesh?.geometry).not.toBe(whole);
  gate.resolve();
  const showDetail = await later.promise;
  for (const _ of steps);
  showDetail();
  freeArraysAfterUpload(scene.object);
  expect(Buffer.compare(fullView(show), still)).toBe(0);
  expect(coverage(draft(show, 0))).toBeGreaterThan(0.3);
  scene.dispose();
});

test("levels of detail that come after their scene was removed change nothing", async () => {
  const later = Promise.withResolvers<() => void>();
  const scene = await loadScene(path, { late: { after: Promise.resolve(), onDetail: later.resolve } });
  const showDetail = await later.promise;
  scene.dispose();
  showDetail();
  expect(meshes(scene.object)).toHaveLength(1);
});

/** Counts the GL buffers of a show that are created from now on and not deleted. */
function countBuffers(show: ShowManager): () => number {
  const { gl } = show;
  const live = new Set<WebGLBuffer>();
  const create = gl.createBuffer.bind(gl);
  const remove = gl.deleteBuffer.bind(gl);
  gl.createBuffer = () => {
    const buffer = create();
    live.add(buffer);
    return buffer;
  };
  gl.deleteBuffer = (buffer) => {
    if (buffer !== null) live.delete(buffer);
    remove(buffer);
  };
  return () => live.size;
}

for (const when of ["before", "after"] as const) {
  test(`disposing of a large mesh ${when} its levels of detail are added frees its GL buffers`, async () => {
    const later = Promise.withResolvers<() => void>();
    const scene = await loadScene(path, { late: { after: Promise.resolve(), onDetail: later.resolve } });
    // So small that only the triangles that contain a sample are drawn.
    const show = open({ size: [160, 90], glBackend: "mesa" });
    const buffers = countBuffers(show);
    show.add(scene.object);
    show.frameScene(scene.up);
    fullView(show);
    if (when === "after") {
      (await later.promise)();
      draft(show, 0);
      fullView(show);
    }
    expect(buffers()).toBeGreaterThan(1);
    show.scene.remove(scene.object);
    scene.dispose();
    expect(buffers()).toBe(0);
  });
}
