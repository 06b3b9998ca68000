/**
 * Descriptions of the properties that a person can set. One table per kind of data describes its properties once; the options of the
 * command line, the validation of a scene document and the controls of the page follow from it.
 */

interface Described {
  /** For help texts: a noun phrase in lower case without a full stop. */
  readonly description: string;
}

interface NumberProperty extends Described {
  readonly type: "number";
  readonly min: number;
  readonly max: number;
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
}

/** A CSS color. */
interface ColorProperty extends Described {
  readonly type: "color";
}

/** Free text, such as the name of an array. */
interface TextProperty extends Described {
  readonly type: "text";
  /** What the text is, for help texts. Default: "name". */
  readonly placeholder?: string;
}

/** Path of another file that is read; relative to the working directory, or to the scene document. */
interface FileProperty extends Described {
  readonly type: "file";
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
