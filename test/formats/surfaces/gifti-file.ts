/** An array of a GIFTI file. Default: ASCII, little-endian, row-major. */
interface GiftiSample {
  readonly intent: string;
  readonly type?: string;
  readonly dims?: readonly number[];
  /** Content of the Data element. Default: those of a tetrahedron. */
  readonly data?: string;
  /** More attributes. */
  readonly attributes?: string;
  /** Elements before Data. */
  readonly inner?: string;
}

export const POINTSET: GiftiSample = {
  intent: "POINTSET",
  dims: [4, 3],
  data: "0 0 0  10 0 0  0 20 0  0 0 30",
};

export const TRIANGLE: GiftiSample = {
  intent: "TRIANGLE",
  type: "INT32",
  dims: [4, 3],
  data: "0 1 2\n0 1 3\n0 2 3\n1 2 3",
};

export const SHAPE: GiftiSample = { intent: "SHAPE", dims: [4], data: "1 2.5 -3e1 4" };

/** The metadata of the points of a left cortex. */
export const LEFT =
  "<MetaData><MD><Name>AnatomicalStructurePrimary</Name><Value>CortexLeft</Value></MD></MetaData>";

/** @param before elements before the arrays */
export function giftiFile(arrays: readonly GiftiSample[], before = ""): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">',
    `<GIFTI Version="1.0" NumberOfDataArrays="${arrays.length}">`,
    before,
    ...arrays.map(arrayElement),
    "</GIFTI>",
  ].join("\n");
}

function arrayElement({
  intent,
  type = "FLOAT32",
  dims = [4],
  data = "",
  attributes = "",
  inner = "",
}: GiftiSample): string {
  const sizes = dims.map((size, i) => `Dim${i}="${size}"`).join(" ");
  const encoding = attributes.includes("Encoding=") ? "" : 'Encoding="ASCII"';
  const all = `Intent="NIFTI_INTENT_${intent}" DataType="NIFTI_TYPE_${type}" Dimensionality="${dims.length}" ${sizes}`;
  return `<DataArray ${all} ${encoding} ${attributes}>${inner}<Data>${data}</Data></DataArray>`;
}
