import type { PreparedData } from "../loading/prepare-data.ts";
import type { Actor } from "./actor.ts";
import { buildMesh, buildPoints } from "./mesh.ts";

/** @throws DataError if the data is damaged */
export async function createActor(data: PreparedData): Promise<Actor> {
  switch (data.kind) {
    case "mesh":
      return buildMesh(data);
    case "points":
      return buildPoints(data);
    case "gltf":
      return (await import("./gltf/gltf-scene.ts")).buildGltfScene(data);
  }
}
