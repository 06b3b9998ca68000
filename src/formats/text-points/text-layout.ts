import { FLOAT32_INTEGERS } from "../points/point-arrays.ts";

/** A decimal number, as native code parses it. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const NOT_A_NUMBER = /^[-+]?(?:nan|inf|infinity|null|na|n\/a)$/i;
export const COMMENT = /^\s*(?:#|\/\/|%|!)/;

/** Maximum number of lines before the first row. */
const MAX_HEADER_LINES = 50;
/** Number of rows from which the meaning of the columns is determined. */
const SAMPLE_ROWS = 100;
const MAX_ARRAYS = 16;
const MAX_COLUMNS = 256;

/** Names of columns in any letter case, without units. */
const NAMES = {
  x: /^(x|p_?x|pos_?x|x_?coord(inate)?|easting|points?[:_]0)$/,
  y: /^(y|p_?y|pos_?y|y_?coord(inate)?|northing|points?[:_]1)$/,
  z: /^(z|p_?z|pos_?z|z_?coord(inate)?|height|elevation|points?[:_]2)$/,
  red: /^(r|rf|red|colou?r_?r(ed)?)$/,
  green: /^(g|gf|green|colou?r_?g(reen)?)$/,
  blue: /^(b|bf|blue|colou?r_?b(lue)?)$/,
} as const;
/** Normals, opacity, and the unnamed index of tables that pandas writes: not values of a point. */
const IGNORED = /^(n_?[xyz]|normal_?[xyz]|a|alpha|unnamed:.*|)$/;

const ROLES = ["x", "y", "z", "red", "green", "blue"] as const;
type Role = (typeof ROLES)[number];

interface TextColumn {
  /** What is read from it; undefined: nothing. */
  readonly use: Role | "array" | undefined;
  readonly name: string;
  /** Whether Float32 rounds its integers. */
  readonly needsDoubles: boolean;
}

export interface TextLayout {
  /** Undefined: blanks and tabs. */
  readonly separator: "," | ";" | undefined;
  /** Decimal commas: only between semicolons. */
  readonly decimalComma: boolean;
  readonly columns: readonly TextColumn[];
  /** Bytes and lines before the first row. */
  readonly headerBytes: number;
  readonly headerLines: number;
  /** Number of points by the line before the first row, as in PTS files. */
  readonly declared: number | undefined;
  /** Mean length of a row of the sample, bytes. */
  readonly rowBytes: number;
}

/**
 * Finds out which columns a text of points has: by names in a line before the first row, or by the values of the first rows.
 *
 * @param head the start of the file
 * @param isWhole whether it is all of the file
 * @returns undefined if the text does not begin with rows of three or more numbers
 */
export function textLayout(head: Uint8Array, isWhole: boolean): TextLayout | undefined {
  const text = new TextDecoder("latin1").decode(head);
  const lines = [...text.matchAll(/[^\r\n]*(?:\r\n|\r|\n|$)/g)].map(([line]) => line);
  // The last line may be cut off.
  while (lines.at(-1) === "") lines.pop();
  if (!isWhole) lines.pop();
  let names: readonly string[] | undefined;
  let declared: number | undefined;
  let headerBytes = 0;
  for (const [i, line] of lines.slice(0, MAX_HEADER_LINES).entries()) {
    const words = wordsOf(line, separatorOf(line));
    const isRow = !COMMENT.test(line) && isDataRow(words, names, line);
    if (isRow) {
      const rows = lines.slice(i, i + SAMPLE_ROWS).filter((row) => !COMMENT.test(row) && row.trim() !== "");
      const layout = { headerBytes, headerLines: i, declared };
      return layoutOf(rows, names, layout);
    }
    const header = namesOf(line);
    if (header !== undefined) names = header;
    else if (/^\s*\d{1,15}\s*$/.test(line)) declared = Number(line);
    else if (!COMMENT.test(line) && line.replace("\xef\xbb\xbf", "").trim() !== "") return undefined;
    headerBytes += line.length;
  }
  return undefined;
}

/** Splits a line into its fields. */
export function wordsOf(line: string, separator: TextLayout["separator"]): string[] {
  const trimmed = line.trim();
  if (trimmed === "") return [];
  const words = separator === undefined ? trimmed.split(/[\s\0]+/) : trimmed.split(separator);
  return words.map((word) => word.trim());
}

/** A field as a number. @returns NaN for an empty one or NaN, undefined for a word */
export function numberOf(word: string, decimalComma: boolean): number | undefined {
  const text = decimalComma ? word.replace(",", ".") : word;
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : Number.NaN;
  }
  return text === "" || NOT_A_NUMBER.test(text) ? Number.NaN : undefined;
}

function separatorOf(line: string): TextLayout["separator"] {
  return line.includes(";") ? ";" : line.includes(",") ? "," : undefined;
}

