import type { AnimationClip, Object3D } from "three";

/** The three.js objects that show the data of a file, before `prepareObject` checks and completes them. */
export interface Actor {
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
  /** Whether the file has materials, which are kept: on all objects, or on surfaces but not on lines and points. */
  readonly hasMaterials: boolean | "surfaces";
}
