import { deflateSync } from "node:zlib";

type Mode = "ascii" | "binary" | "raw" | "base64";

export interface XmlSampleOptions {
  readonly mode?: Mode;
  readonly compressed?: boolean;
  readonly headerType?: "UInt32" | "UInt64";
  /** Number of copies of the piece; default: 1. */
  readonly pieces?: number;
}

type Values = Float32Array | Uint8Array | Int32Array | BigInt64Array;

const TYPES = { Float32Array: "Float32", Uint8Array: "UInt8", Int32Array: "Int32", BigInt64Array: "Int64" };

/** Two tetrahedra with a common face, in the encodings of VTK's files. An array of three bytes precedes the others. */
export function vtuFile(options: XmlSampleOptions = {}): Buffer {
  const { pieces = 1 } = options;
  const arrays = new ArrayWriter(options);
  const piece = (index: number): string => `<Piece NumberOfPoints="5" NumberOfCells="2">
<PointData Scalars="T" Vectors="v">
${arrays.add("marks", Uint8Array.of(60, 201, 38, 0, 95))}
${arrays.add(
  "v",
  Float32Array.from({ length: 15 }, (_, i) => i),
  3,
)}
${arrays.add("T", Float32Array.of(1, 2, 3, 4, 5 + index))}
</PointData>
<CellData>
${arrays.add("id", Int32Array.of(7 + 2 * index, 8 + 2 * index))}
</CellData>
<Points>
${arrays.add("Points", Float32Array.of(index, 0, 0, 1 + index, 0, 0, index, 1, 0, index, 0, 1, 1 + index, 1, 1), 3)}
</Points>
<Cells>
${arrays.add("connectivity", BigInt64Array.of(0n, 1n, 2n, 3n, 1n, 2n, 3n, 4n))}
${arrays.add("offsets", BigInt64Array.of(4n, 8n))}
${arrays.add("types", Uint8Array.of(10, 10))}
</Cells>
</Piece>
`;
  const body = Array.from({ length: pieces }, (_, i) => piece(i)).join("");
  const grid = `<UnstructuredGrid>\n<FieldData><DataArray type="Float64" Name="TimeValue" NumberOfTuples="1" format="ascii">0.5</DataArray></FieldData>\n${body}</UnstructuredGrid>\n`;
  return arrays.file("UnstructuredGrid", grid);
}

/** An image of 3 x 2 x 2 points with values, whose extent does not start at 0. */
export function vtiFile(options: XmlSampleOptions = {}): Buffer {
  const arrays = new ArrayWriter(options);
  return arrays.file(
    "ImageData",
    `<ImageData WholeExtent="1 3 0 1 0 1" Origin="0 0 0" Spacing="2 1 1" Direction="0 1 0 1 0 0 0 0 1">
<Piece Extent="1 3 0 1 0 1"><PointData Scalars="s">
${arrays.add(
  "s",
  Float32Array.from({ length: 12 }, (_, i) => i),
)}
</PointData></Piece></ImageData>
`,
  );
}

/** Writes `DataArray` elements, and the data that is appended. */
class ArrayWriter {
  readonly #options: XmlSampleOptions;
  readonly #appended: Buffer[] = [];

  constructor(options: XmlSampleOptions) {
    this.#options = options;
  }

  add(name: string, values: Values, components = 1): string {
    const { mode = "ascii" } = this.#options;
    const type = TYPES[values.constructor.name as keyof typeof TYPES];
    const start = `<DataArray type="${type}" Name="${name}" NumberOfComponents="${components}"`;
    if (mode === "ascii")
      return `${start} format="ascii">\n${Array.from(values as Iterable<unknown>).join(" ")}\n</DataArray>`;
    const [header, data] = this.#encode(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    const parts = this.#options.compressed ? [header, data] : [Buffer.concat([header, data])];
    const text = parts.map((part) => part.toString("base64")).join("");
    if (mode === "binary") return `${start} format="binary">\n  ${text}\n</DataArray>`;
    const offset = this.#appended.reduce((sum, { length }) => sum + length, 0);
    this.#appended.push(mode === "raw" ? Buffer.concat(parts) : Buffer.from(text));
    return `${start} format="appended" offset="${offset}"/>`;
  }

  file(type: string, dataset: string): Buffer {
    const { mode = "ascii", compressed, headerType = "UInt32" } = this.#options;
    const compressor = compressed ? ' compressor="vtkZLibDataCompressor"' : "";
    const root = `<?xml version="1.0"?>\n<VTKFile type="${type}" version="1.0" byte_order="LittleEndian" header_type="${headerType}"${compressor}>\n`;
    if (mode === "ascii" || mode === "binary") return Buffer.from(`${root}${dataset}</VTKFile>\n`);
    return Buffer.concat([
      Buffer.from(`${root}${dataset}<AppendedData encoding="${mode}">\n   _`),
      ...this.#appended,
      Buffer.from("\n</AppendedData>\n</VTKFile>\n"),
    ]);
  }

  /** Header and data. Compressed data has blocks of 16 bytes. */
  #encode(bytes: Buffer): [header: Buffer, data: Buffer] {
    if (!this.#options.compressed) return [this.#header([bytes.length]), bytes];
    const blocks = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) =>
      deflateSync(bytes.subarray(16 * i, 16 * (i + 1))),
    );
    const sizes = blocks.map(({ length }) => length);
    return [this.#header([blocks.length, 16, bytes.length % 16, ...sizes]), Buffer.concat(blocks)];
  }

  #header(numbers: readonly number[]): Buffer {
    const wide = this.#options.headerType === "UInt64";
    const header = Buffer.alloc((wide ? 8 : 4) * numbers.length);
    for (const [i, number] of numbers.entries()) {
      if (wide) header.writeBigUInt64LE(BigInt(number), 8 * i);
      else header.writeUInt32LE(number, 4 * i);
    }
    return header;
  }
}

export const XML_SAMPLES: readonly (() => Buffer)[] = [
  () => vtuFile(),
  () => vtuFile({ mode: "binary" }),
  () => vtuFile({ mode: "binary", compressed: true, headerType: "UInt64" }),
  () => vtuFile({ mode: "raw" }),
  () => vtuFile({ mode: "raw", compressed: true }),
  () => vtuFile({ mode: "base64", headerType: "UInt64", pieces: 2 }),
  () => vtiFile({ mode: "raw", headerType: "UInt64" }),
];

/** Two time steps, of which the later one is first in the file. */
export const PVD = `<?xml version="1.0"?>
<VTKFile type="Collection" version="0.1">
  <Collection>
    <DataSet timestep="2" group="" part="0" file="steps/b.vtu"/>
    <DataSet timestep="0.5" group="" part="0" file="steps/a.vtu"/>
  </Collection>
</VTKFile>
`;

export const SERIES = `{"file-series-version": "1.0", "files": [
  {"name": "steps/c.vtk", "time": 0},
  {"name": "steps/d.vtk", "time": 7}
]}
`;
