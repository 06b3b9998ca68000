import { quote } from "../load-error.ts";
import type { GltfDocument } from "./gltf-document.ts";
import { GltfError } from "./gltf-error.ts";

/** Extensions that three.js's GLTFLoader or scenecast renders. */
const SUPPORTED = new Set([
  "CESIUM_RTC",
  "EXT_lights_image_based",
  "EXT_materials_bump",
  "EXT_mesh_gpu_instancing",
  "EXT_meshopt_compression",
  "EXT_texture_webp",
  "KHR_binary_glTF",
  "KHR_draco_mesh_compression",
  "KHR_lights_punctual",
  "KHR_materials_anisotropy",
  "KHR_materials_clearcoat",
  "KHR_materials_diffuse_roughness",
  "KHR_materials_dispersion",
  "KHR_materials_emissive_strength",
  "KHR_materials_ior",
  "KHR_materials_iridescence",
  "KHR_materials_pbrSpecularGlossiness",
  "KHR_materials_sheen",
  "KHR_materials_specular",
  "KHR_materials_transmission",
  "KHR_materials_unlit",
  "KHR_materials_volume",
  "KHR_mesh_quantization",
  "KHR_meshopt_compression",
  "KHR_node_visibility",
  "KHR_texture_basisu",
  "KHR_texture_transform",
]);

/**
 * Extensions without effect on the rendered image: metadata, behaviour, editor hints, alternative variants. Channels of
 * KHR_animation_pointer have their own warning.
 */
const IGNORABLE = new Set([
  "ADOBE_materials_thin_transparency",
  "AGI_articulations",
  "AGI_stk_metadata",
  "CESIUM_primitive_outline",
  "EXT_feature_metadata",
  "EXT_instance_features",
  "EXT_mesh_features",
  "EXT_structural_metadata",
  "FB_geometry_metadata",
  "FB_ngon_encoding",
  "GODOT_single_root",
  "KHR_animation_pointer",
  "KHR_audio_emitter",
  "KHR_implicit_shapes",
  "KHR_interactivity",
  "KHR_materials_variants",
  "KHR_node_hoverability",
  "KHR_node_selectability",
  "KHR_physics_rigid_bodies",
  "KHR_xmp",
  "KHR_xmp_json_ld",
  "MSFT_lod",
  "MSFT_packing_normalRoughnessMetallic",
  "MSFT_packing_occlusionRoughnessMetallic",
  "OMI_audio_emitter",
  "OMI_collider",
  "OMI_physics_body",
  "OMI_physics_joint",
  "OMI_physics_shape",
  "OMI_seat",
  "OMI_spawn_point",
  "VRM",
  "VRMC_node_constraint",
  "VRMC_springBone",
  "VRMC_vrm",
  "VRMC_vrm_animation",
]);

/** Omitted from the warning about extensions: each texture without another image source has its own warning. */
const AVIF = "EXT_texture_avif";

/**
 * Checks the extensions of a document.
 *
 * @returns a warning that lists the unsupported optional extensions, if there are any
 * @throws GltfError if a required extension is not supported
 */
export function checkExtensions(document: GltfDocument): string[] {
  const isUnsupported = (name: string) => !SUPPORTED.has(name) && !IGNORABLE.has(name);
  for (const name of document.extensionsRequired ?? []) {
    // A material without its extension is still drawn with its core glTF properties.
    if (!isUnsupported(name) || /^[A-Z]+_materials_/.test(name)) continue;
    throw new GltfError(
      name === AVIF
        ? `it requires the glTF extension ${AVIF}, which is not supported; save its textures as PNG, JPEG or WebP`
        : `it requires the glTF extension ${quote(name)}, which is not supported`,
    );
  }
  const ignored = [...new Set(document.extensionsUsed ?? [])].filter(
    (name) => isUnsupported(name) && name !== AVIF,
  );
  if (ignored.length === 0) return [];
  const names = ignored.slice(0, 5).map((name) => quote(name));
  const more = ignored.length > names.length ? ` and ${ignored.length - names.length} more` : "";
  return [`it is shown without the glTF extensions ${names.join(", ")}${more}`];
}

/**
 * Removes lights from nodes whose light index or light definition is invalid (KHR_lights_punctual).
 *
 * @returns a warning with their number, if there are any
 */
export function dropInvalidLights(document: GltfDocument): string[] {
  const { lights } = (document.extensions?.KHR_lights_punctual ?? {}) as { lights?: unknown };
  let dropped = 0;
  for (const node of document.nodes ?? []) {
    const extension = node.extensions?.KHR_lights_punctual as { light?: unknown } | undefined;
    if (extension === undefined || node.extensions === undefined) continue;
    const light = Array.isArray(lights) ? lights[Number(extension?.light)] : undefined;
    if (isLight(light)) continue;
    delete node.extensions.KHR_lights_punctual;
    dropped += 1;
  }
  return dropped === 0 ? [] : [`${dropped} damaged lights are left out`];
}

function isLight(light: unknown): boolean {
  if (typeof light !== "object" || light === null) return false;
  const { type, color, intensity, range, spot } = light as Record<string, unknown>;
  const isNumber = (value: unknown) => value === undefined || Number.isFinite(value);
  return (
    ["directional", "point", "spot"].includes(String(type)) &&
    (color === undefined || (Array.isArray(color) && color.length === 3 && color.every(isNumber))) &&
    isNumber(intensity) &&
    isNumber(range) &&
    (spot === undefined || (typeof spot === "object" && spot !== null))
  );
}
