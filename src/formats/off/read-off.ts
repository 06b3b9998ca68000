import type { Mesh, Points } from "../data-kinds.ts";
import { DETECTION_BYTES } from "../detection-bytes.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { readPlyRows } from "../ply/read-ply.ts";
import { parseOffHeader } from "./off-header.ts";

const TAIL_BYTES = 1024;

/**
 * Reads OFF (Object File Format of Geomview): its rows are those of ASCII PLY.
 *
 * @throws LoadError
 */
export async function readOff(context: ReadContext): Promise<Mesh | Points> {
  const { path, source } = context;
  await source.fillTo(DETECTION_BYTES);
  const header = parseOffHeader(path, source.window);
  source.consume(header.bytes);
  try {
    const data = await readPlyRows(context, header);
    if (await hasFaceColors(source)) data.warnings.push("the colors of its faces are not shown");
    return data;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    const { file, reason, position, cause } = error;
    throw new LoadError(file, reason, { format: "OFF", ...(position && { position }), cause });
  }
}

/** Whether the last face has three or more values after its corners. */
async function hasFaceColors(source: FileSource): Promise<boolean> {
  if (source.isCompressed) return false;
  const size = await source.size();
  const tail = new Uint8Array(Math.min(size, TAIL_BYTES));
  await source.readAt(tail, size - tail.length);
  const words =
    new TextDecoder("latin1")
      .decode(tail)
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1)
      ?.trim()
      .split(/\s+/) ?? [];
  const corners = Number(words[0]);
  return corners >= 3 && words.length >= 1 + corners + 3;
}
