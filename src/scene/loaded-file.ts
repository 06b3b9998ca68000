import type { AnimationClip, Object3D } from "three";

/** What a format's reader makes of one file, before it is checked and dressed by `prepareObject`. */
export interface ParsedFile {
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
  /** What was left out and why, one sentence each, for the person who gave the file. */
  readonly warnings: string[];
  /** Whether the file has materials of its own, which are kept: on all objects, or on surfaces but not on lines and points. */
  readonly hasMaterials: boolean | "surfaces";
}

export type LoadPhase = "reading" | "parsing" | "preparing";
