import { describe, expect, test } from "bun:test";
import {
  Bone,
  Box3,
  BufferAttribute,
  BufferGeometry,
  Color,
  Group,
  InstancedMesh,
  Layers,
  type Material,
  Matrix4,
  Mesh,
  MeshLambertMaterial,
  type Object3D,
  PlaneGeometry,
  ShaderMaterial,
  Skeleton,
  SkinnedMesh,
  SphereGeometry,
} from "three";
import { FULL_DETAIL_LAYER, selectLayers } from "../../src/actors/detail-layers.ts";
import { disposeObject } from "../../src/actors/dispose-object.ts";
import type { LoadedScene } from "../../src/scene/load-scene.ts";
import { addLevelsOfDetail } from "../../src/scene/lod/level-of-detail.ts";
import { boundsOf, boxOf } from "../../src/scene/scene-bounds.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { weldedObj } from "../support/model.ts";
import { difference } from "./images.ts";
import { sceneFiles } from "./scene-files.ts";
import { showOpener } from "./shows.ts";

const alive = new AbortController().signal;

const files = sceneFiles();
const open = showOpener();

/** A sphere with bumps, of about 30,000 triangles. */
function rock(): BufferGeometry {
  const geometry = new SphereGeometry(1, 176, 88);
  const position = geometry.getAttribute("position");
  for (let i = 0; i < position.count; i += 1) {
    const [x, y, z] = [position.getX(i), position.getY(i), position.getZ(i)];
    const size = 1 + 0.08 * Math.sin(7 * x) * Math.cos(6 * y) * Math.sin(5 * z + 1);
    position.setXYZ(i, x * size, y * size, z * size);
  }
  geometry.computeVertexNormals();
  return geometry;
}

async function openRock(): Promise<{ show: ShowManager; loaded: LoadedScene }> {
  const show = open({ size: [320, 240] });
  const loaded = await files.load("rock.obj", weldedObj(rock()));
  show.add(loaded.object);
  show.frameScene(loaded.up);
  return { show, loaded };
}

function trianglesDrawn(show: ShowManager, draft: boolean): number {
  show.render({ samples: 0, draft });
  return show.renderer.info.render.triangles;
}

function lodsIn(root: Object3D): Mesh[] {
  const lods: Mesh[] = [];
  const [draft, full] = [new Layers(), new Layers()];
  selectLayers(draft, 0);
  selectLayers(full, "full");
  root.traverse((object) => {
    if (object.layers.test(draft) && !object.layers.test(full)) lods.push(object as Mesh);
  });
  return lods;
}

function opaque(): Material {
  return new MeshLambertMaterial();
}