function isDataRow(words: readonly string[], names: readonly string[] | undefined, line: string): boolean {
  const isNumber = (word: string | undefined): boolean =>
    word !== undefined && numberOf(word, line.includes(";")) !== undefined;
  const places = names === undefined ? [0, 1, 2] : axes(names);
  return words.length >= 3 && places.every((place) => isNumber(words[place]));
}

/** The names in a line, if x, y and z are among them. */
function namesOf(line: string): string[] | undefined {
  const text = line.replace("\xef\xbb\xbf", "").replace(/^\s*(?:#|\/\/|%|!)+/, "");
  const separator = /[;,\t]/.exec(text.trim())?.[0];
  const words = separator === undefined ? text.trim().split(/\s+/) : text.trim().split(separator);
  const names = words.map((word) => word.trim().replace(/^(["'])(.*)\1$/, "$2"));
  return axes(names).includes(-1) ? undefined : names;
}

function axes(names: readonly string[]): number[] {
  return (["x", "y", "z"] as const).map((axis) => names.findIndex((name) => NAMES[axis].test(plain(name))));
}

/** "X [m]" is x, "//X" is x. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[([].*$/, "")
    .trim();
}

function layoutOf(
  rows: readonly string[],
  names: readonly string[] | undefined,
  header: Pick<TextLayout, "headerBytes" | "headerLines" | "declared">,
): TextLayout | undefined {
  const separator = separatorOf(rows[0] ?? "");
  const decimalComma = separator === ";";
  const table = rows.map((row) =>
    wordsOf(row, separator).map((word) => numberOf(word, decimalComma) ?? undefined),
  );
  const places = names === undefined ? [0, 1, 2] : axes(names);
  const good = table.filter((row) => places.every((place) => row[place] !== undefined));
  if (2 * good.length <= table.length) return undefined;
  const width = Math.min(MAX_COLUMNS, good[0]?.length ?? 0);
  const valuesOf = (column: number): number[] =>
    good.flatMap((row) => {
      const value = row[column];
      return value === undefined || Number.isNaN(value) ? [] : value;
    });
  const columns = Array.from({ length: width }, (_, i) => valuesOf(i));
  const uses = names === undefined ? guessedUses(columns) : namedUses(names, width);
  let arrays = 0;
  return {
    ...header,
    separator,
    decimalComma,
    columns: columns.map((values, i) => {
      const isArray = uses[i] === "array" && values.length > 0 && arrays < MAX_ARRAYS;
      if (isArray) arrays += 1;
      return {
        use: isArray || uses[i] !== "array" ? uses[i] : undefined,
        name: names?.[i] ?? (i === 3 && (width === 4 || width === 7) ? "intensity" : `column ${i + 1}`),
        needsDoubles: values.some((value) => Math.abs(value) > FLOAT32_INTEGERS),
      };
    }),
    rowBytes: rows.reduce((sum, row) => sum + row.length, 0) / rows.length,
  };
}

function namedUses(names: readonly string[], width: number): TextColumn["use"][] {
  const found = ROLES.map((role) => names.findIndex((name, i) => i < width && NAMES[role].test(plain(name))));
  const hasColors = found.slice(3).every((place) => place >= 0);
  return Array.from({ length: width }, (_, i) => {
    const role = ROLES[found.indexOf(i)];
    if (role !== undefined && ("xyz".includes(role) || hasColors)) return role;
    return IGNORED.test(plain(names[i] ?? "")) ? undefined : "array";
  });
}

/** Without names: three coordinates, then values, a color (red, green, blue) and a normal, in any order. */
function guessedUses(columns: readonly number[][]): TextColumn["use"][] {
  const uses: TextColumn["use"][] = columns.map((_, i) => ROLES.slice(0, 3)[i] ?? "array");
  let hasColors = false;
  for (let i = 3; i + 2 < columns.length; i += 1) {
    // Of 7 columns, PTS files have the intensity before the color.
    if (i === 3 && columns.length === 7) continue;
    const triple = columns.slice(i, i + 3);
    const isNormal = areUnitVectors(triple);
    if (!isNormal && (hasColors || !areColors(triple))) continue;
    for (const part of [0, 1, 2]) uses[i + part] = isNormal ? undefined : ROLES[3 + part];
    hasColors ||= !isNormal;
    i += 2;
  }
  return uses;
}

function areUnitVectors([xs = [], ys = [], zs = []]: readonly number[][]): boolean {
  const isUnit = (x: number, i: number) => Math.abs(Math.hypot(x, ys[i] ?? 0, zs[i] ?? 0) - 1) < 0.01;
  // Pure colors of length 1 are integers.
  const all = [...xs, ...ys, ...zs];
  return xs.length > 0 && xs.every(isUnit) && all.some((value) => value < 0 || !Number.isInteger(value));
}

function areColors(triple: readonly number[][]): boolean {
  const values = triple.flat();
  const isIn = (max: number): boolean => values.every((value) => value >= 0 && value <= max);
  return values.length > 0 && (isIn(1) || (isIn(65_535) && values.every(Number.isInteger)));
}
