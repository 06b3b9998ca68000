/** Cell without an element, SC_EMPTY_CELL of native/splat_cells.h. */
const EMPTY_CELL = 0x4000000000000000n;

/** An element of a splatted image. */
export interface CellElement {
  readonly element: number;
  /** 0 (near) to 1 (far). */
  readonly depth: number;
}

/**
 * Finds the nearest element at a pixel in the cells of a splatter (native/splat_cells.h).
 *
 * @param view width and height of the image, and side of an element's square, px
 */
export function elementOfCells(
  cells: Float64Array,
  [width = 0, height = 0, side = 1]: Uint32Array,
  x: number,
  y: number,
): CellElement | undefined {
  if (!(x >= 0 && x < width && y >= 0 && y < height)) return undefined;
  const columns = width + side - 1;
  if (cells.length < columns * (height + side - 1)) return undefined;
  const words = new BigUint64Array(cells.buffer, cells.byteOffset, cells.length);
  let nearest = EMPTY_CELL;
  // An element in a cell covers the pixels up to its upper right.
  for (let row = y; row < y + side; row += 1) {
    for (let column = x; column < x + side; column += 1) {
      const cell = words[row * columns + column] ?? EMPTY_CELL;
      if (cell < nearest) nearest = cell;
    }
  }
  if (nearest === EMPTY_CELL) return undefined;
  const [depth = 1] = new Float32Array(Uint32Array.of(Number(nearest >> 32n)).buffer);
  return { element: Number(nearest & 0xffffffffn), depth };
}
