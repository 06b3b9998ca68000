import type { FileHead, Format } from "../format.ts";
import { LoadError, quote } from "../load-error.ts";

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
  detect: (head) => (typeOf(head) === undefined ? undefined : "certain"),
  checkHeader: (path, head) => {
    const type = typeOf(head) ?? "";
    if (Object.values(TYPES).includes(type)) return;
    const reason = `files of the type ${quote(type)} cannot be shown; those of ${Object.values(TYPES).join(", ")} can`;
    throw new LoadError(path, reason, { format: "VTK XML" });
  },
  // Arrays, the triangles that are made of them, and GL's copies.
  estimateMemory: ({ size }) => 4 * size,
  read: async (context) => (await import("./xml/read-vtk-xml.ts")).readVtkXml(context),
};

/** The type of the dataset; undefined if this is no VTK file in XML. */
function typeOf({ bytes }: FileHead): string | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096), { stream: true }).trimStart();
  return text.startsWith("<") ? /<VTKFile\b[^>]*\btype\s*=\s*["']([^"']*)["']/.exec(text)?.[1] : undefined;
}
