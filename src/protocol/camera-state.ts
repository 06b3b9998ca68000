import { z } from "zod";
import type { Vec3 } from "../geometry/coordinates.ts";

/** Everything that decides what a camera sees, in world coordinates, with VTK's names. */
export interface CameraState {
  readonly position: Vec3;
  /** The point that the camera is directed at and rotates around. */
  readonly focalPoint: Vec3;
  /** The up direction of the view; need not have length 1 or be perpendicular to the view direction. */
  readonly viewUp: Vec3;
  /** Vertical angle of view, degrees. An orthographic camera keeps it for a later change of projection. */
  readonly viewAngle: number;
  /** Half the height of an orthographic view, world units. Assigned to a perspective camera, it makes the view orthographic. */
  readonly parallelScale?: number;
}

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();

/** Camera state as `/state` reports it and `render --camera` accepts it. */
export const cameraSchema = z.object({
  position: triple,
  focalPoint: triple,
  viewUp: triple,
  viewAngle: z.number().gt(0).lt(180),
  parallelScale: z.number().positive().optional(),
});
