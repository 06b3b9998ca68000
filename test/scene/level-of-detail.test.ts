import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  Bone,
  Box3,
  BufferAttribute,
  BufferGeometry,
  Group,
  InstancedMesh,
  type Material,
  Mesh,
  MeshLambertMaterial,
  type Object3D,
  PlaneGeometry,
  ShaderMaterial,
  Skeleton,
  SkinnedMesh,
  SphereGeometry,
} from "three";
import { disposeObject } from "../../src/scene/dispose-object.ts";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { FULL_DETAIL_LAYER, LOD_LAYER } from "../../src/scene/lod/detail-layers.ts";
import { addLevelsOfDetail } from "../../src/scene/lod/level-of-detail.ts";
import { boundsOf, boxOf } from "../../src/scene/scene-bounds.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { difference } from "./pictures.ts";

const alive = new AbortController().signal;

let directory: TemporaryDirectory;
let rockObj: string;
const closing: { dispose(): void }[] = [];
beforeAll(() => {
  directory = new TemporaryDirectory();
  rockObj = directory.write("rock.obj", objOf(rock()));
});
afterEach(() => {
  for (const each of closing.splice(0)) each.dispose();
});
afterAll(() => directory[Symbol.dispose]());

/** A sphere with bumps of 30,000 triangles or so. */
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

function objOf(geometry: BufferGeometry): string {
  const position = geometry.getAttribute("position");
  const lines: string[] = [];
  for (let i = 0; i < position.count; i += 1) {
    lines.push(
      `v ${[position.getX(i), position.getY(i), position.getZ(i)].map((x) => x.toFixed(5)).join(" ")}`,
    );
  }
  const index = geometry.index?.array ?? [];
  for (let i = 0; i < index.length; i += 3) {
    lines.push(`f ${[...index.slice(i, i + 3)].map((vertex) => vertex + 1).join(" ")}`);
  }
  return `${lines.join("\n")}\n`;
}

function open(): ShowManager {
  const show = new ShowManager({ size: [320, 240] });
  closing.push(show);
  return show;
}

async function openRock(): Promise<{ show: ShowManager; loaded: LoadedScene }> {
  const show = open();
  const loaded = await loadScene(rockObj);
  closing.unshift(loaded);
  show.add(loaded.object);
  show.frameScene(loaded.up);
  return { show, loaded };
}

function trianglesDrawn(show: ShowManager, draft: boolean): number {
  show.render({ samples: 0, draft });
  return show.renderer.info.render.triangles;
}

function draftsIn(root: Object3D): Mesh[] {
  const drafts: Mesh[] = [];
  root.traverse((object) => {
    if (object.layers.isEnabled(LOD_LAYER)) drafts.push(object as Mesh);
  });
  return drafts;
}

function solid(): Material {
  return new MeshLambertMaterial();
}

