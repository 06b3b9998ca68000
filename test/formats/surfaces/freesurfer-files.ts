/** A tetrahedron. @param footer text after the triangles */
export function surfaceFile(footer = "", triangles: readonly number[] = TRIANGLES): Uint8Array {
  const bytes = Buffer.alloc(8 + 48 + 4 * triangles.length);
  bytes.writeInt32BE(4, 0);
  bytes.writeInt32BE(4, 4);
  POINTS.forEach((value, i) => void bytes.writeFloatBE(value, 8 + 4 * i));
  triangles.forEach((value, i) => void bytes.writeInt32BE(value, 56 + 4 * i));
  const start = Buffer.from("\xff\xff\xfecreated by a test\n\n", "latin1");
  return Buffer.concat([start, bytes, Buffer.from(footer, "latin1")]);
}

const POINTS = [0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 30];
const TRIANGLES = [0, 1, 2, 0, 1, 3, 0, 2, 3, 1, 2, 3];

/** Two quads with integer coordinates. */
export function quadFile(): Uint8Array {
  const points = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 2, 0, 0, 2, 1, 0];
  const coordinates = Buffer.alloc(2 * points.length);
  points.forEach((value, i) => void coordinates.writeInt16BE(100 * value, 2 * i));
  const quads = [0, 1, 2, 3, 1, 4, 5, 2].flatMap(threeBytes);
  const start = [0xff, 0xff, 0xff, ...threeBytes(6), ...threeBytes(2)];
  return Buffer.concat([Uint8Array.from(start), coordinates, Uint8Array.from(quads)]);
}

export function valuesFile(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(15 + 4 * values.length, 0xff);
  [values.length, 4, 1].forEach((value, i) => void bytes.writeInt32BE(value, 3 + 4 * i));
  values.forEach((value, i) => void bytes.writeFloatBE(value, 15 + 4 * i));
  return bytes;
}

/** The layout without a magic number, in hundredths. */
export function oldValuesFile(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => void bytes.writeInt16BE(100 * value, 2 * i));
  return Buffer.concat([Uint8Array.from([...threeBytes(values.length), ...threeBytes(4)]), bytes]);
}

/** Two of four vertices. */
export const LABEL = `#!ascii label  , from subject test vox2ras=TkReg
2
3  0.000  0.000  30.000 0.0000000000
1  10.000  0.000  0.000 0.0000000000
`;

/** @param values pairs of a vertex and its value */
export function paintFile(values: readonly (readonly [number, number])[]): Uint8Array {
  const records = values.map(([vertex, value]) => {
    const record = Buffer.alloc(7);
    record.set(threeBytes(vertex));
    record.writeFloatBE(value, 3);
    return record;
  });
  return Buffer.concat([Uint8Array.from([0, 0, ...threeBytes(values.length)]), ...records]);
}

/** Four vertices, with a color table of version 1 or 2. */
export function annotationFile(version: 1 | 2): Uint8Array {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer[] => [int(value.length + 1), Buffer.from(`${value}\0`)];
  const red = 255;
  const blue = 255 * 2 ** 16;
  const vertices = [red, blue, 0, red].flatMap((code, vertex) => [int(vertex), int(code)]);
  const entries = [
    ["area one", 255, 0, 0, 0],
    ["area two", 0, 0, 255, 128],
  ] as const;
  const table = entries.flatMap(([name, ...channels], i) => [
    ...(version === 2 ? [int(i)] : []),
    ...text(name),
    ...channels.map(int),
  ]);
  const start = version === 2 ? [int(-2), int(2), ...text("table"), int(2)] : [int(2), ...text("table")];
  return Buffer.concat([int(4), ...vertices, int(1), ...start, ...table]);
}

function threeBytes(value: number): number[] {
  return [value >> 16, (value >> 8) & 255, value & 255];
}
