/** Maximum number of planes, SC_CLIP_MAX_PLANES of native/point_splat.h. */
const MAX_PLANES = 8;

/** Coefficients of a plane: only points with a x + b y + c z + d >= 0 are shown. */
export type PlaneCoefficients = readonly [a: number, b: number, c: number, d: number];

/** sc_clip_s of native/point_splat.h; null without planes. */
export function clipStruct(planes: readonly PlaneCoefficients[]): Uint8Array | null {
  if (planes.length === 0) return null;
  const used = planes.slice(0, MAX_PLANES);
  const struct = new Uint8Array(16 * MAX_PLANES + 4);
  new Float32Array(struct.buffer, 0, 4 * MAX_PLANES).set(used.flat());
  new Uint32Array(struct.buffer, 16 * MAX_PLANES, 1)[0] = used.length;
  return struct;
}

/** `plane_count` and `planes` of sc_cast_view_s of native/volume_cast.h. */
export function castPlanes(planes: readonly PlaneCoefficients[]): number[] {
  const used = planes.slice(0, MAX_PLANES);
  return [used.length, ...used.flat(), ...new Array<number>(4 * (MAX_PLANES - used.length)).fill(0)];
}
