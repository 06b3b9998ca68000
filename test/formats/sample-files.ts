import { afterAll, beforeAll, expect } from "bun:test";
import type { BufferGeometry, Mesh, Object3D } from "three";
import { type LoadedScene, type LoadOptions, loadScene } from "../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

export interface SampleFiles {
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Writes a file of the format under test and loads it. */
  load(content: string | Uint8Array, options?: LoadOptions): Promise<LoadedScene>;
}

/** A temporary directory for the files that a test module loads; it is removed after the module's tests. */
export function sampleFiles(extension: string): SampleFiles {
  let directory: TemporaryDirectory;
  let count = 0;
  beforeAll(() => {
    directory = new TemporaryDirectory();
  });
  afterAll(() => directory[Symbol.dispose]());
  return {
    write: (name, content) => directory.write(name, content),
    load(content, options) {
      count += 1;
      return loadScene(directory.write(`file${count}.${extension}`, content), options);
    },
  };
}

/** Checks that a scene is the cube of edge 2 of `samples.ts`, and its warnings. */
export function expectCube(loaded: LoadedScene, warnings: readonly string[] = []): void {
  expect(loaded.counts).toEqual({ triangles: 12, points: 0, lines: 0 });
  expect(loaded.bounds.min.toArray()).toEqual([-1, -1, -1]);
  expect(loaded.bounds.max.toArray()).toEqual([1, 1, 1]);
  expect(loaded.warnings).toEqual([...warnings]);
}

/** The meshes of a scene, without the back faces that a closed surface has as a child mesh. */
export function meshesOf(root: Object3D): Mesh<BufferGeometry>[] {
  const meshes: Mesh<BufferGeometry>[] = [];
  root.traverse((object) => {
    if ("isMesh" in object && !("isMesh" in (object.parent ?? {}))) {
      meshes.push(object as Mesh<BufferGeometry>);
    }
  });
  return meshes;
}

/** The first mesh of a scene. */
export function firstMesh(root: Object3D): Mesh<BufferGeometry> {
  const [mesh] = meshesOf(root);
  if (mesh === undefined) throw new Error("no mesh");
  return mesh;
}
