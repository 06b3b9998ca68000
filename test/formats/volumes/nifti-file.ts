/** Fields of a NIfTI-1 file in little-endian order. Default: 2 x 3 x 4 voxels of 16 bits with the values 0, 1, 2, … */
export interface NiftiFields {
  readonly dim?: readonly number[];
  readonly pixdim?: readonly number[];
  readonly datatype?: number;
  readonly voxOffset?: number;
  readonly slope?: number;
  readonly intercept?: number;
  readonly calMin?: number;
  readonly calMax?: number;
  readonly units?: number;
  readonly qformCode?: number;
  readonly sformCode?: number;
  readonly quaternion?: readonly number[];
  readonly qoffset?: readonly number[];
  readonly srow?: readonly number[];
  readonly isPair?: boolean;
  /** Default: as many as `dim` has. */
  readonly voxels?: Uint8Array;
}

const VALUES: Readonly<Record<number, (count: number) => { readonly buffer: ArrayBufferLike }>> = {
  2: (count) => Uint8Array.from({ length: count }, (_, i) => i),
  16: (count) => Float32Array.from({ length: count }, (_, i) => i),
  1024: (count) => BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
};

export function niftiFile(fields: NiftiFields): Uint8Array {
  const { dim = [3, 2, 3, 4], pixdim = [1, 1, 1, 1], datatype = 4, isPair = false, sformCode = 1 } = fields;
  const { voxOffset = 352, srow = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] } = fields;
  const start = Number.isFinite(voxOffset) && voxOffset >= 352 ? Math.floor(voxOffset) : 352;
  const header = Buffer.alloc(start);
  header.writeInt32LE(348, 0);
  dim.forEach((size, i) => void header.writeInt16LE(size, 40 + 2 * i));
  header.writeInt16LE(datatype, 70);
  pixdim.forEach((size, i) => void header.writeFloatLE(size, 76 + 4 * i));
  header.writeFloatLE(voxOffset, 108);
  header.writeFloatLE(fields.slope ?? 1, 112);
  header.writeFloatLE(fields.intercept ?? 0, 116);
  header[123] = fields.units ?? 2;
  header.writeFloatLE(fields.calMax ?? 0, 124);
  header.writeFloatLE(fields.calMin ?? 0, 128);
  header.writeInt16LE(fields.qformCode ?? 0, 252);
  header.writeInt16LE(sformCode, 254);
  [...(fields.quaternion ?? [0, 0, 0]), ...(fields.qoffset ?? [0, 0, 0]), ...srow].forEach(
    (value, i) => void header.writeFloatLE(value, 256 + 4 * i),
  );
  header.write(isPair ? "ni1\0" : "n+1\0", 344, "latin1");
  const count = dim
    .slice(1, 1 + Math.max(3, dim[0] ?? 0))
    .reduce((product, size) => product * Math.max(1, size), 1);
  const values = (VALUES[datatype] ?? int16)(Math.min(count, 1000));
  return Buffer.concat([header, fields.voxels ?? new Uint8Array(values.buffer)]);
}

function int16(count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, i) => i);
}
