import { ptr } from "bun:ffi";
import { lastNativeError, native } from "./symbols.ts";

type Floats = Float32Array | Float64Array;

/** Part of a text that was parsed, from its start. */
export interface ParsedText {
  readonly bytes: number;
  readonly lines: number;
  /** Number of facets or rows. */
  readonly count: number;
}

/** Members of sc_text_parsed_s in native/parse_text.h, of 8 bytes each. */
const PARSED = { bytes: 0, lines: 1, count: 2, size: 3 } as const;
/** Members of sc_text_property_s, of 8 bytes each. */
const PROPERTY = { kind: 0, address: 1, stride: 2, rows: 3, origin: 4, size: 5 } as const;
/** Values of sc_text_kind_e. */
const KIND = { skip: 0n, float: 1n, double: 2n, triangle: 3n } as const;

/**
 * Parses facets of ASCII STL, up to the first that does not have the usual form or is incomplete.
 *
 * @param origin subtracted from the coordinates
 * @param to receives nine coordinates per facet
 */
export function parseFacets(text: Uint8Array, origin: ArrayLike<number>, to: Floats): ParsedText {
  if (text.length === 0 || to.length === 0) return { bytes: 0, lines: 0, count: 0 };
  const parsed = new BigUint64Array(PARSED.size);
  const doubles = Number(to instanceof Float64Array);
  native().sc_stl_parse(text, text.length, Float64Array.from(origin), doubles, to, to.length, parsed);
  return parsedText(parsed);
}

/** Destination of one property of each row. */
export interface TextProperty {
  /** Receives one number per row, or three indices of a triangle if it is a Uint32Array. Default: the number is skipped. */
  readonly to?: Floats | Uint32Array;
  /** Index in `to` of the first row's element. */
  readonly start: number;
  /** Elements of `to` from one row to the next. */
  readonly stride: number;
  /** Subtracted from each number. */
  readonly origin: number;
}

/**
 * Parses rows of ASCII PLY of one line each, up to the first that has another form or whose line is incomplete. Further words on a
 * line are skipped.
 *
 * @param rows maximum number of rows
 * @param max its first element is raised to the largest vertex index
 */
export function parseRows(
  text: Uint8Array,
  rows: number,
  properties: readonly TextProperty[],
  max: Uint32Array,
): ParsedText {
  if (text.length === 0 || rows === 0) return { bytes: 0, lines: 0, count: 0 };
  const slots = new BigUint64Array(PROPERTY.size * properties.length);
  const numbers = new Float64Array(slots.buffer);
  for (const [i, { to, start, stride, origin }] of properties.entries()) {
    const at = PROPERTY.size * i;
    if (to === undefined) continue;
    const kind = to instanceof Uint32Array ? "triangle" : to instanceof Float64Array ? "double" : "float";
    const elements = kind === "triangle" ? 3 : 1;
    slots[at + PROPERTY.kind] = KIND[kind];
    slots[at + PROPERTY.address] = BigInt(ptr(to) + start * to.BYTES_PER_ELEMENT);
    slots[at + PROPERTY.stride] = BigInt(stride);
    slots[at + PROPERTY.rows] = BigInt(Math.floor((to.length - start - elements) / stride) + 1);
    numbers[at + PROPERTY.origin] = origin;
  }
  const parsed = new BigUint64Array(PARSED.size);
  if (native().sc_ply_parse(text, text.length, rows, slots, properties.length, max, parsed) < 0) {
    throw lastNativeError();
  }
  return parsedText(parsed);
}

function parsedText(parsed: BigUint64Array): ParsedText {
  return {
    bytes: Number(parsed[PARSED.bytes]),
    lines: Number(parsed[PARSED.lines]),
    count: Number(parsed[PARSED.count]),
  };
}
