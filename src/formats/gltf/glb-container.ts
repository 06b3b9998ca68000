import type { FileSource } from "../file-source.ts";
import { formatBytes, LoadError } from "../load-error.ts";
import { GLTF_1_UNSUPPORTED } from "./gltf-error.ts";

/** Maximum size of the JSON: its parsed objects need several times as much memory. */
export const MAX_JSON_BYTES = 512 * 2 ** 20;

/** Size of the header of the file and of its JSON chunk. */
export const HEADER_BYTES = 20;
const JSON_CHUNK = 0x4e4f534a;
export const BIN_CHUNK = 0x004e4942;

/**
 * Checks the header of glTF 2.0's binary container (glTF 2.0, section 4.4) against the size of the file.
 *
 * @throws LoadError
 */
export function checkGlbHeader(path: string, head: Uint8Array, bytes: number): void {
  const fail = (byte: number, reason: string): LoadError =>
    new LoadError(path, reason, { format: "GLB", position: { byte } });
  if (head.byteLength < HEADER_BYTES) {
    throw fail(head.byteLength, `the file is cut off in its header, after ${formatBytes(bytes)}`);
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const version = view.getUint32(4, true);
  if (version === 1) throw fail(4, GLTF_1_UNSUPPORTED);
  if (version !== 2)
    throw fail(4, `version ${version} of glTF is not supported, only version 2; convert the file`);
  const declared = view.getUint32(8, true);
  if (declared > bytes) {
    throw fail(
      bytes,
      `the header says ${formatBytes(declared)} (${declared}), but the file has ${formatBytes(bytes)} (${bytes}): it is cut off; copy it again`,
    );
  }
  const jsonBytes = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK)
    throw fail(16, "the first chunk is not JSON: the file is damaged");
  if (HEADER_BYTES + jsonBytes > declared) {
    throw fail(
      12,
      `the JSON chunk declares ${formatBytes(jsonBytes)}, more than there is: the file is damaged`,
    );
  }
}

/**
 * Reads a GLB file: its JSON chunk and its BIN chunk.
 *
 * @throws LoadError
 */
export async function readGlb(
  path: string,
  source: FileSource,
): Promise<{ json: Uint8Array; bin: ArrayBuffer | undefined }> {
  await source.fillTo(HEADER_BYTES);
  checkGlbHeader(path, source.window, source.maxBytes);
  const view = viewOf(source.window);
  const end = view.getUint32(8, true);
  const jsonBytes = view.getUint32(12, true);
  source.consume(HEADER_BYTES);
  const json = new Uint8Array(await readChunk(path, source, jsonBytes));
  while (source.offset + 8 <= end) {
    const { offset } = source;
    await source.fillTo(8);
    if (source.window.length < 8) break;
    const header = viewOf(source.window);
    const length = header.getUint32(0, true);
    const type = header.getUint32(4, true);
    if (offset + 8 + length > end) {
      throw new LoadError(
        path,
        `a chunk declares ${length} bytes, more than there are: the file is damaged`,
        {
          format: "GLB",
          position: { byte: offset },
        },
      );
    }
    source.consume(8);
    if (type === BIN_CHUNK) return { json, bin: await readChunk(path, source, length) };
    await source.skip(length);
  }
  return { json, bin: undefined };
}

async function readChunk(path: string, source: FileSource, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const read = await source.readInto(bytes);
  if (read < length) {
    throw new LoadError(path, `a chunk of ${length} bytes ends after ${read}: the file is cut off`, {
      format: "GLB",
      position: { byte: source.offset },
    });
  }
  return bytes.buffer;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
