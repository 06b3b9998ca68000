import { constants, unzipSync } from "node:zlib";
import type { NumericArray } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError, quote } from "../load-error.ts";
import { DecimalValues } from "../volume/decimal-values.ts";
import { valuesOf } from "../volume/typed-values.ts";
import { VOXEL_BYTES, type VoxelType } from "../volume/voxel-type.ts";
import { Base64Decoder } from "../xml/base64-decoder.ts";
import type { XmlReader } from "../xml/xml-reader.ts";

/** The types of the standard are uint8, int32 and float32; FSL and others write more. */
const TYPES: Readonly<Record<string, VoxelType>> = {
  UINT8: "uint8",
  INT8: "int8",
  INT16: "int16",
  UINT16: "uint16",
  INT32: "int32",
  UINT32: "uint32",
  INT64: "int64",
  UINT64: "uint64",
  FLOAT32: "float32",
  FLOAT64: "float64",
};

/** Limits of the size of the chunks of decompression, bytes. */
const MIN_CHUNK_BYTES = 1024;
const MAX_CHUNK_BYTES = 2 ** 26;

/** Maximum compression ratio of deflate. */
const MAX_DEFLATE_RATIO = 1032;

type Attributes = ReadonlyMap<string, string>;

interface Expected {
  readonly type: VoxelType;
  readonly littleEndian: boolean;
  readonly count: number;
}

/**
 * Reads the content of a Data element, after its start tag.
 *
 * @param intent for messages
 * @returns undefined if it is incomplete, or of an unknown type; with a warning
 * @throws DataError
 */
export async function readGiftiData(
  reader: XmlReader,
  attributes: Attributes,
  context: ReadContext,
  intent: string,
  warnings: string[],
): Promise<{ values: NumericArray; components: number } | undefined> {
  const typeName = (attributes.get("DataType") ?? "").replace(/^NIFTI_TYPE_/, "");
  const type = TYPES[typeName];
  if (type === undefined) {
    warnings.push(`the array ${intent} of the type ${quote(typeName)} is left out: it cannot be read`);
    return undefined;
  }
  const dims = dimensions(attributes, intent);
  const count = dims.reduce((product, size) => product * size, 1);
  const littleEndian = !/big/i.test(attributes.get("Endian") ?? "");
  const values = await readValues(reader, attributes, context, { type, littleEndian, count });
  if (values.length < count) {
    warnings.push(`the array ${intent} is left out: it has ${values.length} of its ${count} values`);
    return undefined;
  }
  const [rows = 1] = dims;
  const components = count / rows;
  const isColumnMajor = /column/i.test(attributes.get("ArrayIndexingOrder") ?? "");
  return {
    values: isColumnMajor && components > 1 ? rowMajor(values, rows, components) : values,
    components,
  };
}

function dimensions(attributes: Attributes, intent: string): number[] {
  const declared = Number(attributes.get("Dimensionality") ?? 1);
  const count = declared >= 1 && declared <= 6 ? declared : 1;
  return Array.from({ length: count }, (_, i) => {
    const text = attributes.get(`Dim${i}`) ?? "1";
    const size = Number(text);
    // FSL writes a second dimension of 0 for scalars.
    if (i > 0 && size === 0) return 1;
    if (Number.isInteger(size) && size > 0) return size;
    throw new DataError(`the size Dim${i} of the array ${intent} is ${quote(text)}, not a number above 0`);
  });
}

async function readValues(
  reader: XmlReader,
  attributes: Attributes,
  context: ReadContext,
  expected: Expected,
): Promise<NumericArray> {
  const encoding = attributes.get("Encoding") ?? "";
  switch (encoding.replace(/^GIFTI_ENCODING_/, "").toLowerCase()) {
    case "ascii":
      return readAscii(reader, context, expected);
    case "base64binary":
    case "b64bin":
      return readBase64(reader, context, expected);
    case "gzipbase64binary":
    case "b64gz":
      return readCompressed(reader, expected);
    case "externalfilebinary":
    case "extbin":
      return readExternal(attributes, context, expected);
    default:
      throw new DataError(`its encoding ${quote(encoding)} is unknown`);
  }
}

/** Upper bound for the number of bytes that follow. */
function bytesLeft({ source }: ReadContext): number {
  return source.maxBytes - source.offset;
}

async function readAscii(
  reader: XmlReader,
  context: ReadContext,
  { type, count }: Expected,
): Promise<NumericArray> {
  const decimals = new DecimalValues(type, count, bytesLeft(context));
  await reader.readText((block) => decimals.push(block));
  return decimals.finish();
}

async function readBase64(
  reader: XmlReader,
  context: ReadContext,
  { type, littleEndian, count }: Expected,
): Promise<NumericArray> {
  const bytes = new Uint8Array(Math.min(count * VOXEL_BYTES[type], bytesLeft(context)));
  let filled = 0;
  const append = (decoded: Uint8Array): void => {
    const part = decoded.subarray(0, bytes.length - filled);
    bytes.set(part, filled);
    filled += part.length;
  };
  const decoder = new Base64Decoder();
  await reader.readText((block) => append(decoder.decode(block)));
  append(decoder.finish());
  return valuesOf(bytes.subarray(0, filled), type, littleEndian);
}

async function readCompressed(
  reader: XmlReader,
  { type, littleEndian, count }: Expected,
): Promise<NumericArray> {
  const parts: Uint8Array[] = [];
  const decoder = new Base64Decoder();
  await reader.readText((block) => parts.push(decoder.decode(block)));
  const compressed = Buffer.concat([...parts, decoder.finish()]);
  const bytes = Math.min(count * VOXEL_BYTES[type], MAX_DEFLATE_RATIO * compressed.length);
  return valuesOf(inflate(compressed, bytes), type, littleEndian);
}

/** Decompresses zlib or gzip data, as far as it is complete. */
function inflate(compressed: Uint8Array, bytes: number): Uint8Array {
  // Some writers declare a size of 0 for arrays without values.
  if (compressed.length === 0 || bytes === 0) return new Uint8Array();
  try {
    return unzipSync(compressed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: bytes,
      // One chunk for all: with the default, 16 kB, it takes twice as long.
      chunkSize: Math.max(MIN_CHUNK_BYTES, Math.min(bytes, MAX_CHUNK_BYTES)),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DataError(
      code === "ERR_BUFFER_TOO_LARGE"
        ? "an array has more compressed values than its sizes say"
        : "the compressed data of an array is damaged",
      { cause: error },
    );
  }
}

async function readExternal(
  attributes: Attributes,
  { files }: ReadContext,
  { type, littleEndian, count }: Expected,
): Promise<NumericArray> {
  await using source = await files.open(attributes.get("ExternalFileName") ?? "");
  await source.skip(Math.max(0, Number(attributes.get("ExternalFileOffset") ?? 0) || 0));
  const bytes = new Uint8Array(Math.min(count * VOXEL_BYTES[type], source.maxBytes - source.offset));
  return valuesOf(bytes.subarray(0, await source.readInto(bytes)), type, littleEndian);
}

function rowMajor(values: NumericArray, rows: number, columns: number): NumericArray {
  const result = values.slice();
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      result[row * columns + column] = values[column * rows + row] ?? 0;
    }
  }
  return result;
}
