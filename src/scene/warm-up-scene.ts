import {
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  type Material,
  Mesh,
  MeshStandardMaterial,
  Scene,
} from "three";
import { surfaceMaterial } from "../actors/default-materials.ts";
import { fixFactors } from "./fixed-factors.ts";
import { LightRig } from "./lights/light-rig.ts";
import { studioEnvironment } from "./lights/studio.ts";

/**
 * Builds a scene of one triangle, with the lights and the material of a file that has none of its own. Drawing it compiles the shaders
 * of such a file.
 *
 * @param material "gltf" for the default material of glTF, otherwise that of a mesh
 */
export function warmUpScene(material: "gltf" | "mesh"): Scene {
  const scene = new Scene();
  const rig = new LightRig();
  if (material === "gltf") {
    scene.environment = studioEnvironment();
    rig.hasEnvironment = true;
  }
  const geometry = new BufferGeometry();
  const corners = Float32Array.of(0, 0, -1, 0.1, 0, -1, 0, 0.1, -1);
  geometry.setAttribute("position", new BufferAttribute(corners, 3));
  geometry.setAttribute("normal", new BufferAttribute(Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1), 3));
  scene.add(rig.object, new Mesh(geometry, MATERIALS[material]()));
  fixFactors(scene);
  return scene;
}

const MATERIALS: Readonly<Record<"gltf" | "mesh", () => Material>> = {
  // As GLTFLoader creates it.
  gltf: () => new MeshStandardMaterial({ metalness: 1, roughness: 1 }),
  mesh: () => surfaceMaterial({ vertexColors: false, flat: false, side: DoubleSide }),
};
