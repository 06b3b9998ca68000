import type { DataArray, NumericArray, Volume } from "../data-kinds.ts";
import { quote } from "../load-error.ts";
import type { ImageData } from "./vtk-dataset.ts";

/** Makes a volume of an image with values at its points or cells. @returns undefined for an image of two dimensions or without values */
export function imageVolume(image: ImageData, warnings: string[]): Volume | undefined {
  const { dims, affine, pointData, cellData, space } = image;
  const ofCells = pointData.arrays.length === 0;
  const { arrays } = ofCells ? cellData : pointData;
  const [first] = arrays;
  const shown = isColor(first) ? first : (arrays.find(({ components }) => components === 1) ?? first);
  const voxels = ofCells ? dims.map((n) => n - 1) : [...dims];
  const [nx = 0, ny = 0, nz = 0] = voxels;
  if (shown === undefined || Math.min(nx, ny, nz) < 2) return undefined;
  const others = [...pointData.arrays, ...cellData.arrays]
    .filter((other) => other !== shown)
    .map(({ name }) => quote(name));
  if (others.length > 0)
    warnings.push(`it is shown by its array ${quote(shown.name)}, without ${others.join(", ")}`);
  const { components, values } =
    isColor(shown) || shown.components === 1 ? shown : magnitudes(shown, warnings);
  return {
    kind: "volume",
    origin: [0, 0, 0],
    warnings,
    space: space ?? "unknown",
    dims: [nx, ny, nz],
    frames: 1,
    components,
    values,
    slope: 1,
    intercept: 0,
    affine: ofCells ? atCellCenters(affine) : affine,
  };
}

/** Bytes of red, green, blue and opacity. */
function isColor(array: DataArray | undefined): boolean {
  return array?.values instanceof Uint8Array && (array.components === 3 || array.components === 4);
}

function magnitudes(
  { name, components, values }: DataArray,
  warnings: string[],
): { components: number; values: NumericArray } {
  warnings.push(`the array ${quote(name)} has ${components} components: its magnitude is shown`);
  const lengths = new Float32Array(values.length / components);
  for (let i = 0; i < lengths.length; i += 1) {
    let sum = 0;
    for (let k = 0; k < components; k += 1) sum += (values[components * i + k] ?? 0) ** 2;
    lengths[i] = Math.sqrt(sum);
  }
  return { components: 1, values: lengths };
}

/** Moves the origin of a grid by half a cell along i, j and k. */
function atCellCenters(affine: readonly number[]): number[] {
  return affine.map((value, at) => {
    const row = at - 3;
    if (at % 4 !== 3 || at === 15) return value;
    return value + ((affine[row] ?? 0) + (affine[row + 1] ?? 0) + (affine[row + 2] ?? 0)) / 2;
  });
}
