import { startsWith } from "../../starts-with.ts";

export const LEGACY_MAGIC = "# vtk DataFile Version";

/** Maximum size of the three lines before the dataset, bytes. */
export const MAX_LEGACY_HEADER_BYTES = 4096;

export interface LegacyHeader {
  /** Of the format, such as 5.1. */
  readonly version: number;
  readonly title: string;
  readonly isBinary: boolean;
  /** Length of the header, bytes. */
  readonly bytes: number;
}

/** Parses the first three lines of a legacy VTK file. @returns undefined if they are damaged */
export function parseLegacyHeader(head: Uint8Array): LegacyHeader | undefined {
  if (!startsWith(head, LEGACY_MAGIC)) return undefined;
  const text = new TextDecoder("latin1").decode(head.subarray(0, MAX_LEGACY_HEADER_BYTES));
  const match =
    /^# vtk DataFile Version[ \t]*([\d.]*)[^\n]*\n([^\n]*)\n\s*(ASCII|BINARY)[ \t\r]*(?:\n|$)/i.exec(text);
  if (match === null) return undefined;
  const [header, version = "", title = "", encoding = ""] = match;
  return {
    version: Number.parseFloat(version) || 1,
    title: title.trim(),
    isBinary: encoding.toUpperCase() === "BINARY",
    bytes: header.length,
  };
}
