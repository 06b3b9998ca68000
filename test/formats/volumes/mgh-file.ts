/** An MGH file of 16-bit values 0, 1, 2, … with the y axis to the front in steps of 2 mm, and z to the bottom in steps of 3 mm. */
export function mghFile({
  sizes = [2, 3, 4, 1],
  typeCode = 4,
  footer = Buffer.alloc(0),
}: {
  readonly sizes?: readonly number[];
  readonly typeCode?: number;
  /** After the voxels. */
  readonly footer?: Uint8Array;
}): Uint8Array {
  const count = sizes.reduce((product, size) => product * size, 1);
  const bytes = Buffer.alloc(284 + 2 * count);
  bytes.writeInt32BE(1, 0);
  [...sizes, typeCode].forEach((value, i) => void bytes.writeInt32BE(value, 4 + 4 * i));
  bytes.writeInt16BE(1, 28);
  const floats = [1, 6, 1.5, 1, 0, 0, 0, 1, 0, 0, 0, -1, 10, 20, 30];
  floats.forEach((value, i) => void bytes.writeFloatBE(value, 30 + 4 * i));
  for (let i = 0; i < count; i += 1) bytes.writeInt16BE(i, 284 + 2 * i);
  return Buffer.concat([bytes, footer]);
}

/** What FreeSurfer writes after the voxels of a segmentation: parameters, a transform, the color table, and the command. */
export function mghLabels(names: readonly (readonly [value: number, name: string])[]): Uint8Array {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer[] => [int(value.length + 1), Buffer.from(`${value}\0`)];
  const tag = (number: number, content: string): Buffer[] => [
    ...[int(number), int(0), int(content.length), Buffer.from(content)],
  ];
  const entries = names.flatMap(([value, name]) => [
    ...[int(value), ...text(name), int(value % 256), int(100), int(50), int(0)],
  ]);
  return Buffer.concat([
    Buffer.alloc(20),
    ...tag(31, "/subjects/one/mri/transforms/talairach.xfm"),
    ...[int(1), int(-2), int(14_176), ...text("FreeSurferColorLUT.txt"), int(names.length), ...entries],
    ...tag(3, "mri_convert aseg.mgz"),
  ]);
}
