import { DataError, quote } from "../load-error.ts";
import type { VoxelType } from "../volume/voxel-type.ts";

const INTEGER_TYPES: readonly (readonly [VoxelType, string])[] = [
  ["int8", "signed char|int8|int8_t"],
  ["uint8", "uchar|unsigned char|uint8|uint8_t"],
  ["int16", "short|short int|signed short|signed short int|int16|int16_t"],
  ["uint16", "ushort|unsigned short|unsigned short int|uint16|uint16_t"],
  ["int32", "int|signed int|int32|int32_t"],
  ["uint32", "uint|unsigned int|uint32|uint32_t"],
  ["int64", "longlong|long long|long long int|signed long long|signed long long int|int64|int64_t"],
  ["uint64", "ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t"],
  ["float32", "float"],
  ["float64", "double"],
];

const TYPES: ReadonlyMap<string, VoxelType> = new Map(
  INTEGER_TYPES.flatMap(([type, names]) => names.split("|").map((name) => [name, type] as const)),
);

/** The fields of the header by their names in lower case, without spaces: "spacedirections". */
export interface NrrdHeader {
  readonly fields: ReadonlyMap<string, string>;
  /** Lines after "data file: LIST". */
  readonly listedFiles: readonly string[];
  readonly type: VoxelType;
  readonly sizes: readonly number[];
}

/**
 * Parses the lines of a header.
 *
 * @throws DataError
 */
export function parseNrrdHeader(text: string): NrrdHeader {
  const fields = new Map<string, string>();
  const listedFiles: string[] = [];
  for (const line of text.split(/\r?\n/).slice(1)) {
    if (line.startsWith("#")) continue;
    const [, name, value = ""] = /^([^:]+):(?!=)\s*(.*)$/.exec(line) ?? [];
    if (/^LIST\b/i.test(fields.get("datafile") ?? "")) listedFiles.push(line.trim());
    else if (name !== undefined) fields.set(name.replaceAll(" ", "").toLowerCase(), value.trim());
  }
  const typeName = (fields.get("type") ?? "").toLowerCase();
  const type = TYPES.get(typeName);
  if (type === undefined) throw new DataError(`its type ${quote(typeName)} cannot be read`);
  const sizes = (fields.get("sizes") ?? "").split(/\s+/).map(Number);
  const dimension = Number(fields.get("dimension") ?? sizes.length);
  if (sizes.length !== dimension || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new DataError(
      `its sizes are ${quote(fields.get("sizes") ?? "")}, for ${dimension || "an unknown number of"} axes`,
    );
  }
  return { fields, listedFiles: listedFiles.filter((name) => name !== ""), type, sizes };
}
