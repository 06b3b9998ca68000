import { linearFromSrgb } from "../srgb.ts";
import { declaredStlBytes, STL_HEADER_BYTES, STL_TRIANGLE_BYTES } from "./stl-layout.ts";

export interface StlBinary {
  /** x, y, z of the three vertices of each triangle. */
  readonly positions: Float32Array;
  /** A linear colour per vertex, in files of Magics. */
  readonly colors: Float32Array | undefined;
}

/** Reads binary STL. If the triangle count in the header is wrong, the file size determines it. */
export function readStlBinary(bytes: Uint8Array, warnings: string[]): StlBinary {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = triangleCount(bytes, warnings);
  const positions = new Float32Array(9 * count);
  for (let triangle = 0, to = 0; triangle < count; triangle += 1) {
    const offset = STL_HEADER_BYTES + STL_TRIANGLE_BYTES * triangle + 12;
    for (let i = 0; i < 9; i += 1, to += 1) positions[to] = view.getFloat32(offset + 4 * i, true);
  }
  return { positions, colors: colorsOf(bytes, view, count) };
}

function triangleCount(bytes: Uint8Array, warnings: string[]): number {
  const declared = (declaredStlBytes(bytes) - STL_HEADER_BYTES) / STL_TRIANGLE_BYTES;
  const available = Math.floor((bytes.byteLength - STL_HEADER_BYTES) / STL_TRIANGLE_BYTES);
  const trailingBytes = (bytes.byteLength - STL_HEADER_BYTES) % STL_TRIANGLE_BYTES;
  if (declared === available) return available;
  // Some exporters never fill in the count and leave it at 0 or -1.
  const isUnset = declared === 0 || declared === 0xff_ff_ff_ff;
  if (declared > available || isUnset || trailingBytes === 0) {
    const cause = declared > available && !isUnset ? ": the file is cut off, or its header is wrong" : "";
    if (!isUnset || trailingBytes > 0) {
      warnings.push(
        `the header declares ${declared} triangles, the file has ${available}${cause}; ${available} are shown`,
      );
    }
    return available;
  }
  return declared;
}

/**
 * The colours of Materialise Magics: "COLOR=" and RGBA bytes in the header are the default colour, and the last two bytes
 * of each triangle have 5 bits per component, red in the lowest. A triangle with bit 15 set, or with no bit set, has the
 * default colour.
 */
function colorsOf(bytes: Uint8Array, view: DataView, count: number): Float32Array | undefined {
  const header = String.fromCharCode(...bytes.subarray(0, 80));
  const offset = header.indexOf("COLOR=");
  if (offset === -1 || offset + 10 > 80) return undefined;
  const defaultColor = [0, 1, 2].map((i) => linearFromSrgb(view.getUint8(offset + 6 + i) / 255));
  const levels = Float32Array.from({ length: 32 }, (_, level) => linearFromSrgb(level / 31));
  const colors = new Float32Array(9 * count);
  for (let triangle = 0; triangle < count; triangle += 1) {
    const bits = view.getUint16(STL_HEADER_BYTES + STL_TRIANGLE_BYTES * triangle + 48, true);
    const hasColor = bits !== 0 && (bits & 0x8000) === 0;
    for (let i = 0; i < 3; i += 1) {
      const value = hasColor ? (levels[(bits >> (5 * i)) & 31] ?? 0) : (defaultColor[i] ?? 0);
      for (let corner = 0; corner < 3; corner += 1) colors[9 * triangle + 3 * corner + i] = value;
    }
  }
  return colors;
}
