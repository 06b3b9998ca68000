import { CatmullRomCurve3, Vector3 } from "three";
import type { Streamline } from "../../actors/streamline-tubes.ts";

type Point = readonly [x: number, y: number, z: number];

/** A point on the course of a bundle, and the spread of its lines around this point, mm. */
interface Knot {
  readonly center: Point;
  readonly spread: Point;
}

/** A bundle of streamlines. */
interface Bundle {
  readonly knots: readonly Knot[];
  readonly lines: number;
  readonly mirrored: boolean;
  readonly radius: number;
}

// Courses of large bundles of the human brain, drawn by hand, in RAS+ coordinates (x right, y anterior, z superior), mm.
const BUNDLES: readonly Bundle[] = [
  // Corticospinal tract.
  {
    knots: [
      { center: [4, -26, -62], spread: [1.5, 1.5, 0] },
      { center: [7, -24, -40], spread: [1.6, 1.6, 0] },
      { center: [13, -18, -16], spread: [2, 3, 0] },
      { center: [23, -16, 8], spread: [2, 4, 0] },
      { center: [27, -18, 32], spread: [4, 8, 1] },
      { center: [32, -20, 66], spread: [16, 15, 5] },
    ],
    lines: 44,
    mirrored: true,
    radius: 0.62,
  },
  // Cingulum.
  {
    knots: [
      { center: [7, 42, -6], spread: [2, 2, 2] },
      { center: [8, 44, 12], spread: [1.5, 2, 2] },
      { center: [9, 26, 34], spread: [1.5, 2, 2] },
      { center: [9, -8, 40], spread: [1.5, 2, 2] },
      { center: [10, -40, 32], spread: [2, 2, 2] },
      { center: [15, -52, 10], spread: [2, 2, 2] },
      { center: [23, -36, -12], spread: [2, 3, 2] },
    ],
    lines: 20,
    mirrored: true,
    radius: 0.6,
  },
  // Arcuate fascicle.
  {
    knots: [
      { center: [46, 34, 14], spread: [4, 6, 8] },
      { center: [40, 18, 26], spread: [3, 4, 4] },
      { center: [38, -12, 32], spread: [3, 4, 4] },
      { center: [41, -38, 26], spread: [3, 4, 4] },
      { center: [47, -44, 6], spread: [3, 5, 4] },
      { center: [54, -24, -10], spread: [4, 12, 6] },
    ],
    lines: 30,
    mirrored: true,
    radius: 0.6,
  },
  // Inferior fronto-occipital and longitudinal fascicles.
  {
    knots: [
      { center: [24, 58, 2], spread: [8, 5, 10] },
      { center: [28, 34, -4], spread: [3, 4, 3] },
      { center: [32, 6, -8], spread: [2, 3, 2] },
      { center: [37, -26, -4], spread: [3, 4, 3] },
      { center: [33, -56, 2], spread: [4, 5, 5] },
      { center: [24, -86, 6], spread: [9, 5, 11] },
    ],
    lines: 30,
    mirrored: true,
    radius: 0.6,
  },
];

/** Number of points per line, enough for smooth curves. */
const POINTS = 34;

/** Returns the streamlines of the demo, the same in each run. */
export function demoStreamlines(): Streamline[] {
  const random = seededRandom(20_260);
  const gauss = (): number => (random() + random() + random() - 1.5) * 1.15;
  const lines: Streamline[] = [];
  for (const bundle of [...callosalBundles(), ...BUNDLES]) {
    for (const side of bundle.mirrored ? [1, -1] : [1]) {
      for (let n = 0; n < bundle.lines; n += 1) {
        // One offset per line keeps lines parallel; a small one per point varies their distance.
        const whole = [gauss(), gauss(), gauss()];
        const knots = bundle.knots.map(({ center, spread }) => {
          const [x, y, z] = center.map(
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

/** The corpus callosum as one sheet: lines at equal distances from the genu to the splenium, interpolated between sections. */
function callosalBundles(): Bundle[] {
  return Array.from({ length: CALLOSAL_LINES }, (_, n) => {
    const at = ((n + 0.5) / CALLOSAL_LINES) * (CALLOSAL_SECTIONS.length - 1);
    const section = Math.floor(at);
    const from = CALLOSAL_SECTIONS[section] ?? [];
    const to = CALLOSAL_SECTIONS[section + 1] ?? from;
    const half = from.map((point, i): Knot => {
      const mix = (axis: 0 | 1 | 2): number =>
        point[axis] + (at - section) * ((to[i]?.[axis] ?? 0) - point[axis]);
      return { center: [mix(0), mix(1), mix(2)], spread: CALLOSAL_SPREAD[i] ?? [0, 0, 0] };
    });
    const otherHalf = half
      .slice(0, -1)
      .map(({ center: [x, y, z], spread }): Knot => ({ center: [-x, y, z], spread }));
    return {
      knots: [...half, ...otherHalf.reverse()],
      lines: 1,
      mirrored: false,
      radius: 0.64,
    };
  });
}

const CALLOSAL_LINES = 180;

/** Right half of each section, from the cortex to the midline. */
const CALLOSAL_SECTIONS: readonly (readonly Point[])[] = [
  [
    [24, 66, 2],
    [21, 54, 6],
    [10, 36, 4],
    [0, 31, 3],
  ],
  [
    [32, 56, 34],
    [22, 46, 28],
    [10, 31, 19],
    [0, 27, 16],
  ],
  [
    [38, 30, 56],
    [25, 26, 43],
    [12, 17, 29],
    [0, 14, 25],
  ],
  [
    [42, 2, 62],
    [29, 0, 47],
    [13, -3, 30],
    [0, -4, 27],
  ],
  [
    [41, -32, 60],
    [29, -27, 46],
    [13, -21, 27],
    [0, -20, 24],
  ],
  [
    [33, -58, 44],
    [27, -46, 34],
    [13, -32, 20],
    [0, -30, 17],
  ],
  [
    [22, -82, 10],
    [24, -64, 12],
    [13, -41, 11],
    [0, -36, 9],
  ],
];

const CALLOSAL_SPREAD: readonly Point[] = [
  [11, 8, 6],
  [6, 5, 4],
  [1.8, 2.5, 1.8],
  [0.4, 1.2, 1.6],
];

/** Park and Miller's pseudo-random generator. */
function seededRandom(start: number): () => number {
  let seed = start;
  return () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}
