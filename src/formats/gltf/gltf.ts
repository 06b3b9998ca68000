import type { FileHead, Format } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { startsWith } from "../starts-with.ts";
import { checkGlbHeader, MAX_JSON_BYTES } from "./glb-container.ts";

/**
 * Memory per byte of the file. Its accessors are arrays as GL takes them, so that their size stands for the number of elements. The
 * difference of 8 and 1 million triangles, 126 MB, is 695 MB.
 */
const MEMORY_FACTOR = 5.5;

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
  // Its buffers are in other files, or in base64.
  estimateMemory: ({ size }) => MEMORY_FACTOR * size,
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
  read: async (context) => (await import("./read-gltf.ts")).readGltf(context, "GLB"),
};
