/** An MGH file of 16-bit values 0, 1, 2, … with the y axis to the front in steps of 2 mm, and z to the bottom in steps of 3 mm. */
export function mghFile({
  sizes = [2, 3, 4, 1],
  typeCode = 4,
}: {
  readonly sizes?: readonly number[];
  readonly typeCode?: number;
}): Uint8Array {
  const count = sizes.reduce((product, size) => product * size, 1);
  const bytes = Buffer.alloc(284 + 2 * count);
  bytes.writeInt32BE(1, 0);
  [...sizes, typeCode].forEach((value, i) => void bytes.writeInt32BE(value, 4 + 4 * i));
  bytes.writeInt16BE(1, 28);
  const floats = [1, 6, 1.5, 1, 0, 0, 0, 1, 0, 0, 0, -1, 10, 20, 30];
  floats.forEach((value, i) => void bytes.writeFloatBE(value, 30 + 4 * i));
  for (let i = 0; i < count; i += 1) bytes.writeInt16BE(i, 284 + 2 * i);
  return bytes;
}
