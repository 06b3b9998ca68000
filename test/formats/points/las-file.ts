/** Record sizes by point format, and where the GPS time and the colors are. */
const BYTES = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67];
const TIME = [0, 20, 0, 20, 20, 20, 22, 22, 22, 22, 22];
const COLOR = [0, 0, 20, 28, 0, 28, 0, 30, 30, 0, 30];

interface LasPoint {
  /** Integers, before scale and offset. */
  readonly xyz: readonly [number, number, number];
  readonly intensity?: number;
  readonly classification?: number;
  readonly returnNumber?: number;
  readonly time?: number;
  readonly rgb?: readonly [number, number, number];
}

export interface LasParts {
  readonly minor?: number;
  readonly format?: number;
  /** Bytes after each record. */
  readonly extra?: number;
  readonly scale?: number;
  readonly offset?: readonly [number, number, number];
  readonly points: readonly LasPoint[];
  readonly declared?: number;
}

/** A LAS file by the specification of ASPRS. */
export function lasFile(parts: LasParts): Buffer {
  const { minor = 2, format = 0, extra = 0, scale = 0.01, offset = [0, 0, 0], points } = parts;
  const headerBytes = minor === 4 ? 375 : minor === 3 ? 235 : 227;
  // A record of variable length between the header and the points.
  const start = headerBytes + 54 + 10;
  const rowBytes = (BYTES[format] ?? 20) + extra;
  const bytes = Buffer.alloc(start + rowBytes * points.length);
  bytes.write("LASF", "latin1");
  bytes.set([1, minor], 24);
  bytes.writeUInt16LE(headerBytes, 94);
  bytes.writeUInt32LE(start, 96);
  bytes.writeUInt32LE(1, 100);
  bytes[104] = format;
  bytes.writeUInt16LE(rowBytes, 105);
  const declared = parts.declared ?? points.length;
  if (minor === 4) bytes.writeBigUInt64LE(BigInt(declared), 247);
  else bytes.writeUInt32LE(declared, 107);
  for (const axis of [0, 1, 2]) {
    bytes.writeDoubleLE(scale, 131 + 8 * axis);
    bytes.writeDoubleLE(offset[axis] ?? 0, 155 + 8 * axis);
  }
  for (const [i, point] of points.entries()) writePoint(bytes.subarray(start + i * rowBytes), format, point);
  return bytes;
}

function writePoint(record: Buffer, format: number, point: LasPoint): void {
  const { xyz, intensity = 0, classification = 0, returnNumber = 1, time = 0, rgb = [0, 0, 0] } = point;
  for (const [axis, value] of xyz.entries()) record.writeInt32LE(value, 4 * axis);
  record.writeUInt16LE(intensity, 12);
  const isNew = format >= 6;
  // The number of returns is in the higher bits.
  record[14] = returnNumber | (isNew ? 2 << 4 : 2 << 3);
  record[isNew ? 16 : 15] = classification;
  const [timeAt = 0, colorAt = 0] = [TIME[format], COLOR[format]];
  if (timeAt > 0) record.writeDoubleLE(time, timeAt);
  if (colorAt > 0) for (const [i, value] of rgb.entries()) record.writeUInt16LE(value, colorAt + 2 * i);
}
