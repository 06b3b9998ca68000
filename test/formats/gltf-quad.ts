import { expect } from "bun:test";
import type { Mesh, Object3D } from "three";
import { LoadError } from "../../src/formats/load-error.ts";
import type { LoadedScene } from "../../src/scene/load-scene.ts";
import { type SceneFiles, sceneFiles } from "../scene/scene-files.ts";
import { type GltfParts, glb, texturedQuad } from "./samples.ts";

export type Json = Record<string, unknown> & Record<string, Record<string, unknown>[] | undefined>;

/** A GLB of the textured quad with modifications. */
export function quad(modify: (json: Json, parts: GltfParts) => void): Uint8Array {
  const parts = texturedQuad();
  modify(parts.json as Json, parts);
  return glb(parts);
}

/** Appends bytes to the body, and a buffer view over them. @returns the view's index */
export function addView(parts: GltfParts, bytes: Uint8Array, more: Record<string, unknown> = {}): number {
  const { json, body } = parts;
  const views = json.bufferViews as Record<string, unknown>[];
  views.push({ buffer: 0, byteOffset: body.byteLength, byteLength: bytes.byteLength, ...more });
  const padding = new Uint8Array((4 - (bytes.byteLength % 4)) % 4);
  parts.body = Buffer.concat([body, bytes, padding]);
  json.buffers = [{ byteLength: parts.body.byteLength }];
  return views.length - 1;
}

/** Appends an accessor of floats and its buffer view. @returns the accessor's index */
export function addAccessor(parts: GltfParts, values: ArrayLike<number>, type: string): number {
  const accessors = parts.json.accessors as Record<string, unknown>[];
  const size = { SCALAR: 1, VEC3: 3, VEC4: 4, MAT4: 16 }[type] ?? 1;
  const bufferView = addView(parts, new Uint8Array(new Float32Array(values).buffer));
  accessors.push({ bufferView, componentType: 5126, count: values.length / size, type });
  return accessors.length - 1;
}

export function primitiveOf(json: Json): Record<string, unknown> {
  const primitives = json.meshes?.[0]?.primitives as Record<string, unknown>[] | undefined;
  return primitives?.[0] ?? {};
}

export function meshesOf(root: Object3D): Mesh[] {
  const meshes: Mesh[] = [];
  root.traverse((object) => {
    if ("isMesh" in object) meshes.push(object as Mesh);
  });
  return meshes;
}

export interface GltfFiles {
  /** Writes a file that glTF files can refer to, and returns its path. */
  write: SceneFiles["write"];
  load(bytes: Uint8Array | string, name?: string): Promise<LoadedScene>;
  /** The message of the LoadError with which the file is refused. */
  loadErrorMessage(bytes: Uint8Array | string, name?: string): Promise<string>;
}

/** As {@link sceneFiles}, with numbered file names: a test can load several files. */
export function gltfFiles(): GltfFiles {
  const files = sceneFiles();
  let count = 0;
  const load = (bytes: Uint8Array | string, name = "quad.glb"): Promise<LoadedScene> => {
    count += 1;
    return files.load(`${count}-${name}`, bytes);
  };
  return {
    load,
    write: files.write,
    async loadErrorMessage(bytes, name) {
      const error = await load(bytes, name).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LoadError);
      return (error as LoadError).message;
    },
  };
}
