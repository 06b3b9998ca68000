import { constants, gunzipSync } from "node:zlib";
import { startsWith } from "./starts-with.ts";

/** Whether a file has the magic number of gzip (RFC 1952, with deflate). */
export function isGzip(head: Uint8Array): boolean {
  return startsWith(head, "\x1f\x8b\x08");
}

/** Decompresses the start of a file, as far as it is complete. Returns an empty array if it is damaged. */
export function gunzipHead(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}
