/** What is at a place of the view: the answer to the command `pick` and to `GET /pick`. */

/** One thing that is known about a place: `{ name: "voxel", value: [91, 109, 70] }`. */
export interface PickFact {
  /** "voxel", "residue", or the name of an array of the file. */
  readonly name: string;
  /** Numbers are as stored, not rounded; "NaN" and "Infinity" are texts. */
  readonly value: string | number | readonly (string | number)[];
  /** "mm", "K"; absent if unknown. */
  readonly unit?: string;
  /** Name of the label that the value stands for. */
  readonly label?: string;
}

/** A layer at a place. */
export interface PickedLayer {
  /** Id in the scene document. */
  readonly layer: string;
  /** For people: the name of its file. */
  readonly label: string;
  /** "mesh", "points", "streamlines", "volume", "molecule", "gltf". */
  readonly kind: string;
  /** Which element it is, and its values. Elements count from 0; those of formats that store points and cells as in the file. */
  readonly facts: readonly PickFact[];
}

/** The foremost thing at a place of the view. */
export interface PickedPlace extends Omit<PickedLayer, "layer"> {
  /** Null for an object of a program that is no layer. */
  readonly layer: string | null;
  /** World coordinates: RAS+ in mm for anatomy, else those of the file. */
  readonly point: readonly [x: number, y: number, z: number];
  /** Of the coordinates: "mm", "Å"; absent if unknown. */
  readonly unit?: string;
  /** Volumes that have a value at the same point, such as the image below a surface or an overlay. Absent: none. */
  readonly also?: readonly PickedLayer[];
}

/** An empty place has no layer, no point and no facts. */
export type PickResult = PickedPlace | { readonly layer: null; readonly facts: readonly [] };

/** Why a place is asked for: programs may react to a click. */
export const PICK_PURPOSES = ["hover", "click"] as const;
export type PickPurpose = (typeof PICK_PURPOSES)[number];
