export type Triple = readonly [x: number, y: number, z: number];

/** Maximum absolute value of a coordinate: the square of a larger one overflows the float32 of GPUs. */
export const MAX_COORDINATE = 1e18;
