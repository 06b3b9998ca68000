export type PlyEncoding = "ascii" | "binary_little_endian" | "binary_big_endian";

export interface PlySampleElement {
  readonly name: string;
  /** Property lines without the word "property": "float x", "list uchar int vertex_indices". */
  readonly properties: readonly string[];
  /** One entry per row with one value per property; lists are arrays. */
  readonly rows: readonly (readonly (number | readonly number[])[])[];
}

export interface PlySampleOptions {
  readonly encoding?: PlyEncoding;
  readonly comments?: readonly string[];
  /** Line end of the header; default: "\n". */
  readonly newline?: string;
  /** Line end after `end_header`; default: `newline`. */
  readonly lastNewline?: string;
  /** Wrong row counts to declare in the header, by element name. */
  readonly declared?: Readonly<Record<string, number>>;
}

/** Builds a PLY file of any elements in any encoding. */
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

interface ScalarType {
  readonly names: readonly string[];
  readonly bytes: number;
  readonly write: (view: DataView, value: number, little: boolean) => void;
}

const SCALAR_TYPES: readonly ScalarType[] = [
  { names: ["char", "int8"], bytes: 1, write: (view, value) => view.setInt8(0, value) },
  { names: ["uchar", "uint8"], bytes: 1, write: (view, value) => view.setUint8(0, value) },
  { names: ["short", "int16"], bytes: 2, write: (view, value, little) => view.setInt16(0, value, little) },
  { names: ["ushort", "uint16"], bytes: 2, write: (view, value, little) => view.setUint16(0, value, little) },
  { names: ["int", "int32"], bytes: 4, write: (view, value, little) => view.setInt32(0, value, little) },
  { names: ["uint", "uint32"], bytes: 4, write: (view, value, little) => view.setUint32(0, value, little) },
  {
    names: ["float", "float32"],
    bytes: 4,
    write: (view, value, little) => view.setFloat32(0, value, little),
  },
  {
    names: ["double", "float64"],
    bytes: 8,
    write: (view, value, little) => view.setFloat64(0, value, little),
  },
];

function scalar(name: string, value: number, little: boolean): Uint8Array {
  const type = SCALAR_TYPES.find(({ names }) => names.includes(name));
  if (type === undefined) throw new Error(`unknown PLY type ${name}`);
  const bytes = new Uint8Array(type.bytes);
  type.write(new DataView(bytes.buffer), value, little);
  return bytes;
}
