import { quote } from "./load-error.ts";
import { declaredStlBytes, isTextStl } from "./stl/stl-layout.ts";
import { utf16Encoding } from "./text-encoding.ts";

export type MeshFormat = "obj" | "ply" | "stl" | "gltf" | "glb";

/** How a format is called in messages, in the order in which they are listed to people. */
export const FORMAT_NAMES: Readonly<Record<MeshFormat, string>> = {
  obj: "OBJ",
  ply: "PLY",
  stl: "STL",
  gltf: "glTF",
  glb: "GLB",
};

/** "OBJ (with MTL), PLY, STL, glTF, GLB": what a message about an unknown format ends with. */
export const KNOWN_FORMATS = "OBJ (with MTL), PLY, STL, glTF, GLB";

/** How many bytes from the start of a file are enough for `detectFormat`. */
export const DETECTION_BYTES = 65_536;

export interface Detection {
  /** The format by content, or by the extension where the content allows it; undefined: not one of ours. */
  readonly format: MeshFormat | undefined;
  /** The format that the file's name promises. */
  readonly extension: MeshFormat | undefined;
  /** What the bytes look like, for messages: "plain text", "a PNG picture", "binary data". */
  readonly looksLike: string;
}

/**
 * Tells a mesh format: by content first, by the extension of `name` second.
 *
 * @param head the first `DETECTION_BYTES` of the file, or all of it
 * @param name file name or path, for its extension only
 * @param size of the whole file in bytes; default: that of `head`. Binary STL has no magic number: it is known by
 *   its size, 84 + 50 bytes a triangle.
 */
export function detectFormat(head: Uint8Array, name: string, size: number = head.byteLength): Detection {
  const extension = formatOfName(name);
  const found = (format: MeshFormat, looksLike = FORMAT_NAMES[format]): Detection => ({
    format,
    extension,
    looksLike,
  });
  if (startsWith(head, "glTF")) return found("glb");
  if (/^ply[ \t]*[\r\n]/i.test(latin1(head.subarray(0, 80)))) return found("ply");
  if (declaredStlBytes(head) === size) return found("stl");

  const foreign = foreignKind(head);
  if (foreign !== undefined) return { format: undefined, extension, looksLike: foreign };

  const text = asText(head);
  if (text === undefined) {
    // A cut-off or padded binary STL has neither a magic number nor the right size: only its name tells.
    return extension === "stl"
      ? found("stl", "binary data")
      : { format: undefined, extension, looksLike: "binary data" };
  }
  const body = text.trimStart();
  if (utf16Encoding(head) !== undefined) {
    return looksLikeObj(body, extension)
      ? found("obj")
      : { format: undefined, extension, looksLike: "text in UTF-16 (save it as UTF-8)" };
  }
  const solid = /^solid\b[\s\S]*\bfacet\b/i.test(body);
  if (solid || (extension === "stl" && isTextStl(head, size))) return found("stl");
  if (body.startsWith("{") && (/"asset"\s*:/.test(body) || extension === "gltf")) return found("gltf");
  if (looksLikeObj(body, extension)) return found("obj");
  const kind = body.startsWith("{") ? "JSON" : body.startsWith("<") ? "XML or HTML" : "plain text";
  const firstLine = body.split(/[\r\n]/, 1)[0] ?? "";
  return {
    format: undefined,
    extension,
    looksLike: firstLine === "" ? kind : `${kind} that starts with ${quote(firstLine)}`,
  };
}

/** The format that a file name promises by its extension; letter case does not matter. */
export function formatOfName(name: string): MeshFormat | undefined {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
  return extension !== undefined && Object.hasOwn(FORMAT_NAMES, extension)
    ? (extension as MeshFormat)
    : undefined;
}

const OBJ_STATEMENT =
  /^(?:v|vn|vt|vp|f|fo|l|p|o|g|s|mg|usemtl|mtllib|usemap|maplib|cstype|deg|surf|curv2?|parm|end|shadow_obj|trace_obj|lod|bevel|c_interp|d_interp)(?:\s|$)/;
const OBJ_PROOF =
  /^(?:(?:v|vn|vt)\s+(?:[-+.\d]|nan\b|inf)|fo?\s+-?\d|l\s+-?\d|p\s+-?\d|mtllib\s+\S|usemtl\s+\S)/i;

/** OBJ has no magic: it is text whose lines are OBJ statements, at least one of them unmistakable. */
function looksLikeObj(body: string, extension: MeshFormat | undefined): boolean {
  let statements = 0;
  let strangers = 0;
  let proofs = 0;
  for (const raw of body.split(/\r\n|\r|\n/, 400)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (OBJ_STATEMENT.test(line)) statements += 1;
    else strangers += 1;
    if (OBJ_PROOF.test(line)) proofs += 1;
  }
  if (extension === "obj") return proofs > 0 || (strangers === 0 && body !== "");
  // The last line of the head may be cut in two, so one stranger is allowed.
  return proofs > 0 && strangers <= 1 && statements >= 2;
}

const FOREIGN_MAGIC: readonly (readonly [string, string])[] = [
  ["\x89PNG", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["GIF8", "a GIF picture"],
  ["\x1f\x8b", "gzip data"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\xfd7zXZ", "xz data"],
  ["\x28\xb5\x2f\xfd", "zstd data"],
  ["BZh", "bzip2 data"],
  ["%PDF", "a PDF document"],
  ["\x7fELF", "a program (ELF)"],
  ["\x89HDF", "HDF5 data"],
  ["TRACK\0", "a TrackVis file (TRK)"],
  ["mrtrix tracks", "an MRtrix file (TCK)"],
  ["NRRD", "an NRRD volume"],
  ["# vtk DataFile", "a legacy VTK file"],
  ["Kaydara FBX", "an FBX file"],
  ["BLENDER", "a Blender file"],
];

function foreignKind(head: Uint8Array): string | undefined {
  const magic = FOREIGN_MAGIC.find(([bytes]) => startsWith(head, bytes));
  if (magic !== undefined) return magic[1];
  if (head.byteLength >= 348 && /^n[i+]1/.test(latin1(head.subarray(344, 348)))) return "a NIfTI volume";
  if (startsWith(head, "<?xml") || startsWith(head, "<")) {
    const text = latin1(head.subarray(0, 2048));
    if (text.includes("<VTKFile")) return "a VTK XML file";
    if (text.includes("<GIFTI")) return "a GIFTI surface";
    if (text.includes("<COLLADA")) return "a Collada file";
  }
  return undefined;
}

/** The head as text (a cut last character is forgiven), or undefined for binary data. */
function asText(head: Uint8Array): string | undefined {
  const utf16 = utf16Encoding(head);
  if (utf16 === undefined && head.includes(0)) return undefined;
  const text = new TextDecoder(utf16 ?? "utf-8").decode(head, { stream: true });
  let strange = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0xfffd || (code < 32 && code !== 9 && code !== 10 && code !== 12 && code !== 13))
      strange += 1;
  }
  // Comments in Latin-1 decode to a few replacement characters; binary data to a great many.
  return strange <= text.length / 50 ? text : undefined;
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  if (bytes.byteLength < magic.length) return false;
  for (let i = 0; i < magic.length; i += 1) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
