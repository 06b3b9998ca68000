import type { AnimationClip, Object3D } from "three";

/** The three.js objects that show the data of a file. `prepareObject` checks and completes them. */
export interface Actor {
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
  /** Whether the objects have materials from the file, which are kept: all of them, or only the surfaces. */
  readonly hasMaterials: boolean | "surfaces";
}
