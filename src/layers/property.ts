/**
 * Descriptions of the properties that a person can set. One table per kind of data describes its properties once; the options of the
 * command line, the validation of a scene document and the controls of the page follow from it.
 */

/**
 * Something that a layer has: it has `values` that colors stand for, and some of them are `negative`; `labels` instead of values; `points`,
 * `lines` or `triangles` are drawn; the `scalar` values of a volume or its `peaks`, cast `rays`; its style has a `mask`, `warp` or `glyphs`;
 * it is `anatomy`.
 */
export type Trait =
  | "values"
  | "negative"
  | "labels"
  | "points"
  | "lines"
  | "triangles"
  | "scalar"
  | "peaks"
  | "rays"
  | "mask"
  | "warp"
  | "glyphs"
  | "anatomy";

interface Described {
  /** For help texts: a noun phrase in lower case without a full stop. */
  readonly description: string;
  /** For the page: "Point size". */
  readonly label: string;
  /** Heading on the page; default: none. */
  readonly folder?: string;
  /** What a layer must have so that the property changes its picture. Default: nothing. */
  readonly needs?: Trait;
  /** Why the page has no control for it: a clause. Default: it has one. */
  readonly noControl?: string;
}

/** Limits of a slider: fixed ones, or those of the layer's values, of lengths, thicknesses or numbers in it, or of the factor of its vectors. */
type SliderLimits =
  | readonly [min: number, max: number]
  | "values"
  | "length"
  | "thickness"
  | "count"
  | "warp";

export interface NumberProperty extends Described {
  readonly type: "number";
  readonly min: number;
  readonly max: number;
  /** Limits of its slider, which are narrower than those of the value. Default: those of the value. */
  readonly slider?: SliderLimits;
  /** Default: the actor chooses it. */
  readonly default?: number;
  /** Default: any number. */
  readonly integer?: boolean;
  /** "mm", "px", "degrees". */
  readonly unit?: string;
}

/** Two numbers, the lower one first. */
interface RangeProperty extends Described {
  readonly type: "range";
  readonly unit?: string;
}

/** A fixed number of numbers, such as the centre and radius of a sphere. */
interface NumbersProperty extends Described {
  readonly type: "numbers";
  /** Names of the numbers, for help texts: ["x", "y", "z", "radius"]. */
  readonly names: readonly string[];
  readonly unit?: string;
}

/** If it is true by default, its option is `--no-<name>`, and its description is that of the option. */
interface BooleanProperty extends Described {
  readonly type: "boolean";
  /** Default: false. */
  readonly default?: true;
}

interface ChoiceProperty<Value extends string = string> extends Described {
  readonly type: "choice";
  readonly choices: readonly Value[];
  /** Default: the actor chooses it. */
  readonly default?: Value;
}

/** A CSS color. */
interface ColorProperty extends Described {
  readonly type: "color";
}

/** Free text, such as the name of an array. */
export interface TextProperty extends Described {
  readonly type: "text";
  /** What the text is, for help texts. Default: "name". */
  readonly placeholder?: string;
  /** What it names, of which a person can choose one; "slices" are those of a volume, see `slice-text.ts`. Default: any text. */
  readonly names?: "arrays" | "components" | "vectors" | "groups" | "assemblies" | "slices";
}

/** Path of another file that is read; relative to the working directory, or to the scene document. */
interface FileProperty extends Described {
  readonly type: "file";
  /** The files of which a person can choose one on the page: those of the volumes of the scene. */
  readonly names: "volumes";
}

/** A matrix from voxel indices to world coordinates in mm: 12 or 16 numbers in rows, or the path of a text file with them. */
interface AffineProperty extends Described {
  readonly type: "affine";
}

/** Planes as text, of `parsePlanes`. */
interface PlanesProperty extends Described {
  readonly type: "planes";
}

export type Property =
  | NumberProperty
  | RangeProperty
  | NumbersProperty
  | BooleanProperty
  | ChoiceProperty
  | ColorProperty
  | TextProperty
  | FileProperty
  | PlanesProperty
  | AffineProperty;

export type Properties = Readonly<Record<string, Property>>;

type ValueOf<P extends Property> = P extends NumberProperty
  ? number
  : P extends RangeProperty
    ? readonly [min: number, max: number]
    : P extends NumbersProperty | AffineProperty
      ? readonly number[]
      : P extends BooleanProperty
        ? boolean
        : P extends ChoiceProperty<infer Value>
          ? Value
          : string;

/** Values of properties. A missing one means that the actor chooses it from the data. */
export type StyleOf<P extends Properties> = { readonly [Name in keyof P]?: ValueOf<P[Name]> | undefined };
