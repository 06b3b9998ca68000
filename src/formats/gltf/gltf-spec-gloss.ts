import type { GltfDocument, GltfMaterial } from "./gltf-document.ts";

const NAME = "KHR_materials_pbrSpecularGlossiness";

/** Property that marks a texture with glossiness in alpha, which is converted to roughness when it is loaded. */
export const GLOSSINESS_MARKER = "scenecastGlossiness";

interface TextureInfo {
  [key: string]: unknown;
  index: number;
}

interface SpecularGlossiness {
  diffuseFactor?: number[];
  diffuseTexture?: TextureInfo;
  specularFactor?: number[];
  glossinessFactor?: number;
  specularGlossinessTexture?: TextureInfo;
}

/**
 * Converts KHR_materials_pbrSpecularGlossiness, which three.js no longer supports, to metallic-roughness: diffuse color
 * becomes base color, 1 - glossiness becomes roughness, and KHR_materials_specular sets the specular color, with an index
 * of refraction of 1000, at which the reflectance equals that color (as glTF-Transform converts it).
 */
export function convertSpecularGlossiness(document: GltfDocument): void {
  const used = new Set(document.extensionsUsed);
  for (const material of document.materials ?? []) {
    const extension = material.extensions?.[NAME];
    if (typeof extension !== "object" || extension === null) continue;
    delete material.extensions?.[NAME];
    convert(material, extension, document);
    for (const name of ["KHR_materials_specular", "KHR_materials_ior"]) used.add(name);
  }
  used.delete(NAME);
  if (document.extensionsUsed !== undefined) document.extensionsUsed = [...used];
}

function convert(material: GltfMaterial, source: SpecularGlossiness, document: GltfDocument): void {
  const { diffuseFactor, diffuseTexture, specularGlossinessTexture } = source;
  const { specularFactor = [1, 1, 1], glossinessFactor = 1 } = source;
  const roughness = specularGlossinessTexture && roughnessTexture(specularGlossinessTexture, document);
  material.pbrMetallicRoughness = {
    ...(isNumbers(diffuseFactor, 4) && { baseColorFactor: diffuseFactor }),
    ...(isTexture(diffuseTexture) && { baseColorTexture: diffuseTexture }),
    metallicFactor: 0,
    roughnessFactor: roughness === undefined ? 1 - Number(glossinessFactor) : 1,
    ...(roughness && { metallicRoughnessTexture: roughness }),
  };
  material.extensions = {
    ...material.extensions,
    KHR_materials_ior: { ior: 1000 },
    KHR_materials_specular: {
      ...(isNumbers(specularFactor, 3) && { specularColorFactor: specularFactor }),
      ...(isTexture(specularGlossinessTexture) && { specularColorTexture: specularGlossinessTexture }),
    },
  };
}

/** Adds a texture with the same image, marked to be converted to roughness. */
function roughnessTexture(info: TextureInfo, document: GltfDocument): TextureInfo | undefined {
  const texture = document.textures?.[info.index];
  if (texture === undefined) return undefined;
  document.textures?.push({ ...texture, [GLOSSINESS_MARKER]: true });
  return { ...info, index: (document.textures?.length ?? 0) - 1 };
}

function isNumbers(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every((one) => typeof one === "number");
}

function isTexture(value: unknown): value is TextureInfo {
  return typeof value === "object" && value !== null && Number.isInteger((value as TextureInfo).index);
}
