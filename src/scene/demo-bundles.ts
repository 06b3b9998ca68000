import { CatmullRomCurve3, Vector3 } from "three";
import type { Streamline } from "./streamline-tubes.ts";

type Point = readonly [x: number, y: number, z: number];

/** A bundle: the course of its middle, and how far its lines stray from it at each point, in mm. */
interface Bundle {
  readonly course: readonly Point[];
  readonly spread: readonly Point[];
  readonly lines: number;
  readonly mirrored: boolean;
  readonly radius: number;
}

// Courses of large bundles of the human brain, drawn by hand in the axes of neuroimaging: x to the right, y to the
// front, z up, in mm.
const BUNDLES: readonly Bundle[] = [
  // Corpus callosum: genu, body in three parts, splenium.
  callosum([30, 62, 18], [22, 50, 20], [9, 32, 12], [0, 29, 8], 34),
  callosum([38, 34, 56], [26, 30, 42], [12, 16, 28], [0, 14, 25], 34),
  callosum([42, 4, 62], [30, 2, 46], [13, -2, 29], [0, -3, 26], 34),
  callosum([42, -34, 60], [30, -28, 46], [13, -20, 27], [0, -19, 23], 34),
  callosum([28, -78, 22], [25, -62, 20], [12, -38, 15], [0, -34, 13], 34),
  // Corticospinal tract.
  {
    course: [
      [4, -26, -62],
      [7, -24, -40],
      [13, -18, -16],
      [23, -16, 8],
      [27, -18, 32],
      [32, -20, 66],
    ],
    spread: [
      [1.5, 1.5, 0],
      [1.6, 1.6, 0],
      [2, 3, 0],
      [2, 4, 0],
      [4, 8, 1],
      [16, 15, 5],
    ],
    lines: 44,
    mirrored: true,
    radius: 0.62,
  },
  // Cingulum.
  {
    course: [
      [7, 42, -6],
      [8, 44, 12],
      [9, 26, 34],
      [9, -8, 40],
      [10, -40, 32],
      [15, -52, 10],
      [23, -36, -12],
    ],
    spread: [
      [2, 2, 2],
      [1.5, 2, 2],
      [1.5, 2, 2],
      [1.5, 2, 2],
      [2, 2, 2],
      [2, 2, 2],
      [2, 3, 2],
    ],
    lines: 20,
    mirrored: true,
    radius: 0.6,
  },
  // Arcuate fascicle.
  {
    course: [
      [46, 34, 14],
      [40, 18, 26],
      [38, -12, 32],
      [41, -38, 26],
      [47, -44, 6],
      [54, -24, -10],
    ],
    spread: [
      [4, 6, 8],
      [3, 4, 4],
      [3, 4, 4],
      [3, 4, 4],
      [3, 5, 4],
      [4, 12, 6],
    ],
    lines: 30,
    mirrored: true,
    radius: 0.6,
  },
  // Inferior fronto-occipital and longitudinal fascicles.
  {
    course: [
      [24, 58, 2],
      [28, 34, -4],
      [32, 6, -8],
      [37, -26, -4],
      [33, -56, 2],
      [24, -86, 6],
    ],
    spread: [
      [8, 5, 10],
      [3, 4, 3],
      [2, 3, 2],
      [3, 4, 3],
      [4, 5, 5],
      [9, 5, 11],
    ],
    lines: 30,
    mirrored: true,
    radius: 0.6,
  },
];

/** Points of each line: enough that a turn looks round. */
const POINTS = 44;

/** The demo's streamlines, the same on every machine. */
export function demoStreamlines(): Streamline[] {
  const random = seededRandom(20_260);
  const gauss = (): number => (random() + random() + random() - 1.5) * 1.15;
  const lines: Streamline[] = [];
  for (const bundle of BUNDLES) {
    for (const side of bundle.mirrored ? [1, -1] : [1]) {
      for (let n = 0; n < bundle.lines; n += 1) {
        // One offset for the whole line keeps lines side by side; a small one for each point makes them grow apart.
        const whole = [gauss(), gauss(), gauss()];
        const knots = bundle.course.map((point, i) => {
          const spread = bundle.spread[i] ?? [0, 0, 0];
          const [x, y, z] = point.map(
            (value, axis) => value + (spread[axis] ?? 0) * ((whole[axis] ?? 0) + 0.22 * gauss()),
          );
          return new Vector3((x ?? 0) * side, y, z);
        });
        const curve = new CatmullRomCurve3(knots, false, "centripetal");
        const points = new Float32Array(POINTS * 3);
        for (const [i, point] of curve.getSpacedPoints(POINTS - 1).entries()) point.toArray(points, 3 * i);
        lines.push({ points, radius: bundle.radius * (0.8 + 0.4 * random()) });
      }
    }
  }
  return lines;
}

/** A callosal bundle from the right cortex over the midline to the left one. */
function callosum(cortex: Point, gyrus: Point, wall: Point, middle: Point, lines: number): Bundle {
  const right = [cortex, gyrus, wall];
  const left = right.map(([x, y, z]): Point => [-x, y, z]).reverse();
  const spread: readonly Point[] = [
    [13, 11, 8],
    [7, 7, 5],
    [2, 5, 2],
  ];
  return {
    course: [...right, middle, ...left],
    spread: [...spread, [0.5, 5, 2], ...[...spread].reverse()],
    lines,
    mirrored: false,
    radius: 0.62,
  };
}

/** Park and Miller's generator, so that the demo does not change from run to run. */
function seededRandom(start: number): () => number {
  let seed = start;
  return () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}