describe("a loaded scene with levels of detail", () => {
  test("a scene with levels of detail renders less than 40 % of its triangles in a draft, which is similar to the full frame", async () => {
    const { show, loaded } = await openRock();
    const full = trianglesDrawn(show, true);
    const fullFrame = show.snapshot();
    await loaded.makeDrafts();
    expect(trianglesDrawn(show, true)).toBeLessThan(0.4 * full);
    const draft = show.snapshot();
    const { mean, strong } = difference(fullFrame, draft);
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(0.5);
    expect(strong).toBeLessThan(0.002);
  });

  test("a scene with levels of detail renders the same full frame as before, bit by bit", async () => {
    const { show, loaded } = await openRock();
    const full = trianglesDrawn(show, false);
    show.render({ samples: 4 });
    const before = show.snapshot();
    await loaded.makeDrafts();
    show.render({ samples: 0, draft: true });
    show.render({ samples: 4 });
    expect(Buffer.compare(show.snapshot().data, before.data)).toBe(0);
    expect(trianglesDrawn(show, false)).toBe(full);
  });

  test("a scene with levels of detail is framed as before", async () => {
    const { show, loaded } = await openRock();
    const { cameraState } = show;
    const bounds = boundsOf(show.scene);
    await loaded.makeDrafts();
    expect(lodsIn(loaded.object)).toHaveLength(1);
    expect(boundsOf(show.scene)).toEqual(bounds);
    expect(boxOf(show.scene)).toEqual(bounds.box);
    show.frameScene(loaded.up);
    expect(show.cameraState).toEqual(cameraState);
  });

  test("a scene with levels of detail frees the simplified meshes when it is disposed", async () => {
    const { show, loaded } = await openRock();
    show.render();
    const before = { ...show.renderer.info.memory };
    await loaded.makeDrafts();
    show.render({ draft: true });
    expect(show.renderer.info.memory.geometries).toBe(before.geometries + 1);
    show.scene.remove(loaded.object);
    loaded.dispose();
    expect(show.renderer.info.memory.geometries).toBe(before.geometries - 1);
  });

  test("a scene with levels of detail gets no simplified mesh after it was disposed", async () => {
    const { loaded } = await openRock();
    const simplifying = loaded.makeDrafts();
    await new Promise((resolve) => setImmediate(resolve));
    loaded.dispose();
    await simplifying;
    expect(lodsIn(loaded.object)).toEqual([]);
    await loaded.makeDrafts();
    expect(lodsIn(loaded.object)).toEqual([]);
  });

  test("a scene with levels of detail gets one simplified mesh per mesh, also after repeated calls", async () => {
    const { loaded } = await openRock();
    await Promise.all([loaded.makeDrafts(), loaded.makeDrafts()]);
    await loaded.makeDrafts();
    expect(lodsIn(loaded.object)).toHaveLength(1);
  });

  test("makeDrafts yields to the event loop while meshes are simplified", async () => {
    const { loaded } = await openRock();
    let yields = 0;
    let isSimplifying = true;
    const countYield = (): void => {
      yields += 1;
      if (isSimplifying) setImmediate(countYield);
    };
    setImmediate(countYield);
    await loaded.makeDrafts();
    isSimplifying = false;
    expect(yields).toBeGreaterThan(4);
  });
});

/** A rock that the second of two bones moves. */
function skinnedRock(): Mesh {
  const geometry = rock();
  const { count } = geometry.getAttribute("position");
  geometry.setAttribute("skinIndex", new BufferAttribute(new Uint16Array(4 * count).fill(1), 4));
  const weights = Float32Array.from({ length: 4 * count }, (_, i) => (i % 4 === 0 ? 1 : 0));
  geometry.setAttribute("skinWeight", new BufferAttribute(weights, 4));
  const bones = [new Bone(), new Bone()];
  const mesh = new SkinnedMesh(geometry, opaque());
  mesh.add(...bones);
  mesh.bind(new Skeleton(bones));
  bones[1]?.scale.set(1.5, 0.5, 1);
  return mesh;
}

/** A rock half-way to its other shape, a third of its size. */
function morphedRock(): Mesh {
  const geometry = rock();
  const target = geometry.getAttribute("position").clone() as BufferAttribute;
  target.applyMatrix4(new Matrix4().makeScale(1 / 3, 1, 1 / 3));
  geometry.morphAttributes.position = [target];
  const mesh = new Mesh(geometry, opaque());
  mesh.morphTargetInfluences = [0.5];
  return mesh;
}

function instancedRock(): Mesh {
  const mesh = new InstancedMesh(rock(), opaque(), 3);
  for (const i of [0, 1, 2]) {
    mesh.setMatrixAt(i, new Matrix4().makeScale(1 - i / 4, 1, 1).setPosition(1.5 * i, 0, 0));
    mesh.setColorAt(i, new Color(1, i / 3, 0));
  }
  mesh.count = 2;
  return mesh;
}

