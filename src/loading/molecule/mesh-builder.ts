import type { DataArray, Surface } from "../../formats/data-kinds.ts";
import { GrowingArray } from "../../formats/growing-array.ts";
import type { Vec3 } from "../../geometry/coordinates.ts";

/** Name of the array that says to which atom or residue each vertex of a molecule belongs. */
export const OWNERS = "owners";

/** The array of owners: numbers of atoms from 0, or -1 - the number of a residue. */
export function ownersArray(values: Int32Array): DataArray {
  return { name: OWNERS, components: 1, values, isAuxiliary: true };
}

/** Collects the vertices and triangles of one surface. */
export class MeshBuilder {
  /** Owner of the next vertices, as in {@link ownersArray}. */
  owner = 0;
  readonly #owners = new GrowingArray(new Int32Array(1024));
  readonly #positions = new GrowingArray(new Float32Array(1024));
  readonly #normals = new GrowingArray(new Float32Array(1024));
  readonly #colors = new GrowingArray(new Float32Array(1024));
  readonly #indices = new GrowingArray(new Uint32Array(1024));

  /** @param color linear @returns the index of the vertex */
  vertex(position: Vec3, normal: Vec3, color: Vec3): number {
    for (let axis = 0; axis < 3; axis += 1) {
      this.#positions.push(position[axis] ?? 0);
      this.#normals.push(normal[axis] ?? 0);
      this.#colors.push(color[axis] ?? 0);
    }
    this.#owners.push(this.owner);
    return this.#positions.length / 3 - 1;
  }

  triangle(a: number, b: number, c: number): void {
    this.#indices.push(a);
    this.#indices.push(b);
    this.#indices.push(c);
  }

  /** Triangles between two rings of as many vertices, which are consecutive and counterclockwise as seen from the end. */
  joinRings(first: number, second: number, sides: number): void {
    for (let i = 0; i < sides; i += 1) {
      const next = (i + 1) % sides;
      this.triangle(first + i, first + next, second + next);
      this.triangle(first + i, second + next, second + i);
    }
  }

  finish(): Surface {
    const { values: positions } = this.#positions;
    return {
      positions: Float32Array.from(positions),
      normals: Float32Array.from(this.#normals.values),
      colors: Float32Array.from(this.#colors.values),
      indices: Uint32Array.from(this.#indices.values),
      arrays: [ownersArray(Int32Array.from(this.#owners.values))],
    };
  }
}
