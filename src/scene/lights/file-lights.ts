import { type DirectionalLight, type Light, type Object3D, type PointLight, Vector3 } from "three";
import { findEnvironment } from "../../actors/environment-light.ts";
import { boxOf } from "../scene-bounds.ts";
import { skyLight } from "./light-rig.ts";

/** Limit for the number of lights. Every driver has enough uniforms for 8, even in a material with all of its maps. */
const MAX_LIGHTS = 8;

/** Illuminance at which a white diffuse surface is rendered white, in three.js's units. */
const WHITE_ILLUMINANCE = Math.PI;

/** Intensity of the hemisphere light, in three.js's units. */
const SKY_INTENSITY = 0.35;

/**
 * Normalizes the exposure of a file's lights (KHR_lights_punctual) and environment (EXT_lights_image_based). They are in
 * lux and candela, for a camera exposure that the file does not contain. One factor scales all of them, so that a white
 * surface in the middle of the scene is rendered white. Without an environment, a weak hemisphere light is added: sides
 * that no light reaches would be black.
 *
 * @param root the file's objects, after `prepareObject`
 * @returns a warning about lights that were removed, if there are any
 */
export function normalizeLights(root: Object3D): string[] {
  const lights: Light[] = [];
  root.traverseVisible((object) => {
    if ("isLight" in object) lights.push(object as Light);
  });
  const environment = findEnvironment(root);
  if (lights.length === 0 && environment === undefined) return [];
  root.updateWorldMatrix(true, true);
  const box = boxOf(root);
  const used = lights.slice(0, MAX_LIGHTS);
  for (const light of lights.slice(MAX_LIGHTS)) light.removeFromParent();
  const center = box.getCenter(new Vector3());
  const radius = box.getSize(new Vector3()).length() / 2 || 1;
  const ambient = environment === undefined ? 0 : environment.irradiance * environment.intensity;
  const total = used.reduce((sum, light) => sum + illuminance(light, center, radius), ambient);
  if (total > 0) for (const light of used) light.intensity *= WHITE_ILLUMINANCE / total;
  if (environment !== undefined) environment.intensity *= WHITE_ILLUMINANCE / total;
  else root.add(skyLight(SKY_INTENSITY));
  return lights.length > MAX_LIGHTS
    ? [`it is lit by the first ${MAX_LIGHTS} of its ${lights.length} lights`]
    : [];
}

/** Illuminance of a light at a point. Distances are at least a tenth of the scene's radius, to bound the inverse square. */
function illuminance(light: Light, point: Vector3, radius: number): number {
  const brightest = Math.max(light.color.r, light.color.g, light.color.b);
  if ("isDirectionalLight" in light) return (light as DirectionalLight).intensity * brightest;
  const distance = Math.max(light.getWorldPosition(new Vector3()).distanceTo(point), radius / 10);
  return ((light as PointLight).intensity * brightest) / distance ** 2;
}
