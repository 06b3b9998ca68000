import {
  type DirectionalLight,
  HemisphereLight,
  type Light,
  type Object3D,
  type PointLight,
  Vector3,
} from "three";
import { findEnvironment } from "./environment-light.ts";
import { boxOf } from "./scene-bounds.ts";

/** As many as every driver has uniforms for, in a material with all of its maps. */
const MAX_LIGHTS = 8;

/** Illuminance that makes a white surface white, in three's units. */
const FULL = Math.PI;

/** Of the sky that shows what no light of the file reaches, as a share of the light rig's. */
const SKY_INTENSITY = 0.35;

/**
 * Exposes the lights that a file brings (KHR_lights_punctual) and its environment (EXT_lights_image_based), which are
 * in lux and candela for a camera that the file does not describe: together they light the middle of the scene fully, in
 * the proportions that they have. Where there is no environment, a little sky keeps the sides that the lights do not
 * reach from being black.
 *
 * @param root of the file, fit to be drawn
 * @returns a sentence about lights that were left out, if there are any
 */
export function exposeLights(root: Object3D): string[] {
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
  const around = environment === undefined ? 0 : environment.irradiance * environment.intensity;
  const total = used.reduce((sum, light) => sum + illuminance(light, center, radius), around);
  if (total > 0) for (const light of used) light.intensity *= FULL / total;
  if (environment !== undefined) environment.intensity *= FULL / total;
  else root.add(new HemisphereLight(0xf4f7ff, 0x4a443e, SKY_INTENSITY));
  return lights.length > MAX_LIGHTS
    ? [`it is lit by the first ${MAX_LIGHTS} of its ${lights.length} lights`]
    : [];
}

/** Illuminance by a light at a point; what is nearer than a tenth of the scene counts as that far. */
function illuminance(light: Light, point: Vector3, radius: number): number {
  const luminance = Math.max(light.color.r, light.color.g, light.color.b);
  if ("isDirectionalLight" in light) return (light as DirectionalLight).intensity * luminance;
  const distance = Math.max(light.getWorldPosition(new Vector3()).distanceTo(point), radius / 10);
  return ((light as PointLight).intensity * luminance) / distance ** 2;
}
