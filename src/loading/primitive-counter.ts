import { LoadError } from "../formats/load-error.ts";
import { MAX_COORDINATE } from "../geometry/coordinates.ts";

/** Numbers of primitives. */
export interface PrimitiveCounts {
  triangles: number;
  points: number;
  lines: number;
}

/** Vertices of a primitive of each kind. */
export const PRIMITIVE_VERTICES = { triangles: 3, lines: 2, points: 1 } as const;

/** Counts the primitives of a file that are drawn, and those that are left out because their coordinates are invalid. */
export class PrimitiveCounter {
  readonly counts: PrimitiveCounts = { triangles: 0, points: 0, lines: 0 };
  #dropped = 0;

  /**
   * @param corners number of vertex references of the primitives
   * @param dropped how many of the primitives are invalid
   * @returns whether any of them is drawn
   */
  add(kind: keyof PrimitiveCounts, corners: number, dropped: number): boolean {
    const drawn = Math.max(0, Math.floor(corners / PRIMITIVE_VERTICES[kind]) - dropped);
    this.#dropped += dropped;
    this.counts[kind] += drawn;
    return drawn > 0;
  }

  /**
   * Adds a warning if primitives were left out.
   *
   * @throws LoadError if no primitive is drawn
   */
  check(path: string, format: string, warnings: string[]): void {
    const { triangles, points, lines } = this.counts;
    if (triangles + points + lines === 0) {
      const reason =
        this.#dropped > 0
          ? `none of its coordinates is a finite number below ${MAX_COORDINATE}: there is nothing to draw`
          : "there are no triangles, lines or points in it: there is nothing to draw";
      throw new LoadError(path, reason, { format });
    }
    if (this.#dropped > 0) {
      warnings.push(
        `${this.#dropped} triangles or points have coordinates that are not finite numbers and are left out`,
      );
    }
  }
}
