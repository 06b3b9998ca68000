import { formatBytes, LoadError } from "../load-error.ts";
import { GLTF_1_UNSUPPORTED } from "./gltf-error.ts";

const HEADER_BYTES = 20;
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;

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
 * Splits a GLB file into its JSON chunk, as a view, and its BIN chunk, as a copy.
 *
 * @throws LoadError
 */
export function splitGlb(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): { json: Uint8Array; bin: ArrayBuffer | undefined } {
  checkGlbHeader(path, bytes, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.getUint32(8, true);
  const jsonBytes = view.getUint32(12, true);
  const json = bytes.subarray(HEADER_BYTES, HEADER_BYTES + jsonBytes);
  for (let offset = HEADER_BYTES + jsonBytes; offset + 8 <= end; ) {
    const length = view.getUint32(offset, true);
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
    if (view.getUint32(offset + 4, true) === BIN_CHUNK) {
      return { json, bin: bytes.slice(offset + 8, offset + 8 + length).buffer };
    }
    offset += 8 + length;
  }
  return { json, bin: undefined };
}
