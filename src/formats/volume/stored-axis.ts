export type AxisRole = "component" | "i" | "j" | "k" | "time";

/** An axis of the grid, as it is stored. */
export interface StoredAxis {
  readonly role: AxisRole;
  readonly size: number;
  /** Stored from the last to the first; default: false. */
  readonly reversed?: boolean;
}