describe("a loaded scene with drafts", () => {
  test("draws less than 40 % of its triangles in a draft picture, which looks about the same", async () => {
    const { show, loaded } = await openRock();
    const full = trianglesDrawn(show, true);
    const fullPicture = show.snapshot();
    await loaded.makeDrafts();
    expect(trianglesDrawn(show, true)).toBeLessThan(0.4 * full);
    const draftPicture = show.snapshot();
    const { mean, strong } = difference(fullPicture, draftPicture);
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(0.5);
    expect(strong).toBeLessThan(0.002);
  });

  test("gives the same picture at rest as without, to the last bit", async () => {
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

  test("is framed as without", async () => {
    const { show, loaded } = await openRock();
    const { cameraState } = show;
    const bounds = boundsOf(show.scene);
    await loaded.makeDrafts();
    expect(draftsIn(loaded.object)).toHaveLength(1);
    expect(boundsOf(show.scene)).toEqual(bounds);
    expect(boxOf(show.scene)).toEqual(bounds.box);
    show.frameScene(loaded.up);
    expect(show.cameraState).toEqual(cameraState);
  });

  test("frees the drafts with everything else", async () => {
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

  test("gets no draft any more once it is disposed of", async () => {
    const { loaded } = await openRock();
    const making = loaded.makeDrafts();
    await new Promise((resolve) => setImmediate(resolve));
    loaded.dispose();
    await making;
    expect(draftsIn(loaded.object)).toEqual([]);
    await loaded.makeDrafts();
    expect(draftsIn(loaded.object)).toEqual([]);
  });

  test("gets one draft for each mesh however often it is asked", async () => {
    const { loaded } = await openRock();
    await Promise.all([loaded.makeDrafts(), loaded.makeDrafts()]);
    await loaded.makeDrafts();
    expect(draftsIn(loaded.object)).toHaveLength(1);
  });

  test("lets frames and events have their turn while drafts are made", async () => {
    const { loaded } = await openRock();
    let turns = 0;
    let making = true;
    const turn = (): void => {
      turns += 1;
      if (making) setImmediate(turn);
    };
    setImmediate(turn);
    await loaded.makeDrafts();
    making = false;
    expect(turns).toBeGreaterThan(4);
  });
});

describe("which meshes get a draft", () => {
  const moving = (): BufferGeometry => {
    const geometry = rock();
    geometry.morphAttributes.position = [geometry.getAttribute("position").clone() as BufferAttribute];
    return geometry;
  };
  const skinned = (): Mesh => {
    const mesh = new SkinnedMesh(rock(), solid());
    mesh.bind(new Skeleton([new Bone()]));
    return mesh;
  };
  const soup = (): BufferGeometry => {
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
    ["a small one", () => new Mesh(new SphereGeometry(1, 32, 16), solid())],
    ["one with bones", skinned],
    ["one with morph targets", () => new Mesh(moving(), solid())],
    ["one drawn many times", () => new InstancedMesh(rock(), solid(), 2)],
    ["one that is seen through", () => new Mesh(rock(), new MeshLambertMaterial({ transparent: true }))],
    ["one with holes in its texture", () => new Mesh(rock(), new MeshLambertMaterial({ alphaTest: 0.5 }))],
    ["one drawn as wires", () => new Mesh(rock(), new MeshLambertMaterial({ wireframe: true }))],
    ["one with a shader of its own", () => new Mesh(rock(), new ShaderMaterial())],
    ["one of loose triangles, of which none can go", () => new Mesh(soup(), solid())],
  ];
  for (const [name, make] of cases) {
    test(`${name} gets none and stays as it is`, async () => {
      const mesh = make();
      const root = new Group().add(mesh);
      await addLevelsOfDetail(root, alive);
      expect(draftsIn(root)).toEqual([]);
      expect(mesh.layers.mask).toBe(1);
    });
  }

  test("a large one gets one of the same vertices and materials", async () => {
    const mesh = new Mesh(rock(), solid());
    await addLevelsOfDetail(new Group().add(mesh), alive);
    const [draft] = draftsIn(mesh);
    expect(mesh.layers.isEnabled(FULL_DETAIL_LAYER)).toBe(true);
    expect(mesh.layers.isEnabled(0)).toBe(false);
    expect(draft?.material).toBe(mesh.material);
    expect(draft?.parent).toBe(mesh);
    expect(draft?.geometry.attributes).toEqual(mesh.geometry.attributes);
    const kept = draft?.geometry.index?.count ?? 0;
    expect(kept).toBeLessThanOrEqual((mesh.geometry.index?.count ?? 0) / 4 + 3);
  });

  test("facets with corners of their own are simplified too", async () => {
    const geometry = rock().toNonIndexed();
    geometry.computeVertexNormals();
    const mesh = new Mesh(geometry, solid());
    await addLevelsOfDetail(mesh, alive);
    expect(draftsIn(mesh)).toHaveLength(1);
  });

  test("small ones that are many together get theirs, but for those that hardly cost anything", async () => {
    const sphere = () => new Mesh(new SphereGeometry(1, 64, 32), solid());
    const [few, tiny] = [[sphere(), sphere()], new Mesh(new SphereGeometry(1, 16, 8), solid())];
    await addLevelsOfDetail(new Group().add(...few, tiny), alive);
    expect(few.flatMap((mesh) => draftsIn(mesh))).toEqual([]);
    const many = Array.from({ length: 6 }, sphere);
    await addLevelsOfDetail(new Group().add(...many, tiny), alive);
    expect(many.map((mesh) => draftsIn(mesh).length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(draftsIn(tiny)).toEqual([]);
  });

  test("meshes of one geometry share their draft", async () => {
    const geometry = rock();
    const root = new Group().add(new Mesh(geometry, solid()), new Mesh(geometry, solid()));
    await addLevelsOfDetail(root, alive);
    const [a, b] = draftsIn(root);
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
    const mesh = new Mesh(geometry, [solid(), solid()]);
    await addLevelsOfDetail(mesh, alive);
    const [draft] = draftsIn(mesh);
    const groups = draft?.geometry.groups ?? [];
    expect(groups.map(({ materialIndex }) => materialIndex)).toEqual([0, 1]);
    expect(groups.map(({ start }) => start)).toEqual([0, groups[0]?.count ?? 0]);
    for (const { start, count, materialIndex } of groups) {
      expect(count).toBeGreaterThan(0);
      const box = new Box3();
      for (let i = start; i < start + count; i += 1) {
        const vertex = draft?.geometry.index?.getX(i) ?? 0;
        const y = geometry.getAttribute("position").getY(vertex);
        box.min.y = Math.min(box.min.y, y);
        box.max.y = Math.max(box.max.y, y);
      }
      // The triangles of a plane come row by row, from the top.
      expect(box.min.y).toBeCloseTo(materialIndex === 0 ? 0 : -0.5);
      expect(box.max.y).toBeCloseTo(materialIndex === 0 ? 0.5 : 0);
    }
  });

  test("no triangle is drawn out across a seam of the texture", async () => {
    const geometry = rock().toNonIndexed();
    // Facets, between which normals have seams everywhere, and those are given up.
    geometry.computeVertexNormals();
    // The two halves of the rock are at places of the texture that are far apart; the seam goes all around.
    const uv = geometry.getAttribute("uv");
    const position = geometry.getAttribute("position");
    for (let first = 0; first < position.count; first += 3) {
      const upper = [0, 1, 2].reduce((sum, corner) => sum + position.getY(first + corner), 0) > 0;
      for (let v = first; v < first + 3; v += 1) uv.setXY(v, position.getX(v) + (upper ? 10 : 0), 0);
    }
    const mesh = new Mesh(geometry, solid());
    await addLevelsOfDetail(mesh, alive);
    const index = draftsIn(mesh)[0]?.geometry.index;
    expect(index?.count).toBeGreaterThan(0);
    for (let first = 0; first < (index?.count ?? 0); first += 3) {
      const us = [0, 1, 2].map((corner) => uv.getX(index?.getX(first + corner) ?? 0));
      expect(Math.max(...us) - Math.min(...us)).toBeLessThan(5);
    }
  });

  test("what cannot be simplified for an error has none, and the others have theirs", async () => {
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
    const bad = new Mesh(geometry, solid());
    const good = new Mesh(rock(), solid());
    await addLevelsOfDetail(new Group().add(bad, good), alive);
    expect(draftsIn(bad)).toEqual([]);
    expect(bad.layers.mask).toBe(1);
    expect(draftsIn(good)).toHaveLength(1);
  });
});
