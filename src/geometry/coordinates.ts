export type Vec3 = readonly [x: number, y: number, z: number];

/** Maximum absolute value of a coordinate. The squares of larger coordinates overflow Float32, in which GPUs compute. */
export const MAX_COORDINATE = 1e18;
