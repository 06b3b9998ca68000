import { DataError } from "../load-error.ts";
import type { MessagePackValue } from "./message-pack.ts";

type Values = ArrayLike<number> | readonly string[];
type Encoding = ReadonlyMap<string, MessagePackValue>;

/** Maximum number of values in a column. Run lengths and bit packing would allow any number in a small file. */
const MAX_VALUES = 100_000_000;

const BYTE_ARRAYS = {
  1: Int8Array,
  2: Int16Array,
  3: Int32Array,
  4: Uint8Array,
  5: Uint16Array,
  6: Uint32Array,
  32: Float32Array,
  33: Float64Array,
} as const;

/**
 * Decodes the data of a column (https://github.com/molstar/BinaryCIF/blob/master/encoding.md): its encodings in reverse order.
 *
 * @throws DataError for damaged data
 */
export function decodeColumn(data: MessagePackValue | undefined): Values {
  if (!isMap(data)) throw new DataError("a column has no data");
  const encodings = data.get("encoding");
  if (!Array.isArray(encodings)) throw new DataError("a column has no encoding");
  let values: Values | Uint8Array = bytesOf(data.get("data"));
  for (const encoding of encodings.toReversed()) {
    if (!isMap(encoding)) throw new DataError("a column has an invalid encoding");
    values = decode(values, encoding);
  }
  return values;
}

function decode(values: Values | Uint8Array, encoding: Encoding): Values {
  const kind = encoding.get("kind");
  const number = (name: string, fallback?: number): number => {
    const value = encoding.get(name) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new DataError(`the encoding of a column has no ${name}`);
  };
  if (kind === "StringArray") return decodeStrings(numbersOf(values), encoding);
  if (kind === "ByteArray") return decodeBytes(values, number("type"));
  const source = numbersOf(values);
  switch (kind) {
    case "FixedPoint": {
      const factor = number("factor");
      return Float64Array.from(source, (value) => value / factor);
    }
    case "IntervalQuantization": {
      const [min, max, steps] = [number("min"), number("max"), number("numSteps")];
      const step = (max - min) / (steps - 1);
      return Float64Array.from(source, (value) => min + value * step);
    }
    case "Delta": {
      let sum = number("origin", 0);
      return Int32Array.from(source, (value) => (sum += value));
    }
    case "RunLength":
      return decodeRuns(source, number("srcSize"));
    case "IntegerPacking":
      return decodePacked(
        source,
        number("byteCount"),
        encoding.get("isUnsigned") === true,
        number("srcSize"),
      );
  }
  throw new DataError("a column has an unknown encoding");
}

function decodeBytes(values: Values | Uint8Array, type: number): ArrayLike<number> {
  const TypedArray = BYTE_ARRAYS[type as keyof typeof BYTE_ARRAYS];
  if (TypedArray === undefined || !(values instanceof Uint8Array)) {
    throw new DataError(`a column has values of the unknown type ${type}`);
  }
  const { BYTES_PER_ELEMENT } = TypedArray;
  // Values are little-endian, and not aligned in the file.
  const bytes = values.slice(0, Math.floor(values.length / BYTES_PER_ELEMENT) * BYTES_PER_ELEMENT);
  return new TypedArray(bytes.buffer);
}

function decodeRuns(pairs: ArrayLike<number>, size: number): Int32Array {
  const result = new Int32Array(checkedSize(size));
  let at = 0;
  for (let i = 0; i + 1 < pairs.length && at < size; i += 2) {
    const end = Math.min(size, at + Math.max(0, pairs[i + 1] ?? 0));
    result.fill(pairs[i] ?? 0, at, end);
    at = end;
  }
  return result;
}

/** The limits of a small integer mean that the next one is added. */
function decodePacked(
  packed: ArrayLike<number>,
  byteCount: number,
  isUnsigned: boolean,
  size: number,
): Int32Array {
  const bits = 8 * byteCount;
  const max = isUnsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  const min = isUnsigned ? -1 : -(2 ** (bits - 1));
  const result = new Int32Array(Math.min(checkedSize(size), packed.length));
  let at = 0;
  let sum = 0;
  for (let i = 0; i < packed.length && at < result.length; i += 1) {
    const value = packed[i] ?? 0;
    sum += value;
    if (value === max || value === min) continue;
    result[at] = sum;
    at += 1;
    sum = 0;
  }
  return result.subarray(0, at);
}

function decodeStrings(values: ArrayLike<number>, encoding: Encoding): string[] {
  const text = encoding.get("stringData");
  const offsetEncoding = encoding.get("offsetEncoding");
  const dataEncoding = encoding.get("dataEncoding");
  if (typeof text !== "string") throw new DataError("a column of text has no text");
  const nested = (data: Uint8Array | undefined, nestedEncoding: MessagePackValue | undefined) =>
    numbersOf(
      decodeColumn(
        new Map<string, MessagePackValue>([
          ["data", data ?? null],
          ["encoding", nestedEncoding ?? null],
        ]),
      ),
    );
  const offsets = nested(bytesOf(encoding.get("offsets")), offsetEncoding);
  const indices = values instanceof Uint8Array ? nested(values, dataEncoding) : values;
  return Array.from(indices, (index) =>
    text.slice(offsets[index] ?? 0, index < 0 ? 0 : (offsets[index + 1] ?? 0)),
  );
}

function numbersOf(values: Values | Uint8Array): ArrayLike<number> {
  if (Array.isArray(values)) throw new DataError("a column has numbers and text");
  return values as ArrayLike<number>;
}

function bytesOf(value: MessagePackValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new DataError("a column has no bytes");
}

function checkedSize(size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= MAX_VALUES) return size;
  throw new DataError(`a column has ${size} values; the maximum is ${MAX_VALUES}`);
}

export function isMap(value: MessagePackValue | undefined): value is ReadonlyMap<string, MessagePackValue> {
  return value instanceof Map;
}
