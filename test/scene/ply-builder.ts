export type PlyEncoding = "ascii" | "binary_little_endian" | "binary_big_endian";

export interface PlySampleElement {
  readonly name: string;
  /** As in the header without its keyword: "float x", "list uchar int vertex_indices". */
  readonly properties: readonly string[];
  /** One entry a row, in it one entry a property; lists are arrays. */
  readonly rows: readonly (readonly (number | readonly number[])[])[];
}

export interface PlySampleOptions {
  readonly encoding?: PlyEncoding;
  readonly comments?: readonly string[];
  /** End of each header line; default: "\n". */
  readonly newline?: string;
  /** End of the line `end_header`; default: as the others. */
  readonly lastNewline?: string;
  /** Counts that the header declares in place of the true ones. */
  readonly declared?: Readonly<Record<string, number>>;
}

/** Writes a PLY file of any elements in any encoding. */
export function plyFile(elements: readonly PlySampleElement[], options: PlySampleOptions = {}): Buffer {
  const { encoding = "ascii", comments = [], newline = "\n", lastNewline = newline, declared = {} } = options;
  const header = [
    "ply",
    `format ${encoding} 1.0`,
    ...comments.map((comment) => `comment ${comment}`),
    ...elements.flatMap(({ name, properties, rows }) => [
      `element ${name} ${declared[name] ?? rows.length}`,
      ...properties.map((property) => `property ${property}`),
    ]),
  ];
  const head = Buffer.from(`${header.join(newline)}${newline}end_header${lastNewline}`, "latin1");
  if (encoding === "ascii") {
    const rows = elements.flatMap((element) => element.rows.map((row) => asciiRow(row)));
    return Buffer.concat([head, Buffer.from(rows.map((row) => row + newline).join(""))]);
  }
  const little = encoding === "binary_little_endian";
  const body: Uint8Array[] = elements.flatMap(({ properties, rows }) =>
    rows.flatMap((row) =>
      row.flatMap((value, i) => {
        const words = (properties[i] ?? "").split(" ");
        if (typeof value === "number") return [scalar(words[0] ?? "", value, little)];
        const [, countType = "", itemType = ""] = words;
        return [
          scalar(countType, value.length, little),
          ...value.map((item) => scalar(itemType, item, little)),
        ];
      }),
    ),
  );
  return Buffer.concat([head, ...body]);
}

function asciiRow(row: readonly (number | readonly number[])[]): string {
  return row
    .map((value) => (typeof value === "number" ? value : [value.length, ...value].join(" ")))
    .join(" ");
}

function scalar(type: string, value: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  switch (type) {
    case "char":
    case "int8":
      view.setInt8(0, value);
      return bytes.subarray(0, 1);
    case "uchar":
    case "uint8":
      view.setUint8(0, value);
      return bytes.subarray(0, 1);
    case "short":
    case "int16":
      view.setInt16(0, value, little);
      return bytes.subarray(0, 2);
    case "ushort":
    case "uint16":
      view.setUint16(0, value, little);
      return bytes.subarray(0, 2);
    case "int":
    case "int32":
      view.setInt32(0, value, little);
      return bytes.subarray(0, 4);
    case "uint":
    case "uint32":
      view.setUint32(0, value, little);
      return bytes.subarray(0, 4);
    case "float":
    case "float32":
      view.setFloat32(0, value, little);
      return bytes.subarray(0, 4);
    case "double":
    case "float64":
      view.setFloat64(0, value, little);
      return bytes;
    default:
      throw new Error(`unknown PLY type ${type}`);
  }
}
