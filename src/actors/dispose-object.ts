import type { BufferGeometry, Material, Object3D, Texture } from "three";
import { CpuRenderedObject } from "./cpu-rendered-object.ts";
import { EnvironmentLight } from "./environment-light.ts";
import { SlicePiece } from "./volume/volume-slices.ts";

/** Frees the GPU memory of everything below `root`: geometries, materials, textures. */
export function disposeObject(root: Object3D): void {
  root.traverse((object) => {
    if ("geometry" in object) (object.geometry as BufferGeometry).dispose();
    if ("skeleton" in object) (object.skeleton as { dispose(): void }).dispose();
    if (object instanceof EnvironmentLight || object instanceof SlicePiece) object.dispose();
    if (object instanceof CpuRenderedObject) object.dispose();
    if ("isInstancedMesh" in object) (object as unknown as { dispose(): void }).dispose();
    if (!("material" in object)) return;
    for (const material of [object.material as Material | Material[]].flat()) {
      for (const value of Object.values(material)) if (isTexture(value)) value.dispose();
      material.dispose();
    }
  });
}

export function isTexture(value: unknown): value is Texture {
  return typeof value === "object" && value !== null && "isTexture" in value;
}