describe("the draft of a mesh", () => {
  const transparent = { transparent: true, opacity: 0.5 };
  const meshes: [string, () => Mesh][] = [
    ["with bones", skinnedRock],
    ["with morph targets", morphedRock],
    ["with instances", instancedRock],
    ["that is transparent", () => new Mesh(rock(), new MeshLambertMaterial(transparent))],
    ["with holes in its texture", () => new Mesh(rock(), new MeshLambertMaterial({ alphaTest: 0.5 }))],
  ];
  for (const [name, make] of meshes) {
    test(`${name} has less than 40 % of its triangles, is similar to the full frame, and moves with it`, async () => {
      const show = open({ size: [320, 240] });
      const mesh = make();
      show.add(mesh);
      show.frameScene("y");
      const full = trianglesDrawn(show, false);
      await addLevelsOfDetail(mesh, alive);
      expect(lodsIn(mesh)).toHaveLength(1);
      for (const move of [() => {}, () => moveParts(mesh)]) {
        move();
        show.render({ samples: 4 });
        const fullFrame = show.snapshot();
        show.render({ samples: 4, draft: true });
        expect(show.renderer.info.render.triangles).toBeLessThan(0.4 * full);
        const { mean, strong } = difference(fullFrame, show.snapshot());
        expect(mean).toBeLessThan(1);
        expect(strong).toBeLessThan(0.01);
      }
      disposeObject(mesh);
    });
  }
});

/** Changes the pose, the morph target and the instances of a mesh. */
function moveParts(mesh: Mesh): void {
  if (mesh instanceof SkinnedMesh) mesh.skeleton.bones[1]?.scale.set(0.6, 1.2, 1);
  if (mesh.morphTargetInfluences !== undefined) mesh.morphTargetInfluences[0] = 1;
  if (!(mesh instanceof InstancedMesh)) return;
  mesh.count = 1;
  mesh.setMatrixAt(0, new Matrix4().makeScale(0.5, 1, 1));
  mesh.instanceMatrix.needsUpdate = true;
}

