import type { FileHead, Format } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { startsWith } from "../starts-with.ts";
import { checkGlbHeader, MAX_JSON_BYTES } from "./glb-container.ts";

/**
 * Bytes of memory per byte of the file. Accessors have the layout of GL's arrays, so that the file size is proportional to the number
 * of elements. Measured: 451 MB for 126 MB, the difference between files of 8 and 1 million triangles.
 */
const MEMORY_FACTOR = 3.6;

export const gltf: Format<"gltf"> = {
  id: "gltf",
  name: "glTF",
  description:
    "version 2.0 with materials, textures, lights, cameras, skins, morph targets and animations; Draco, meshopt and KTX2",
  extensions: ["gltf"],
  // glTF 2.0, section 3.4.
  up: "y",
  limit: { bytes: MAX_JSON_BYTES, advice: "save it as GLB" },
  detect: ({ text, extension, isUtf16 }: FileHead) => {
    const isJson = text?.startsWith("{") === true && !isUtf16;
    return isJson && (extension === "gltf" || /"asset"\s*:/.test(text)) ? "plausible" : undefined;
  },
  checkHeader: (path, { size }, tail) => {
    if (new TextDecoder("latin1").decode(tail).trimEnd().endsWith("}")) return;
    throw new LoadError(path, "the JSON does not end with }: the file is cut off", {
      format: "glTF",
      position: { byte: size },
    });
  },
  // The buffers can be in other files.
  estimateMemory: ({ bytes, size }) => MEMORY_FACTOR * (size + largestBuffer(bytes)),
  read: async (context) => (await import("./read-gltf.ts")).readGltf(context, "glTF"),
};

/** glTF's binary container. */
export const glb: Format<"glb"> = {
  id: "glb",
  name: "GLB",
  description: "glTF 2.0 in one binary file",
  extensions: ["glb"],
  up: "y",
  detect: ({ bytes }) => (startsWith(bytes, "glTF") ? "certain" : undefined),
  checkHeader: (path, { bytes, size }) => checkGlbHeader(path, bytes, size),
  estimateMemory: ({ size }) => MEMORY_FACTOR * size,
  samplePoints: async (path, file) => (await import("./sample-glb.ts")).sampleGlb(path, file),
  read: async (context) => (await import("./read-gltf.ts")).readGltf(context, "GLB"),
};

/** The largest size of a buffer, or a part of one, that the start of the JSON declares. */
function largestBuffer(head: Uint8Array): number {
  const text = new TextDecoder("latin1").decode(head);
  return Math.max(
    0,
    ...Array.from(text.matchAll(/"byteLength"\s*:\s*(\d{1,12})/g), ([, bytes]) => Number(bytes)),
  );
}
