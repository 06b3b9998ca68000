import { LoadError, quote } from "../load-error.ts";
import type { RecordArray, RecordLayout, RecordNumber } from "../points/record-points.ts";

const MAX_FIELDS = 512;
/** Maximum number of values of a point: features have up to 1344. */
const MAX_VALUES = 65_536;
const MAX_ARRAYS = 16;
const TYPES: Readonly<Record<string, RecordNumber["type"] | undefined>> = {
  I1: "int8",
  U1: "uint8",
  I2: "int16",
  U2: "uint16",
  I4: "int32",
  U4: "uint32",
  F4: "float32",
  F8: "float64",
};
/** Fields that are not values of a point: normals and padding. */
const IGNORED = /^(normal_[xyz]|_.*|rgba?)$/;

interface PcdField extends RecordNumber {
  readonly name: string;
  readonly size: number;
  readonly count: number;
}

export interface PcdHeader {
  readonly data: "ascii" | "binary" | "binary_compressed";
  readonly fields: readonly PcdField[];
  readonly points: number;
  readonly layout: RecordLayout;
  readonly headerBytes: number;
  readonly headerLines: number;
  /** Names of fields of 64-bit integers, which are left out. */
  readonly unsupported: readonly string[];
}

/**
 * Parses the header of a PCD file (Point Cloud Library, version 0.7 and before).
 *
 * @throws LoadError
 */
export function parsePcdHeader(path: string, head: Uint8Array): PcdHeader {
  const text = new TextDecoder("latin1").decode(head);
  const entries = new Map<string, readonly string[]>();
  let headerBytes = 0;
  let headerLines = 0;
  for (const [line] of text.matchAll(/[^\n]*\n/g)) {
    headerBytes += line.length;
    headerLines += 1;
    const [key = "", ...words] = line.trim().split(/\s+/);
    if (key.startsWith("#") || key === "") continue;
    entries.set(key.toUpperCase(), words);
    if (key.toUpperCase() === "DATA") break;
  }
  const fail = (reason: string): LoadError => new LoadError(path, reason, { format: "PCD" });
  const encoding = entries.get("DATA")?.[0]?.toLowerCase();
  if (encoding === undefined) throw fail("its header has no DATA line: the file is cut off or damaged");
  if (encoding !== "ascii" && encoding !== "binary" && encoding !== "binary_compressed")
    throw fail(`the encoding ${quote(encoding)} is not supported; save it as binary`);
  const all = fieldsOf(entries, fail);
  if (all.reduce((sum, { count }) => sum + count, 0) > MAX_VALUES)
    throw fail("its points have too many values");
  const { points, width, height } = countsOf(entries);
  const declared = points ?? (width ?? Number.NaN) * (height ?? 1);
  if (!Number.isSafeInteger(declared) || declared < 0)
    throw fail("the number of points is missing or damaged");
  if (declared === 0) throw fail("the header declares 0 points: there is nothing to draw");
  const known = all.filter((field): field is PcdField => field.type !== undefined && field.count > 0);
  const field = (name: string): PcdField | undefined => known.find((one) => one.name === name);
  const xyz = ["x", "y", "z"].flatMap((name) => field(name) ?? []);
  if (xyz.length < 3) throw fail("it has no fields x, y and z: there is nothing to draw");
  const color = field("rgb") ?? field("rgba");
  const arrays = known
    .filter(({ name, count }) => count === 1 && !/^[xyz]$/.test(name) && !IGNORED.test(name))
    .slice(0, MAX_ARRAYS)
    .map(({ name, type, offset }): RecordArray => ({ name, type, offset }));
  return {
    data: encoding,
    fields: known,
    points: declared,
    headerBytes,
    headerLines,
    unsupported: all.flatMap(({ name, type }) => (type === undefined && !IGNORED.test(name) ? name : [])),
    layout: {
      rowBytes: all.reduce((sum, { size, count }) => sum + size * count, 0),
      xyz,
      // A 32-bit number, 0xaarrggbb, whatever its type.
      rgb:
        color?.size === 4
          ? [2, 1, 0].map((byte) => ({ type: "uint8", offset: color.offset + byte }))
          : undefined,
      white: 255,
      arrays,
    },
  };
}

function countsOf(entries: ReadonlyMap<string, readonly string[]>) {
  const number = (key: string): number | undefined => {
    const word = entries.get(key)?.[0];
    return word === undefined ? undefined : /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
  };
  return { points: number("POINTS"), width: number("WIDTH"), height: number("HEIGHT") };
}

type AnyField = Omit<PcdField, "type"> & { readonly type: PcdField["type"] | undefined };

function fieldsOf(
  entries: ReadonlyMap<string, readonly string[]>,
  fail: (reason: string) => LoadError,
): AnyField[] {
  const names = entries.get("FIELDS") ?? entries.get("COLUMNS") ?? [];
  const sizes = entries.get("SIZE") ?? [];
  const types = entries.get("TYPE") ?? [];
  const counts = entries.get("COUNT") ?? names.map(() => "1");
  if (names.length === 0 || names.length > MAX_FIELDS) throw fail("the FIELDS line is missing or damaged");
  if ([sizes, types, counts].some(({ length }) => length !== names.length))
    throw fail("the numbers of FIELDS, SIZE, TYPE and COUNT are not the same: the file is damaged");
  let offset = 0;
  return names.map((name, i) => {
    const [size = "", type = "", count = ""] = [sizes[i], types[i], counts[i]];
    if (!/^[1248]$/.test(size) || !/^[IUF]$/i.test(type) || !/^\d{1,6}$/.test(count))
      throw fail(`the field ${quote(name)} has a damaged SIZE, TYPE or COUNT`);
    const field = {
      name,
      size: Number(size),
      count: Number(count),
      offset,
      type: TYPES[type.toUpperCase() + size],
    };
    if (field.type === undefined && /^[xyz]$/.test(name))
      throw fail(`the field ${quote(name)} has an unknown type`);
    offset += field.size * field.count;
    return field;
  });
}
