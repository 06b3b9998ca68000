import { threeMf } from "./3mf/3mf.ts";
import { bcif, mmcif } from "./cif/cif.ts";
import { cifti } from "./cifti/cifti.ts";
import { dcd } from "./dcd/dcd.ts";
import type { FileHead, Format } from "./format.ts";
import {
  freesurferAnnotation,
  freesurferLabel,
  freesurferPaint,
  freesurferSurface,
  freesurferValues,
} from "./freesurfer/freesurfer.ts";
import { gifti } from "./gifti/gifti.ts";
import { glb, gltf } from "./gltf/gltf.ts";
import { las } from "./las/las.ts";
import { quote } from "./load-error.ts";
import { metaimage } from "./metaimage/metaimage.ts";
import { mgh } from "./mgh/mgh.ts";
import { mif } from "./mif/mif.ts";
import { mol2 } from "./mol2/mol2.ts";
import { nifti } from "./nifti/nifti.ts";
import { npy } from "./npy/npy.ts";
import { nrrd } from "./nrrd/nrrd.ts";
import { obj } from "./obj/obj.ts";
import { off } from "./off/off.ts";
import { openfoam } from "./openfoam/openfoam.ts";
import { pcd } from "./pcd/pcd.ts";
import { pdb } from "./pdb/pdb.ts";
import { ply } from "./ply/ply.ts";
import { sdf } from "./sdf/sdf.ts";
import { splat } from "./splat/splat.ts";
import { startsWith } from "./starts-with.ts";
import { stl } from "./stl/stl.ts";
import { tck, tsf } from "./tck/tck.ts";
import { utf16Encoding } from "./text-encoding.ts";
import { textPoints } from "./text-points/text-points.ts";
import { trk } from "./trk/trk.ts";
import { trx } from "./trx/trx.ts";
import { tt } from "./tt/tt.ts";
import { vtkCollection } from "./vtk/vtk-collection.ts";
import { vtkLegacy } from "./vtk/vtk-legacy.ts";
import { vtkXml } from "./vtk/vtk-xml.ts";
import { xtc } from "./xtc/xtc.ts";

/** The supported formats, in the order of help texts and messages. */

export const FORMATS = [
  obj,
  ply,
  stl,
  gltf,
  glb,
  off,
  threeMf,
  trk,
  tck,
  tsf,
  trx,
  tt,
  // Before NIfTI, of which it is a special case.
  cifti,
  nifti,
  vtkLegacy,
  mgh,
  nrrd,
  metaimage,
  mif,
  npy,
  vtkXml,
  vtkCollection,
  openfoam,
  gifti,
  pdb,
  mmcif,
  bcif,
  sdf,
  mol2,
  dcd,
  xtc,
  freesurferSurface,
  freesurferValues,
  freesurferAnnotation,
  freesurferPaint,
  freesurferLabel,
  pcd,
  las,
  splat,
  textPoints,
] as const;

export type FormatId = (typeof FORMATS)[number]["id"];

/**
 * Collects the properties of a file that format detection uses.
 *
 * @param bytes the first `DETECTION_BYTES` of the file, or all of it
 * @param name file name or path, for its extension
 * @param size of the whole file, bytes; default: that of `bytes`
 */
export function fileHead(bytes: Uint8Array, name: string, size: number = bytes.byteLength): FileHead {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return {
    bytes,
    size,
    extension,
    text: textOf(bytes)?.trimStart(),
    isUtf16: utf16Encoding(bytes) !== undefined,
  };
}

/** Detects the format by content, or by the extension if the content is ambiguous. */
export function detectFormat(head: FileHead): Format<FormatId> | undefined {
  const matches = FORMATS.map((format) => ({ format, match: format.detect(head) }));
  const certain = matches.find(({ match }) => match === "certain");
  if (certain !== undefined || foreignFormat(head.bytes) !== undefined) return certain?.format;
  return matches.find(({ match }) => match === "plausible")?.format;
}

/** Message for a file of an unknown format: its content as far as it is recognized, and the supported formats. */
export function describeUnknown(head: FileHead): string {
  const expected = FORMATS.find(({ extensions }) => extensions.includes(head.extension));
  const correction = expected === undefined ? "" : `, not ${expected.name} as its name says`;
  return `this is ${describeContent(head)}${correction}; files that can be shown: ${formatNames()}`;
}

/** "OBJ, PLY, STL, glTF, GLB" */
export function formatNames(): string {
  return FORMATS.map(({ name }) => name).join(", ");
}

/** "OBJ, PLY, STL, glTF or GLB", for help texts. */
export function formatAlternatives(): string {
  return formatNames().replace(/, (?=[^,]*$)/, " or ");
}

/** A Markdown table of the formats, for the documentation. */
export function formatTable(): string {
  const rows = FORMATS.map(({ name, extensions, description }) => {
    return `| ${name} | ${extensions.map((extension) => `\`.${extension}\``).join(", ")} | ${description} |`;
  });
  const gzip = "| gzip | `.gz` | files of these formats, compressed |";
  return ["| format | extension | what is read |", "| --- | --- | --- |", ...rows, gzip, ""].join("\n");
}

function describeContent({ bytes, text, isUtf16 }: FileHead): string {
  const foreignName = foreignFormat(bytes);
  if (foreignName !== undefined) return foreignName;
  if (text === undefined) return "binary data";
  if (isUtf16) return "text in UTF-16 (save it as UTF-8)";
  const kind = text.startsWith("{") ? "JSON" : text.startsWith("<") ? "XML or HTML" : "plain text";
  const firstLine = text.split(/[\r\n]/, 1)[0] ?? "";
  return firstLine === "" ? kind : `${kind} that starts with ${quote(firstLine)}`;
}

/** Magic numbers of formats that cannot be read, with their names for messages. */
const FOREIGN_MAGIC: readonly (readonly [string, string])[] = [
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["\x1f\x8b", "gzip data"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\xfd7zXZ", "xz data"],
  ["\x28\xb5\x2f\xfd", "zstd data"],
  ["BZh", "bzip2 data"],
  ["%PDF", "a PDF document"],
  ["\x7fELF", "a program (ELF)"],
  ["\x89HDF", "HDF5 data"],
  ["Kaydara FBX", "an FBX file"],
  ["BLENDER", "a Blender file"],
];

function foreignFormat(head: Uint8Array): string | undefined {
  const magic = FOREIGN_MAGIC.find(([bytes]) => startsWith(head, bytes));
  if (magic !== undefined) return magic[1];
  if (startsWith(head, "<")) {
    const text = new TextDecoder("latin1").decode(head.subarray(0, 2048));
    if (text.includes("<COLLADA")) return "a Collada file";
  }
  return undefined;
}

/** Decodes the head of a text file; undefined for binary data. */
function textOf(head: Uint8Array): string | undefined {
  const utf16 = utf16Encoding(head);
  if (utf16 === undefined && head.includes(0)) return undefined;
  // `stream` ignores a character that is cut off at the end.
  const text = new TextDecoder(utf16 ?? "utf-8").decode(head, { stream: true });
  let invalid = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0xfffd || (code < 32 && ![9, 10, 12, 13].includes(code))) invalid += 1;
  }
  // Comments in Latin-1 decode to a few replacement characters, binary data to many.
  return invalid <= text.length / 50 ? text : undefined;
}
