import { Box3, DataTexture, FloatType, type Matrix4, RedFormat, Vector3, Vector4 } from "three";

/** Granularity of an area, px: rounding lets most frames reuse the textures of the frame before. */
const ALIGNMENT = 64;

/** Part of the viewport, px. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Returns the part of the viewport that can show a box; undefined if the box is outside of the viewport.
 *
 * @param projection from the box to normalized device coordinates
 * @param width of the viewport, px
 * @param margin around the box, px
 */
export function screenArea(
  { min, max }: Box3,
  projection: Matrix4,
  width: number,
  height: number,
  margin: number,
): Area | undefined {
  const whole = { x: 0, y: 0, width, height };
  const box = new Box3();
  for (let i = 0; i < 8; i += 1) {
    const corner = new Vector4(i & 1 ? max.x : min.x, i & 2 ? max.y : min.y, i & 4 ? max.z : min.z, 1);
    const { x, y, w } = corner.applyMatrix4(projection);
    // A corner behind the camera has no projection.
    if (!(w > 0)) return whole;
    box.expandByPoint(new Vector3(((x / w + 1) * width) / 2, ((y / w + 1) * height) / 2, 0));
  }
  const low = (value: number, max: number) =>
    Math.max(0, Math.min(max, ALIGNMENT * Math.floor((value - margin) / ALIGNMENT)));
  const high = (value: number, max: number) =>
    Math.max(0, Math.min(max, ALIGNMENT * Math.ceil((value + margin) / ALIGNMENT)));
  const [x, y] = [low(box.min.x, width), low(box.min.y, height)];
  const area = { x, y, width: high(box.max.x, width) - x, height: high(box.max.y, height) - y };
  return area.width > 0 && area.height > 0 ? area : undefined;
}

/** Returns the projection of the viewport of an area: from view coordinates of the camera to coordinates from -1 to 1 in the area. */
export function projectionOfArea(
  projection: Matrix4,
  { x, y, width, height }: Area,
  viewWidth: number,
  viewHeight: number,
): Matrix4 {
  return projection.clone().premultiply(
    projection
      .clone()
      .makeScale(viewWidth / width, viewHeight / height, 1)
      .setPosition((viewWidth - 2 * x) / width - 1, (viewHeight - 2 * y) / height - 1, 0),
  );
}

/** Returns a texture with these pixels, depths or RGBA; the same one as before if it has the right size. */
export function updateTexture(
  texture: DataTexture | undefined,
  data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
  { width, height }: Pick<Area, "width" | "height">,
): DataTexture {
  let updated = texture;
  if (updated === undefined || updated.image.width !== width || updated.image.height !== height) {
    updated?.dispose();
    updated =
      data instanceof Float32Array
        ? new DataTexture(data, width, height, RedFormat, FloatType)
        : new DataTexture(data, width, height);
  }
  updated.image.data = data;
  updated.needsUpdate = true;
  return updated;
}
