import type { FileHead, Format } from "../format.ts";
import { LoadError, quote } from "../load-error.ts";
import { isCollectionType, xmlTypeOf } from "./xml-type.ts";

/** The types of datasets that can be read, by the extension of their files. */
const TYPES = {
  vtp: "PolyData",
  vtu: "UnstructuredGrid",
  vti: "ImageData",
  vts: "StructuredGrid",
  vtr: "RectilinearGrid",
};

export const vtkXml: Format<"vtk-xml"> = {
  id: "vtk-xml",
  name: "VTK XML",
  description:
    "polygonal data, unstructured grids by their outer faces, images as volumes, structured and rectilinear grids; ASCII, base64 and appended data, zlib and LZ4",
  extensions: Object.keys(TYPES),
  up: "y",
  detect: ({ bytes }) => {
    const type = xmlTypeOf(bytes);
    return type === undefined || isCollectionType(type) ? undefined : "certain";
  },
  checkHeader: (path, head) => {
    const type = xmlTypeOf(head.bytes) ?? "";
    if (Object.values(TYPES).includes(type)) return;
    const reason = `files of the type ${quote(type)} cannot be shown; those of ${Object.values(TYPES).join(", ")} can`;
    throw new LoadError(path, reason, { format: "VTK XML" });
  },
  estimateMemory,
  samplePoints: async (_path, file) => (await import("./sample-points.ts")).sampleXml(file),
  read: async (context) => (await import("./xml/read-vtk-xml.ts")).readVtkXml(context),
};

/**
 * Measured for 8 million triangles (VTP) and 10 million tetrahedra (VTU), whose inner faces need no memory after they are found: 1.6 and 0.8
 * bytes a byte of raw data, 6 of data compressed with zlib, 2.4 of text; and the levels of detail.
 */
function estimateMemory(head: FileHead): number {
  const text = new TextDecoder("latin1").decode(head.bytes.subarray(0, 4096));
  const isCompressed = /\bcompressor\s*=\s*["']vtk/.test(text);
  const isText = /\bformat\s*=\s*["']ascii/.test(text);
  const factor = isText ? 3 : isCompressed ? 7 : 2;
  return factor * head.size * (xmlTypeOf(head.bytes) === TYPES.vtu ? 0.6 : 1);
}
