import type { FileHead, Format } from "../format.ts";
import { formatBytes, LoadError } from "../load-error.ts";
import type { SampledFile } from "../sampled-file.ts";
import { declaredStlBytes, isTextStl, STL_HEADER_BYTES, STL_TRIANGLE_BYTES } from "./stl-layout.ts";

/** Bytes. Measured: 596 MB, the difference between 8 and 1 million triangles. A text file has about 2.6 times this size. */
const MEMORY_PER_TRIANGLE = 85;

export const stl: Format<"stl"> = {
  id: "stl",
  name: "STL",
  description: "ASCII and binary, with the colors of Materialise Magics and VisCAM",
  extensions: ["stl"],
  // CAD programs and slicers show STL with z up: the build plate of a 3D printer is the x-y plane.
  up: "z",
  detect,
  checkHeader,
  estimateMemory: ({ bytes, size }) =>
    isTextStl(bytes, size) ? 0.5 * size : (MEMORY_PER_TRIANGLE * size) / STL_TRIANGLE_BYTES,
  samplePoints: async (_path, file) => sampleStl(file),
  read: async (context) => (await import("./read-stl.ts")).readStl(context),
};

/** Binary STL has no magic number: it is detected by its size, 84 bytes and 50 per triangle. */
function detect({ bytes, size, extension, text, isUtf16 }: FileHead): "certain" | "plausible" | undefined {
  if (declaredStlBytes(bytes) === size) return "certain";
  const hasExtension = extension === "stl";
  // A truncated or padded binary STL does not have the declared size.
  if (text === undefined) return hasExtension ? "plausible" : undefined;
  const isStl = /^solid\b[\s\S]*\bfacet\b/i.test(text) || (hasExtension && isTextStl(bytes, size));
  return isStl && !isUtf16 ? "plausible" : undefined;
}

/** Samples the first vertex of triangles. */
function sampleStl(file: SampledFile): number[] {
  if (isTextStl(file.head(), file.size)) return file.sampleLines(/^\s*vertex\s+(\S+)\s+(\S+)\s+(\S+)/gim);
  return file.sampleRecords(STL_HEADER_BYTES, STL_TRIANGLE_BYTES, Number.POSITIVE_INFINITY, (record) =>
    [12, 16, 20].map((offset) => record.getFloat32(offset, true)),
  );
}

function checkHeader(path: string, { bytes: head, size }: FileHead): void {
  if (isTextStl(head, size)) {
    if (size > head.byteLength || /\bvertex\s/i.test(new TextDecoder("latin1").decode(head))) return;
    throw new LoadError(path, "there are no triangles in it", { format: "STL" });
  }
  if (size < STL_HEADER_BYTES) {
    const reason = `the file is cut off in its header: it has ${formatBytes(size)}, the header alone has ${STL_HEADER_BYTES} bytes`;
    throw new LoadError(path, reason, { format: "STL", position: { byte: size } });
  }
  if (size < STL_HEADER_BYTES + STL_TRIANGLE_BYTES) {
    throw new LoadError(path, "there are 0 triangles in it: there is nothing to draw", {
      format: "STL",
      position: { byte: 80 },
    });
  }
}
