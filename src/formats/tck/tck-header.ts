import { formatBytes, LoadError, quote } from "../load-error.ts";
import { startsWith } from "../starts-with.ts";

export const TRACKS_MAGIC = "mrtrix tracks";
export const SCALARS_MAGIC = "mrtrix track scalars";

/** Maximum size of a header: the history of commands is the only long field. */
const MAX_TCK_HEADER_BYTES = 2 ** 22;

export interface TckHeader {
  readonly doubles: boolean;
  readonly bigEndian: boolean;
  /** Offset of the first point, bytes. */
  readonly offset: number;
  /** Declared number of streamlines; 0: unknown. */
  readonly count: number;
  /** Sentences about missing fields. */
  readonly warnings: readonly string[];
}

/** Whether a file starts with one of MRtrix's magic lines. */
export function hasMagicLine(head: Uint8Array, magic: string): boolean {
  return (
    startsWith(head, magic) &&
    /^[ \t\r]*\n/.test(String.fromCharCode(...head.subarray(magic.length, magic.length + 80)))
  );
}

/**
 * Parses the header of tracks or track scalars: lines of "key: value" up to a line "END". Lines without a key continue the value before
 * them.
 *
 * @param head the start of the file
 * @returns undefined if the line "END" is not in `head`
 * @throws LoadError
 */
export function parseTckHeader(path: string, head: Uint8Array, format: string): TckHeader | undefined {
  const fail = (reason: string): never => {
    throw new LoadError(path, reason, { format });
  };
  const text = new TextDecoder("latin1").decode(head.subarray(0, MAX_TCK_HEADER_BYTES));
  const end = /\n[ \t]*END[ \t]*\r?\n/.exec(text);
  if (end === null) {
    if (head.length < MAX_TCK_HEADER_BYTES) return undefined;
    return fail(
      `the header has no line "END" within ${formatBytes(MAX_TCK_HEADER_BYTES)}: the file is damaged`,
    );
  }
  const lines = text.slice(0, end.index).split("\n").slice(1);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, key, value] = /^\s*([^:\s][^:]*?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value);
  }
  const warnings: string[] = [];
  const datatype = fields.get("datatype");
  const [, bits = "32", order = "LE"] =
    datatype === undefined
      ? []
      : (/^Float(32|64)(LE|BE)?$/i.exec(datatype) ??
        fail(
          `its datatype ${quote(datatype)} is not supported; Float32LE, Float32BE, Float64LE and Float64BE are`,
        ));
  if (datatype === undefined) warnings.push("the header has no datatype; Float32LE is assumed");
  const afterHeader = end.index + end[0].length;
  return {
    doubles: bits === "64",
    bigEndian: order.toUpperCase() === "BE",
    offset: dataOffset(fields.get("file"), afterHeader, warnings, fail),
    count: Math.max(0, Number.parseInt(fields.get("count") ?? "0", 10) || 0),
    warnings,
  };
}

/** @param file value of the field `file`: "." for the same file, and the offset in bytes */
function dataOffset(
  file: string | undefined,
  afterHeader: number,
  warnings: string[],
  fail: (reason: string) => never,
): number {
  if (file === undefined) {
    warnings.push("the header has no offset of the data (file); they are assumed to follow it");
    return afterHeader;
  }
  const [, name = "", offset] = /^(.*?)(?:\s+(\d+))?$/.exec(file) ?? [];
  if (name !== ".") fail(`its points are in another file, ${quote(name)}, which is not supported`);
  if (offset !== undefined && Number(offset) >= afterHeader) return Number(offset);
  warnings.push(
    `the offset of the data in the header (file: ${quote(file)}) is not valid; they are assumed to follow it`,
  );
  return afterHeader;
}
