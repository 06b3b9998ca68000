import type { FileHead, Format } from "../format.ts";
import { startsWith } from "../starts-with.ts";

const ZIP_MAGIC = "PK\x03\x04";

/** Bytes of memory per byte of the file: its text is up to 10 times as long, and is in memory as a whole. Measured: 430 MB for 9 MB. */
const MEMORY_FACTOR = 50;

export const threeMf: Format<"3mf"> = {
  id: "3mf",
  name: "3MF",
  description: "triangles with their colors, and components; no textures, lattices and slices",
  extensions: ["3mf"],
  // 3MF core specification, section 3.3: the build plate is the x-y plane.
  up: "z",
  detect: ({ bytes, extension }: FileHead) => {
    if (!startsWith(bytes, ZIP_MAGIC)) return undefined;
    const text = new TextDecoder("latin1").decode(bytes);
    const isNamed = extension === "3mf" && /\[Content_Types\]\.xml|_rels\/|3D\//.test(text);
    return isNamed || text.includes("3D/3dmodel.model") ? "certain" : undefined;
  },
  estimateMemory: ({ size }) => MEMORY_FACTOR * size,
  read: async (context) => (await import("./read-3mf.ts")).read3mf(context),
};
