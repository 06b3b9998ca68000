export const UP_AXES = ["x", "-x", "y", "-y", "z", "-z"] as const;

/** The axis of the data that points up in the view. */
export type UpAxis = (typeof UP_AXES)[number];
