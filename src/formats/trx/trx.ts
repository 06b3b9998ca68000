import type { FileHead, Format } from "../format.ts";
import { startsWith } from "../starts-with.ts";

const ZIP_MAGIC = "PK\x03\x04";

export const trx: Format<"trx"> = {
  id: "trx",
  name: "TRX",
  description:
    "streamlines with values per point, streamline and group; ZIP archives, or the header.json of a folder",
  extensions: ["trx"],
  up: "z",
  detect,
  estimateMemory: ({ bytes, size }) => (latin1(bytes).includes(".float16") ? 4 : 2) * size,
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

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
