import {
  type Material,
  Mesh,
  MeshPhysicalMaterial,
  MeshStandardMaterial,
  type Object3D,
  ShaderChunk,
} from "three";

/**
 * Compiles factors of physical materials that are 1, as in glTF's default material, into their shaders as constants. The driver then leaves
 * out what has no effect: light that a metal does not scatter and, on a rough surface, the second lookup in the environment, since the reflection is
 * that of the irradiance.
 *
 * For scenes whose materials do not change any more.
 */
export function fixFactors(root: Object3D): void {
  root.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    const materials: readonly Material[] = Array.isArray(object.material)
      ? object.material
      : [object.material];
    for (const material of materials) if (material instanceof MeshStandardMaterial) fixMaterial(material);
  });
}

function fixMaterial(material: MeshStandardMaterial): void {
  const isMetal = material.metalness === 1 && material.metalnessMap === null;
  const isRough =
    material.roughness === 1 &&
    material.roughnessMap === null &&
    !(material instanceof MeshPhysicalMaterial && material.anisotropy > 0);
  const key = `${isMetal ? "metal" : ""}${isRough ? "rough" : ""}`;
  if (key === "" || Object.hasOwn(material, "onBeforeCompile")) return;
  material.onBeforeCompile = (shader) => {
    let code = shader.fragmentShader;
    if (isMetal) code = code.replace("uniform float metalness;", "const float metalness = 1.0;");
    if (isRough) {
      code = code
        .replace("uniform float roughness;", "const float roughness = 1.0;")
        .replace("#include <lights_physical_fragment>", withoutGeometryRoughness)
        .replace("#include <lights_fragment_maps>", withoutReflection);
    }
    shader.fragmentShader = code;
  };
  material.customProgramCacheKey = () => `scenecast ${key}`;
}

/** A roughness of 1 cannot grow. */
const withoutGeometryRoughness = ShaderChunk.lights_physical_fragment.replace(
  "material.roughness += geometryRoughness;",
  "",
);

/** The light of the hemisphere around the normal is both reflected and scattered. */
const withoutReflection = ShaderChunk.lights_fragment_maps.replace(
  "vec3 iblRadiance = getIBLRadiance( geometryViewDir, geometryNormal, material.roughness );",
  "vec3 iblRadiance = iblIrradiance * RECIPROCAL_PI;",
);
