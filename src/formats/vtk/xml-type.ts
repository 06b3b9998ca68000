/** Types of XML files that name other files. */
const PARALLEL = ["PPolyData", "PUnstructuredGrid", "PImageData", "PStructuredGrid", "PRectilinearGrid"];
const COLLECTIONS = [
  "Collection",
  "vtkMultiBlockDataSet",
  "vtkMultiPieceDataSet",
  "vtkPartitionedDataSet",
  ...PARALLEL,
];

/** The type of a VTK file in XML, such as UnstructuredGrid; undefined for other files. */
export function xmlTypeOf(head: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(head.subarray(0, 4096), { stream: true }).trimStart();
  return text.startsWith("<") ? /<VTKFile\b[^>]*\btype\s*=\s*["']([^"']*)["']/.exec(text)?.[1] : undefined;
}

export function isCollectionType(type: string): boolean {
  return COLLECTIONS.includes(type);
}

/** Whether the files of this type have pieces of one dataset. */
export function isParallelType(type: string): boolean {
  return PARALLEL.includes(type);
}
