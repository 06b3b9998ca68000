import type { TemporaryDirectory } from "../support/temporary-directory.ts";

/** 13 x 13 points in a plane. */
const SIDE = 13;
const GRID = Array.from({ length: SIDE * SIDE }, (_, i) => [i % SIDE, Math.floor(i / SIDE)] as const);

const QUADS = GRID.flatMap(([x, y]) => {
  const at = y * SIDE + x;
  return x < SIDE - 1 && y < SIDE - 1 ? [`4 ${at} ${at + 1} ${at + SIDE + 1} ${at + SIDE}`] : [];
});
const LINES = GRID.filter(([x]) => x === 0).map(
  ([, y]) => `${SIDE} ${Array.from({ length: SIDE }, (_, x) => y * SIDE + x).join(" ")}`,
);

/** With the array `height`, x * y, and the vectors `move`. */
const dataset = (cells: string) => `# vtk DataFile Version 3.0
values
ASCII
DATASET POLYDATA
POINTS ${GRID.length} float
${GRID.map(([x, y]) => `${x} ${y} 0`).join("\n")}
${cells}
POINT_DATA ${GRID.length}
SCALARS height float 1
LOOKUP_TABLE default
${GRID.map(([x, y]) => x * y).join("\n")}
VECTORS move float
${GRID.map(([x]) => `0 0 ${x / 6}`).join("\n")}
`;

/** Values from 0 to 250 of 12 x 12 x 12 voxels. */
const VOXELS = Array.from(
  { length: 12 * 12 * 12 },
  (_, i) => ((i % 12) * 20 + Math.floor(i / 144) * 3) % 251,
);

const atom = (serial: number, name: string, residue: string, number: number, x: number, factor: number) =>
  `ATOM  ${String(serial).padStart(5)}  ${name.padEnd(3)} ${residue} A${String(number).padStart(4)}    ${x.toFixed(3).padStart(8)}   0.000   0.000  1.00${factor.toFixed(2).padStart(6)}           ${name[0]}`;
const MOLECULE = Array.from({ length: 12 }, (_, i) =>
  atom(i + 1, i % 3 === 0 ? "N" : i % 3 === 1 ? "CA" : "C", "ALA", Math.floor(i / 3) + 1, 1.4 * i, 10 + i),
);

/** One small file of each kind of layer that has values; see `dataset` for the arrays of the first three. */
export function sampleLayers(files: TemporaryDirectory) {
  return {
    mesh: files.write(
      "surface.vtk",
      dataset(`POLYGONS ${QUADS.length} ${5 * QUADS.length}\n${QUADS.join("\n")}`),
    ),
    points: files.write(
      "points.vtk",
      dataset(`VERTICES ${GRID.length} ${2 * GRID.length}\n${GRID.map((_, i) => `1 ${i}`).join("\n")}`),
    ),
    streamlines: files.write(
      "lines.vtk",
      dataset(`LINES ${LINES.length} ${LINES.length * (SIDE + 1)}\n${LINES.join("\n")}`),
    ),
    volume: files.write(
      "volume.nrrd",
      `NRRD0004\ntype: uint8\ndimension: 3\nsizes: 12 12 12\nspace: right-anterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nencoding: ascii\n\n${VOXELS.join(" ")}\n`,
    ),
    molecule: files.write("chain.pdb", `${MOLECULE.join("\n")}\nEND\n`),
  };
}
