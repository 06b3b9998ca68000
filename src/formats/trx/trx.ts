import type { FileHead, Format } from "../format.ts";
import { startsWith } from "../starts-with.ts";

const ZIP_MAGIC = "PK\x03\x04";
/** Offset of the method of compression in the header of a file in an archive. */
const METHOD_OFFSET = 8;

export const trx: Format<"trx"> = {
  id: "trx",
  name: "TRX",
  description:
    "streamlines with values per point, streamline and group; ZIP archives, or the header.json of a folder",
  extensions: ["trx"],
  up: "z",
  detect,
  // Positions are float32, and the largest part of most files. GL has no copy of them.
  estimateMemory: ({ bytes, size }) => (isFloat32Stored(bytes) ? 1 : 2) * size,
  sampleStreamlines: async (_path, file) => (await import("./sample-trx.ts")).sampleTrx(file),
  read: async (context) => {
    const { source } = context;
    await source.fillTo(ZIP_MAGIC.length);
    const isArchive = startsWith(source.window, ZIP_MAGIC);
    return (await import("./read-trx.ts")).readTrx(context, isArchive);
  },
};

/** An archive is detected by the names of its first files, or by its extension. */
function detect({ bytes, extension, text }: FileHead): "certain" | undefined {
  if (startsWith(bytes, ZIP_MAGIC)) {
    // The name follows 26 bytes of other fields.
    const names = latin1(bytes)
      .split(ZIP_MAGIC)
      .map((part) => part.slice(26, 226));
    const isTrx = names.some((name) => /^(?:[^/]*\/)?(?:positions|offsets)\.(?:\d\.)?[a-z]+\d+/.test(name));
    return isTrx || extension === "trx" ? "certain" : undefined;
  }
  return text !== undefined && /^\{[\s\S]*"NB_VERTICES"\s*:/.test(text) ? "certain" : undefined;
}

/** Whether the first file of an archive is stored, and no positions in float16 are near the start. */
function isFloat32Stored(head: Uint8Array): boolean {
  return head[METHOD_OFFSET] === 0 && !latin1(head).includes("positions.3.float16");
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
