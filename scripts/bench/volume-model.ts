import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const HEADER_BYTES = 352;

/** Ellipsoids of the head, outermost first: half axes as shares of the side, and the value inside. */
const PARTS = [
  { axes: [0.36, 0.44, 0.42], value: 620 },
  { axes: [0.34, 0.42, 0.4], value: 80 },
  { axes: [0.325, 0.405, 0.385], value: 260 },
  { axes: [0.315, 0.395, 0.375], value: 700 },
  { axes: [0.28, 0.36, 0.33], value: 950 },
] as const;

/** Period of the noise, voxels: a prime number, so that it does not repeat in a plane. */
const NOISE = 65_537;

/**
 * Writes a NIfTI-1 volume of side³ int16 with voxels of 0.45 mm, unless the file exists: scalp, skull, liquid, gray and folded white
 * matter as nested ellipsoids, ventricles, and noise, which the background has too, as in a scan.
 */
export function writeHeadVolume(path: string, side: number): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(`${path}.partial`, "w");
  writeSync(fd, header(side));
  const noise = Int16Array.from({ length: NOISE }, (_, i) => ((i * 40_503) % NOISE) / 1100 - 20);
  const folds = Float64Array.from({ length: side }, (_, i) => Math.sin((i * 38) / side));
  const plane = new Int16Array(side * side);
  for (let k = 0; k < side; k += 1) {
    for (let j = 0; j < side; j += 1) {
      for (let i = 0; i < side; i += 1) {
        const [x, y, z] = [i / side - 0.5, j / side - 0.5, k / side - 0.5];
        const fold = 1 + 0.05 * (folds[i] ?? 0) * (folds[j] ?? 0) * (folds[k] ?? 0);
        let value = 0;
        for (const [
          part,
          {
            axes: [a, b, c],
            value: inside,
          },
        ] of PARTS.entries()) {
          const distance = (x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2;
          if (distance > (part === 4 ? fold ** 4 : 1)) break;
          value = inside;
        }
        const ventricle = ((Math.abs(x) - 0.05) / 0.03) ** 2 + (y / 0.16) ** 2 + ((z - 0.02) / 0.07) ** 2;
        if (ventricle < 1) value = 220;
        const index = (k * side + j) * side + i;
        plane[j * side + i] = Math.max(0, value + (noise[index % NOISE] ?? 0));
      }
    }
    writeSync(fd, new Uint8Array(plane.buffer));
  }
  closeSync(fd);
  renameSync(`${path}.partial`, path);
}

function header(side: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const spacing = 230 / side;
  view.setInt32(0, 348, true);
  for (const [i, size] of [3, side, side, side, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * i, size, true);
  view.setInt16(70, 4, true); // int16
  view.setInt16(72, 16, true);
  for (const [i, size] of [1, spacing, spacing, spacing].entries()) view.setFloat32(76 + 4 * i, size, true);
  view.setFloat32(108, HEADER_BYTES, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, 2); // mm
  view.setInt16(254, 2, true); // aligned to the scanner
  for (let row = 0; row < 3; row += 1) {
    view.setFloat32(280 + 16 * row + 4 * row, spacing, true);
    view.setFloat32(280 + 16 * row + 12, -115, true);
  }
  new Uint8Array(view.buffer).set(new TextEncoder().encode("n+1\0"), 344);
  return new Uint8Array(view.buffer);
}
