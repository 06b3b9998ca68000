import type { GltfDocument } from "./gltf-document.ts";
import { GltfError } from "./gltf-error.ts";
import { quote } from "./load-error.ts";

/** Extensions that are drawn, by three's GLTFLoader or here. */
const DRAWN = new Set([
  "CESIUM_RTC",
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

/** Extensions that change nothing in a picture: metadata, behaviour, hints for editors; or only another variant. */
const INVISIBLE = new Set([
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

const ADVICE: Readonly<Record<string, string>> = {
  EXT_texture_avif: "save its textures as PNG, JPEG or WebP",
};

/** Said by itself where it matters: of each texture that has no other picture, or of the scene. */
const SAID_ELSEWHERE = new Set(["EXT_lights_image_based", "EXT_texture_avif"]);

/**
 * Checks that everything which a document requires can be drawn.
 *
 * @returns a sentence about optional extensions that are not drawn, if there are any
 * @throws GltfError
 */
export function checkExtensions(document: GltfDocument): string[] {
  const foreign = (name: string) => !DRAWN.has(name) && !INVISIBLE.has(name);
  for (const name of document.extensionsRequired ?? []) {
    // A material without its extension still has its glTF colours, and the light rig lights what has no environment.
    if (!foreign(name) || /^[A-Z]+_materials_/.test(name) || name === "EXT_lights_image_based") continue;
    const advice = Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined;
    throw new GltfError(
      `it needs the glTF extension ${advice === undefined ? quote(name) : name}, which cannot be read${advice === undefined ? "" : `; ${advice}`}`,
    );
  }
  const warnings = environmentWarning(document);
  const ignored = [...new Set(document.extensionsUsed ?? [])].filter(
    (name) => foreign(name) && !SAID_ELSEWHERE.has(name),
  );
  if (ignored.length === 0) return warnings;
  const names = ignored.slice(0, 5).map((name) => quote(name));
  const more = ignored.length > names.length ? ` and ${ignored.length - names.length} more` : "";
  return [...warnings, `it is shown without the glTF extensions ${names.join(", ")}${more}`];
}

/** An environment of the scene that is shown would light it in place of the light rig and the studio. */
function environmentWarning({ scenes, scene = 0 }: GltfDocument): string[] {
  if ((scenes?.[scene] ?? scenes?.[0])?.extensions?.EXT_lights_image_based === undefined) return [];
  return [
    "it is lit by an environment of its own (EXT_lights_image_based), which is not used: the usual lights are shown in its place",
  ];
}

/** Takes lights out of nodes where the list of lights does not have them, or has another kind of thing there. */
export function dropBrokenLights(document: GltfDocument): string[] {
  const { lights } = (document.extensions?.KHR_lights_punctual ?? {}) as { lights?: unknown };
  let broken = 0;
  for (const node of document.nodes ?? []) {
    const extension = node.extensions?.KHR_lights_punctual as { light?: unknown } | undefined;
    if (extension === undefined || node.extensions === undefined) continue;
    const light = Array.isArray(lights) ? lights[Number(extension?.light)] : undefined;
    if (isLight(light)) continue;
    delete node.extensions.KHR_lights_punctual;
    broken += 1;
  }
  return broken === 0 ? [] : [`lights that are damaged are left out (${broken})`];
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
