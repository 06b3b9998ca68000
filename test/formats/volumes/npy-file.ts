/** An NPY file. @param header the Python dictionary. Default: 2 x 3 x 4 voxels with the values 0, 1, 2, … in C order */
export function npyFile({
  header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3, 4), }",
  data = new Uint8Array(Int16Array.from({ length: 24 }, (_, i) => i).buffer),
}: {
  readonly header?: string;
  readonly data?: Uint8Array;
}): Buffer {
  const text = `${header.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, text.length & 255, text.length >> 8]);
  return Buffer.concat([start, Buffer.from(text, "latin1"), data]);
}
