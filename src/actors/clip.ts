import { type Material, type Object3D, Plane, Vector3 } from "three";
import { parsePlane } from "../layers/plane.ts";

/** Hides what is beyond a plane in world coordinates. Custom shaders ignore it. @throws DataError if the plane is not valid */
export function clipObject(object: Object3D, text: string | undefined): void {
  if (text === undefined) return;
  const { normal, offset } = parsePlane(text);
  const planes = [new Plane(new Vector3(...normal).negate(), offset)];
  object.traverse((part) => {
    if ("material" in part)
      for (const material of [part.material as Material].flat()) material.clippingPlanes = planes;
  });
}
