import { Color, type Material, Vector2 } from "three";
import { isTexture } from "../../actors/dispose-object.ts";

/** Resets material properties that are not finite numbers to their defaults. */
export function cleanMaterial(material: Material): void {
  const Constructor = material.constructor as new () => Material;
  let defaults: Record<string, unknown> | undefined;
  const values = material as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(values)) {
    const isInvalid =
      Number.isNaN(value) ||
      (value instanceof Color && !value.toArray().every(Number.isFinite)) ||
      (value instanceof Vector2 && !value.toArray().every(Number.isFinite));
    if (isInvalid) {
      defaults ??= new Constructor() as unknown as Record<string, unknown>;
      values[name] = defaults[name];
    }
    if (isTexture(value)) {
      if (!value.repeat.toArray().every(Number.isFinite)) value.repeat.set(1, 1);
      if (!value.offset.toArray().every(Number.isFinite)) value.offset.set(0, 0);
      if (!Number.isFinite(value.rotation)) value.rotation = 0;
    }
  }
}
