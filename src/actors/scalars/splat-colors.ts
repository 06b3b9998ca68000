import { Color, SRGBColorSpace } from "three";
import type { Plane } from "../../layers/plane.ts";
import type { PreparedVertices } from "../../loading/prepared-data.ts";
import type { ScalarLayer } from "../../scalars/scalar-field.ts";
import { pointColor } from "../default-materials.ts";
import { colorTexels } from "./color-table.ts";

/** Points for the CPU's splatter. */
interface SplatPoints {
  readonly positions: Float32Array;
  /** sRGB of each point, as R, G, B and 255 in increasing bytes; or linear red, green, blue of each point. */
  readonly colors: Uint32Array | Float32Array | undefined;
  /** Their numbers among the given points, or 0 where they are the same; undefined if all are shown. */
  readonly numbers?: Uint32Array | undefined;
}

/**
 * Applies scalar colors and a clip plane to points, as the shaders do for GL: points that are not shown are left out.
 *
 * @param plane relative to the positions; points beyond it are left out
 */
export function splatPoints(
  { positions, colors, scalars = [] }: PreparedVertices,
  color: string | undefined,
  plane?: Plane,
): SplatPoints {
  const own = color === undefined ? colors : undefined;
  if (scalars.length === 0 && plane === undefined) return { positions, colors: own };
  const count = positions.length / 3;
  const tables = scalars.map((layer) => packedTable(layer));
  const base = pack(new Color(pointColor(false, color)));
  const shown = new Float32Array(positions.length);
  const packed = new Uint32Array(count);
  // 0 for a point that keeps its number: memory that is not written costs nothing.
  const numbers = new Uint32Array(count);
  const pointOwn = new Color();
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    const [x = 0, y = 0, z = 0] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    if (plane !== undefined && plane.normal[0] * x + plane.normal[1] * y + plane.normal[2] * z > plane.offset)
      continue;
    let result = own === undefined ? base : pack(pointOwn.fromArray(own, 3 * i));
    let isHidden = false;
    for (const [layer, { field, opacity = 1, discards }] of scalars.entries()) {
      const value = field.values[i] ?? 0;
      const table = tables[layer] ?? new Uint32Array(1);
      if (!(value >= field.shown[0] && value <= field.shown[1])) isHidden ||= discards === true;
      else {
        const texel = table[Math.min(table.length - 1, Math.max(0, Math.floor(value * table.length)))] ?? 0;
        result = opacity < 1 ? blend(result, texel, opacity) : texel;
      }
    }
    if (isHidden) continue;
    shown[3 * kept] = x;
    shown[3 * kept + 1] = y;
    shown[3 * kept + 2] = z;
    packed[kept] = result;
    if (kept !== i) numbers[kept] = i;
    kept += 1;
  }
  const isAll = kept === count;
  const visible = isAll ? positions : shown.slice(0, 3 * kept);
  return {
    positions: visible,
    colors: isAll ? packed : packed.slice(0, kept),
    numbers: isAll ? undefined : numbers.slice(0, kept),
  };
}

function packedTable({ field }: ScalarLayer): Uint32Array {
  const texels = colorTexels(field);
  const color = new Color();
  return Uint32Array.from({ length: texels.length / 4 }, (_, i) => pack(color.fromArray(texels, 4 * i)));
}

/** @param color linear */
function pack(color: Color): number {
  const { r, g, b } = color.getRGB({ r: 0, g: 0, b: 0 }, SRGBColorSpace);
  const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
  return (byte(r) | (byte(g) << 8) | (byte(b) << 16) | 0xff000000) >>> 0;
}

/** Mixes two packed colors. */
function blend(below: number, above: number, opacity: number): number {
  let mixed = 0xff000000;
  for (const shift of [0, 8, 16]) {
    const [a, b] = [(below >>> shift) & 255, (above >>> shift) & 255];
    mixed |= Math.round(a + (b - a) * opacity) << shift;
  }
  return mixed >>> 0;
}
