import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** A real mesh where the project's data is at hand; undefined elsewhere. */
export const BUNNY: string | undefined = [
  resolve(import.meta.dir, "../../../shared/data/stanford-bunny.obj"),
].find((path) => existsSync(path));

/** A solid in OBJ that looks different from every side: three blocks of different sizes along the axes from one corner. */
export function cornerObj(): string {
  const blocks: [from: number[], to: number[]][] = [
    [
      [0, 0, 0],
      [4, 1, 1],
    ],
    [
      [0, 1, 0],
      [1, 3, 1],
    ],
    [
      [0, 0, 1],
      [1, 0.5, 2.5],
    ],
  ];
  const lines: string[] = [];
  let first = 1;
  for (const [from, to] of blocks) {
    for (let corner = 0; corner < 8; corner++) {
      const at = [0, 1, 2].map((axis) => (corner & (1 << axis) ? to : from)[axis]);
      lines.push(`v ${at.join(" ")}`);
    }
    for (const face of ["0 2 3 1", "4 5 7 6", "0 1 5 4", "2 6 7 3", "0 4 6 2", "1 3 7 5"]) {
      lines.push(
        `f ${face
          .split(" ")
          .map((corner) => Number(corner) + first)
          .join(" ")}`,
      );
    }
    first += 8;
  }
  return `${lines.join("\n")}\n`;
}

/** An OBJ with `points` points and as many triangles, large enough that loading takes time. */
export function largeObj(points: number): string {
  const numbers = Array.from({ length: points }, (_, i) => i);
  const vertices = numbers.map((i) => `v ${i % 200} ${Math.floor(i / 200)} ${i % 7}`);
  const faces = numbers.map((i) => `f ${i + 1} ${((i + 1) % points) + 1} ${((i + 200) % points) + 1}`);
  return [...vertices, ...faces].join("\n");
}
