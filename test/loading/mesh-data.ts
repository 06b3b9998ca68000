import type { Mesh, Surface } from "../../src/formats/data-kinds.ts";

/** A mesh of these surfaces, as a reader returns it. */
export function meshData(surfaces: readonly Surface[], rest: Partial<Mesh> = {}): Mesh {
  return {
    kind: "mesh",
    origin: [0, 0, 0],
    warnings: [],
    surfaces,
    lines: undefined,
    points: undefined,
    ...rest,
  };
}
