/** The axes of the data that can point up in the view. */
export const UP_AXES = ["x", "-x", "y", "-y", "z", "-z"] as const;
export type UpAxis = (typeof UP_AXES)[number];
