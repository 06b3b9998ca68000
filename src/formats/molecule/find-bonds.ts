import { GrowingArray } from "../growing-array.ts";
import { covalentRadius, isCovalent } from "./elements.ts";

/** Added to the sum of the covalent radii, Å: bonds in crystal structures of low resolution are longer. */
const TOLERANCE = 0.45;

/** Minimum length of a bond, Å: atoms that are closer are two locations of one atom. */
const MIN_LENGTH = 0.4;

/** Maximum length of a bond between covalent elements, Å: I-I, with the tolerance. Size of a cell of the grid. */
const MAX_LENGTH = 3.3;

const HYDROGEN = 1;

/**
 * Finds covalent bonds by distance, in linear time: atoms that are closer than the sum of their covalent radii.
 *
 * @param positions x, y, z of each atom, Å
 * @returns pairs of atoms, the lower index first
 */
export function findBonds(positions: Float32Array, elements: Uint8Array): Uint32Array {
  const grid = new Grid(positions);
  const bonds = new GrowingArray(new Uint32Array(2 * elements.length));
  for (let a = 0; a < elements.length; a += 1) {
    const element = elements[a] ?? 0;
    if (!isCovalent(element)) continue;
    for (const b of grid.near(a)) {
      const other = elements[b] ?? 0;
      if (b <= a || !isCovalent(other) || (element === HYDROGEN && other === HYDROGEN)) continue;
      const max = covalentRadius(element) + covalentRadius(other) + TOLERANCE;
      const squared = squaredDistance(positions, a, b);
      if (squared > max * max || squared < MIN_LENGTH * MIN_LENGTH) continue;
      bonds.push(a);
      bonds.push(b);
    }
  }
  return bonds.values as Uint32Array;
}

function squaredDistance(positions: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let axis = 0; axis < 3; axis += 1) {
    sum += ((positions[3 * a + axis] ?? 0) - (positions[3 * b + axis] ?? 0)) ** 2;
  }
  return sum;
}

/** Maximum number of atoms in the 27 cells around an atom that are compared: more are at one point, in damaged files. */
const MAX_NEAR = 2000;

/** Number of cells along an axis after which the grid repeats. Atoms of different places in one cell are only compared in vain. */
const PERIOD = 2 ** 17;

/** A hash grid of cells as large as the longest bond. */
class Grid {
  readonly #positions: Float32Array;
  readonly #cells = new Map<number, number[]>();

  constructor(positions: Float32Array) {
    this.#positions = positions;
    for (let atom = 0; atom < positions.length / 3; atom += 1) {
      const key = cellKey(this.#cellAt(atom, 0), this.#cellAt(atom, 1), this.#cellAt(atom, 2));
      const cell = this.#cells.get(key);
      if (cell === undefined) this.#cells.set(key, [atom]);
      else cell.push(atom);
    }
  }

  /** Atoms in the cells around an atom, with itself. */
  near(atom: number): number[] {
    const [x, y, z] = [this.#cellAt(atom, 0), this.#cellAt(atom, 1), this.#cellAt(atom, 2)];
    const found: number[] = [];
    for (let i = 0; i < 27; i += 1) {
      const key = cellKey(x + (i % 3) - 1, y + (Math.floor(i / 3) % 3) - 1, z + Math.floor(i / 9) - 1);
      for (const other of this.#cells.get(key) ?? []) {
        if (found.length < MAX_NEAR) found.push(other);
      }
    }
    return found;
  }

  #cellAt(atom: number, axis: number): number {
    return Math.floor((this.#positions[3 * atom + axis] ?? 0) / MAX_LENGTH);
  }
}

function cellKey(x: number, y: number, z: number): number {
  const wrap = (cell: number): number => cell & (PERIOD - 1);
  return (wrap(x) * PERIOD + wrap(y)) * PERIOD + wrap(z);
}
