import { hemisphereOf } from "../brain-structure.ts";
import type { Overlay } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { overlayName } from "../overlay-name.ts";
import { threeBytes } from "./big-endian.ts";
import { PAINT_HEADER_BYTES, PAINT_RECORD_BYTES } from "./surface-kind.ts";

/**
 * Reads a paint file of FreeSurfer (.w): values for a list of vertices, big-endian.
 *
 * @throws DataError
 */
export async function readPaint({ path, source }: ReadContext): Promise<Overlay> {
  const warnings: string[] = [];
  const bytes = await source.readRest();
  const declared = bytes.length < PAINT_HEADER_BYTES ? 0 : threeBytes(bytes, 2);
  const count = Math.min(declared, Math.floor((bytes.length - PAINT_HEADER_BYTES) / PAINT_RECORD_BYTES));
  if (count <= 0) throw new DataError(`the file is cut off or damaged: it has 0 of ${declared} values`);
  if (count < declared) warnings.push(`the file is cut off: ${count} of ${declared} values are shown`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements = new Uint32Array(count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const at = PAINT_HEADER_BYTES + PAINT_RECORD_BYTES * i;
    elements[i] = threeBytes(bytes, at);
    values[i] = view.getFloat32(at + 3);
  }
  const name = overlayName(path);
  const arrays = [{ name, structure: hemisphereOf(name), components: 1, values }];
  return { kind: "overlay", of: "points", origin: [0, 0, 0], arrays, elements, warnings };
}
