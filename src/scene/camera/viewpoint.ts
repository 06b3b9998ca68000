import { MathUtils, Vector3 } from "three";
import type { Space } from "../../formats/data-kinds.ts";
import type { UpAxis } from "../../formats/up-axis.ts";
import type { ViewStyle } from "../../layers/view-properties.ts";

/** A direction from which the scene is framed. */
export interface Viewpoint {
  readonly viewUp: Vector3;
  /** From the focal point to the camera, length 1. */
  readonly direction: Vector3;
  /** Magnification of the fitted view. Default: 1. */
  readonly zoom?: number | undefined;
  /** Default: as the camera is. */
  readonly orthographic?: boolean | undefined;
}

export interface ViewpointOptions
  extends Pick<ViewStyle, "view" | "azimuth" | "elevation" | "zoom" | "orthographic"> {
  /** In anatomical space the sides are those of the body, and the first view shows its front. Default: "unknown". */
  readonly space?: Space;
}

/** Direction of the first view, relative to the front: to the right and up, degrees. */
const AZIMUTH = 20;
const ELEVATION = 12;

/** Minimum angle between the direction of view and the view-up vector, degrees. */
const MIN_POLE_ANGLE = 0.1;

/**
 * The first view of data whose `up` axis points up: from its front, a little from the right and from above, so that
 * depth can be seen. With y up the front is +z (glTF's), with z up it is -y (that of CAD programs) or, in anatomy, +y (anterior), with x
 * up it is +z.
 */
export function viewpoint(up: UpAxis, options: ViewpointOptions = {}): Viewpoint {
  const { space = "unknown", view, zoom, orthographic } = options;
  const { azimuth = view === undefined ? AZIMUTH : 0, elevation = view === undefined ? ELEVATION : 0 } =
    options;
  const top = axisVector(up);
  const isAnatomy = space === "ras" && up === "z";
  const front = up.endsWith("z")
    ? new Vector3(0, up === "z" && !isAnatomy ? -1 : 1, 0)
    : new Vector3(0, 0, 1);
  // The body's right is on the left of a picture from its front.
  const right = isAnatomy ? new Vector3(1, 0, 0) : top.clone().cross(front);
  const [direction, viewUp] = side(view ?? "front", { top, front, right }, isAnatomy);
  // The camera moves to the right of the picture, and up.
  const pole = MathUtils.radToDeg(direction.angleTo(viewUp));
  const sideways = viewUp.clone().cross(direction);
  direction.applyAxisAngle(viewUp, MathUtils.degToRad(azimuth));
  sideways.applyAxisAngle(viewUp, MathUtils.degToRad(azimuth));
  const rise = MathUtils.clamp(elevation, MIN_POLE_ANGLE - (180 - pole), pole - MIN_POLE_ANGLE);
  direction.applyAxisAngle(sideways.normalize(), -MathUtils.degToRad(rise));
  return { viewUp, direction: direction.normalize(), zoom, orthographic };
}

interface Directions {
  readonly top: Vector3;
  readonly front: Vector3;
  readonly right: Vector3;
}

/** Returns the direction to the camera, and the view-up vector. */
function side(
  view: NonNullable<ViewStyle["view"]>,
  { top, front, right }: Directions,
  isAnatomy: boolean,
): [direction: Vector3, viewUp: Vector3] {
  // Of a picture from above: the front is at its lower edge; that of a body is at its upper edge.
  const ahead = isAnatomy ? front.clone() : front.clone().negate();
  switch (view) {
    case "front":
      return [front.clone(), top];
    case "back":
      return [front.clone().negate(), top];
    case "right":
      return [right.clone(), top];
    case "left":
      return [right.clone().negate(), top];
    case "top":
      return [top.clone(), ahead];
    case "bottom":
      return [top.clone().negate(), ahead];
    case "iso":
      return [front.clone().add(right).add(top).normalize(), top];
  }
}

function axisVector(axis: UpAxis): Vector3 {
  const sign = axis.startsWith("-") ? -1 : 1;
  return new Vector3(
    axis.endsWith("x") ? sign : 0,
    axis.endsWith("y") ? sign : 0,
    axis.endsWith("z") ? sign : 0,
  );
}
