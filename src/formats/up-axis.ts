/** The axis of the data that points up in the view. */
export type UpAxis = "x" | "-x" | "y" | "-y" | "z" | "-z";
