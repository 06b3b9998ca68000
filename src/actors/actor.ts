import type { AnimationClip, Object3D } from "three";

/** The three.js objects that show the data of a file. Those of a glTF file are checked and completed by `prepareObject`. */
export interface Actor {
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
}
