/** Content of a file of MRtrix. */
export interface TckContent {
  /** Rows of numbers of each streamline: x, y, z, or one scalar. */
  readonly streamlines: readonly (readonly (readonly number[])[])[];
  /** Default: Float32LE. */
  readonly datatype?: "Float32LE" | "Float32BE" | "Float64LE" | "Float64BE";
  /** Lines of the header between the magic line and END, without `file`; default: `datatype` and `count`. */
  readonly lines?: readonly string[];
  /** Default: "mrtrix tracks". */
  readonly magic?: string;
  /** Value of `file`, or undefined to leave it out; default: the correct offset. */
  readonly file?: string | undefined;
}

/** Makes a file of MRtrix: tracks, or track scalars. */
export function tckFile(content: TckContent): Buffer {
  const { streamlines, datatype = "Float32LE", magic = "mrtrix tracks" } = content;
  const columns = streamlines.flat()[0]?.length ?? 3;
  const fields = content.lines ?? [`datatype: ${datatype}`, `count: ${streamlines.length}`];
  const text = (offset: string): string => {
    const file = "file" in content ? content.file : `. ${offset}`;
    return [magic, ...fields, ...(file === undefined ? [] : [`file: ${file}`]), "END\n"].join("\n");
  };
  const head = text(String(text("0000").length).padStart(4, "0"));
  const delimiter = (value: number) => Array<number>(columns).fill(value);
  const rows = [
    ...streamlines.flatMap((line) => [...line, delimiter(Number.NaN)]),
    delimiter(Number.POSITIVE_INFINITY),
  ];
  return Buffer.concat([Buffer.from(head), numbers(rows.flat(), datatype)]);
}

function numbers(values: readonly number[], datatype: string): Uint8Array {
  const little = datatype.endsWith("LE");
  const bytes = datatype.includes("64") ? 8 : 4;
  const view = new DataView(new ArrayBuffer(bytes * values.length));
  for (const [i, value] of values.entries()) {
    if (bytes === 8) view.setFloat64(8 * i, value, little);
    else view.setFloat32(4 * i, value, little);
  }
  return new Uint8Array(view.buffer);
}
