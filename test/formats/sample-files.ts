import { expect } from "bun:test";
import type { BufferGeometry, Mesh, Object3D } from "three";
import { LoadError } from "../../src/formats/load-error.ts";
import type { LoadedScene } from "../../src/scene/load-scene.ts";
import { type SceneFiles, sceneFiles } from "../scene/scene-files.ts";

export interface SampleFiles {
  /** Writes a file that others can refer to, and returns its path. */
  readonly write: SceneFiles["write"];
  /** Writes a file and loads it. Its name is numbered: a test can load several. */
  load(content: string | Uint8Array, name?: string): Promise<LoadedScene>;
  /** The message of the LoadError with which a file is refused. */
  loadErrorMessage(content: string | Uint8Array, name?: string): Promise<string>;
}

/** Files of the format under test, in a temporary directory that is removed after the tests of the calling file. */
export function sampleFiles(extension: string): SampleFiles {
  const files = sceneFiles();
  let count = 0;
  const load = (content: string | Uint8Array, name = `file.${extension}`): Promise<LoadedScene> => {
    count += 1;
    return files.load(`${count}-${name}`, content);
  };
  return {
    write: files.write,
    load,
    async loadErrorMessage(content, name) {
      const error = await load(content, name).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LoadError);
      return (error as LoadError).message;
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

export function firstMesh(root: Object3D): Mesh<BufferGeometry> {
  const [mesh] = meshesOf(root);
  if (mesh === undefined) throw new Error("no mesh");
  return mesh;
}