describe("addLevelsOfDetail", () => {
  const triangleSoup = (): BufferGeometry => {
    const geometry = new BufferGeometry();
    const random = (i: number): number => (Math.sin(i * 12.9898) * 43758.5453) % 1;
    geometry.setAttribute(
      "position",
      new BufferAttribute(
        Float32Array.from({ length: 9 * 25_000 }, (_, i) => random(i)),
        3,
      ),
    );
    return geometry;
  };
  const cases: [string, () => Mesh][] = [
    ["a small mesh", () => new Mesh(new SphereGeometry(1, 32, 16), opaque())],
    ["a wireframe mesh", () => new Mesh(rock(), new MeshLambertMaterial({ wireframe: true }))],
    ["a mesh with a custom shader", () => new Mesh(rock(), new ShaderMaterial())],
    ["a mesh of disconnected triangles", () => new Mesh(triangleSoup(), opaque())],
  ];
  for (const [name, make] of cases) {
    test(`${name} is not simplified`, async () => {
      const mesh = make();
      const root = new Group().add(mesh);
      await addLevelsOfDetail(root, alive);
      expect(lodsIn(root)).toEqual([]);
      expect(mesh.layers.mask).toBe(1);
    });
  }

  test("a large mesh gets a simplified mesh with the same vertices and materials", async () => {
    const mesh = new Mesh(rock(), opaque());
    await addLevelsOfDetail(new Group().add(mesh), alive);
    const [lod] = lodsIn(mesh);
    expect(mesh.layers.isEnabled(FULL_DETAIL_LAYER)).toBe(true);
    expect(mesh.layers.isEnabled(0)).toBe(false);
    expect(lod?.material).toBe(mesh.material);
    expect(lod?.parent).toBe(mesh);
    expect(lod?.geometry.attributes).toEqual(mesh.geometry.attributes);
    const kept = lod?.geometry.index?.count ?? 0;
    expect(kept).toBeLessThanOrEqual((mesh.geometry.index?.count ?? 0) / 4 + 3);
  });

  test("a mesh without shared vertices is simplified", async () => {
    const geometry = rock().toNonIndexed();
    geometry.computeVertexNormals();
    const mesh = new Mesh(geometry, opaque());
    await addLevelsOfDetail(mesh, alive);
    expect(lodsIn(mesh)).toHaveLength(1);
  });

  test("many small meshes are simplified, except for the smallest", async () => {
    const sphere = () => new Mesh(new SphereGeometry(1, 64, 32), opaque());
    const [few, tiny] = [[sphere(), sphere()], new Mesh(new SphereGeometry(1, 16, 8), opaque())];
    await addLevelsOfDetail(new Group().add(...few, tiny), alive);
    expect(few.flatMap((mesh) => lodsIn(mesh))).toEqual([]);
    const many = Array.from({ length: 6 }, sphere);
    await addLevelsOfDetail(new Group().add(...many, tiny), alive);
    expect(many.map((mesh) => lodsIn(mesh).length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(lodsIn(tiny)).toEqual([]);
  });

  test("meshes that share a geometry share its simplified version", async () => {
    const geometry = rock();
    const root = new Group().add(new Mesh(geometry, opaque()), new Mesh(geometry, opaque()));
    await addLevelsOfDetail(root, alive);
    const [a, b] = lodsIn(root);
    expect(a?.geometry).toBeDefined();
    expect(b?.geometry).toBe(a?.geometry as BufferGeometry);
    disposeObject(root);
  });

  test("each material keeps its part of the surface", async () => {
    const geometry = new PlaneGeometry(2, 1, 160, 80);
    const index = geometry.index;
    const corners = index?.count ?? 0;
    geometry.addGroup(0, corners / 2, 0);
    geometry.addGroup(corners / 2, Number.POSITIVE_INFINITY, 1);
    const mesh = new Mesh(geometry, [opaque(), opaque()]);
    await addLevelsOfDetail(mesh, alive);
    const [lod] = lodsIn(mesh);
    const groups = lod?.geometry.groups ?? [];
    expect(groups.map(({ materialIndex }) => materialIndex)).toEqual([0, 1]);
    expect(groups.map(({ start }) => start)).toEqual([0, groups[0]?.count ?? 0]);
    for (const { start, count, materialIndex } of groups) {
      expect(count).toBeGreaterThan(0);
      const box = new Box3();
      for (let i = start; i < start + count; i += 1) {
        const vertex = lod?.geometry.index?.getX(i) ?? 0;
        const y = geometry.getAttribute("position").getY(vertex);
        box.min.y = Math.min(box.min.y, y);
        box.max.y = Math.max(box.max.y, y);
      }
      // The triangles of a plane are ordered by row, from the top.
      expect(box.min.y).toBeCloseTo(materialIndex === 0 ? 0 : -0.5);
      expect(box.max.y).toBeCloseTo(materialIndex === 0 ? 0.5 : 0);
    }
  });

  test("no simplified triangle crosses a seam of the texture", async () => {
    const geometry = rock().toNonIndexed();
    // Flat shading: normals have seams everywhere, which are not preserved.
    geometry.computeVertexNormals();
    // The two halves of the rock use distant parts of the texture, with a seam around the rock.
    const uv = geometry.getAttribute("uv");
    const position = geometry.getAttribute("position");
    for (let first = 0; first < position.count; first += 3) {
      const upper = [0, 1, 2].reduce((sum, corner) => sum + position.getY(first + corner), 0) > 0;
      for (let v = first; v < first + 3; v += 1) uv.setXY(v, position.getX(v) + (upper ? 10 : 0), 0);
    }
    const mesh = new Mesh(geometry, opaque());
    await addLevelsOfDetail(mesh, alive);
    const index = lodsIn(mesh)[0]?.geometry.index;
    expect(index?.count).toBeGreaterThan(0);
    for (let first = 0; first < (index?.count ?? 0); first += 3) {
      const us = [0, 1, 2].map((corner) => uv.getX(index?.getX(first + corner) ?? 0));
      expect(Math.max(...us) - Math.min(...us)).toBeLessThan(5);
    }
  });

  test("a mesh that cannot be simplified because of an error is skipped, and the others are simplified", async () => {
    class Unreadable extends BufferAttribute {
      override getComponent(): number {
        throw new Error("unreadable");
      }
    }
    const geometry = rock();
    geometry.setAttribute(
      "normal",
      new Unreadable(new Float32Array(3 * geometry.getAttribute("position").count), 3),
    );
    const invalid = new Mesh(geometry, opaque());
    const valid = new Mesh(rock(), opaque());
    await addLevelsOfDetail(new Group().add(invalid, valid), alive);
    expect(lodsIn(invalid)).toEqual([]);
    expect(invalid.layers.mask).toBe(1);
    expect(lodsIn(valid)).toHaveLength(1);
  });
});
