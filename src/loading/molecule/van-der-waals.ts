import { atomicNumber } from "../../formats/molecule/elements.ts";

/** Van der Waals radii, Å (Bondi 1964, doi:10.1021/j100785a001; hydrogen by Rowland and Taylor 1996). */
const RADII: ReadonlyMap<number, number> = new Map(
  Object.entries({
    H: 1.1,
    He: 1.4,
    Li: 1.82,
    B: 1.92,
    C: 1.7,
    N: 1.55,
    O: 1.52,
    F: 1.47,
    Na: 2.27,
    Mg: 1.73,
    Si: 2.1,
    P: 1.8,
    S: 1.8,
    Cl: 1.75,
    K: 2.75,
    Ca: 2.31,
    Ni: 1.63,
    Cu: 1.4,
    Zn: 1.39,
    As: 1.85,
    Se: 1.9,
    Br: 1.85,
    Ag: 1.72,
    I: 1.98,
    Pt: 1.75,
    Au: 1.66,
    Hg: 1.55,
  }).map(([symbol, radius]) => [atomicNumber(symbol), radius]),
);

/** Of other elements, and of the beads of coarse-grained models. */
const OTHER_RADIUS = 2;

/** Å. */
export function vanDerWaalsRadius(element: number): number {
  return RADII.get(element) ?? OTHER_RADIUS;
}
