import type { PreparedData } from "../loading/prepare-data.ts";
import type { Actor } from "./actor.ts";
import { type BuildOptions, buildMesh, buildPoints } from "./mesh.ts";

/** @throws DataError if the data is damaged */
export async function createActor(data: PreparedData, options: BuildOptions = {}): Promise<Actor> {
  switch (data.kind) {
    case "mesh":
      return buildMesh(data, options);
    case "points":
      return buildPoints(data, options);
    case "gltf":
      return (await import("./gltf/gltf-scene.ts")).buildGltfScene(data);
  }
}
