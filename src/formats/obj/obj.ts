import type { FileHead, Format } from "../format.ts";

export const obj: Format<"obj"> = {
  id: "obj",
  name: "OBJ",
  description:
    "polygons, lines and points with vertex colors and normals, MTL materials and their textures; no free-form surfaces",
  extensions: ["obj"],
  // OBJ does not define an up axis; its viewers (MeshLab, f3d, three.js) show y up.
  up: "y",
  detect,
  // Measured: 360 MB for 5 million triangles in a file of 200 MB.
  estimateMemory: ({ size }) => 1.8 * size,
  samplePoints: async (_path, file) => file.sampleLines(/^\s*v[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)/gm),
  read: async (context) => (await import("./read-obj.ts")).readObj(context),
};

const STATEMENT =
  /^(?:v|vn|vt|vp|f|fo|l|p|o|g|s|mg|usemtl|mtllib|usemap|maplib|cstype|deg|surf|curv2?|parm|end|shadow_obj|trace_obj|lod|bevel|c_interp|d_interp)(?:\s|$)/;
/** Statements that do not occur in other text. */
const UNMISTAKABLE =
  /^(?:(?:v|vn|vt)\s+(?:[-+.\d]|nan\b|inf)|fo?\s+-?\d|l\s+-?\d|p\s+-?\d|mtllib\s+\S|usemtl\s+\S)/i;

/** OBJ has no magic number: it is detected by lines that are OBJ statements, at least one of them unmistakable. */
function detect({ text, extension }: FileHead): "plausible" | undefined {
  if (text === undefined) return undefined;
  let statements = 0;
  let others = 0;
  let unmistakable = 0;
  for (const raw of text.split(/\r\n|\r|\n/, 400)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (STATEMENT.test(line)) statements += 1;
    else others += 1;
    if (UNMISTAKABLE.test(line)) unmistakable += 1;
  }
  const isObj =
    extension === "obj"
      ? unmistakable > 0 || (others === 0 && text !== "")
      : // One other line is allowed: the last line of the head can be cut off.
        unmistakable > 0 && others <= 1 && statements >= 2;
  return isObj ? "plausible" : undefined;
}
