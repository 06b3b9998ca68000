import type { AnimationClip, Object3D } from "three";
import type { FileData } from "../formats/data-kinds.ts";
import { buildMesh, buildPoints } from "./mesh.ts";

/** The three.js objects that show the data of a file, before `prepareObject` checks and completes them. */
export interface Actor {
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
  /** Whether the file has materials, which are kept: on all objects, or on surfaces but not on lines and points. */
  readonly hasMaterials: boolean | "surfaces";
}

/** @throws DataError if the data is damaged */
export async function createActor(data: FileData): Promise<Actor> {
  switch (data.kind) {
    case "mesh":
      return buildMesh(data);
    case "points":
      return buildPoints(data);
    case "gltf":
      return (await import("./gltf/gltf-scene.ts")).buildGltfScene(data);
  }
}
