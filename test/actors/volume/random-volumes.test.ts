import { expect, test } from "bun:test";
import fc from "fast-check";
import { disposeObject } from "../../../src/actors/dispose-object.ts";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import { DataError } from "../../../src/formats/load-error.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import { MeshError } from "../../../src/native/errors.ts";
import { NUMERIC_ARRAYS } from "../../../src/native/numeric-array.ts";
import { showOpener } from "../../scene/shows.ts";
import { volume } from "./volumes.ts";

const open = showOpener();

const number = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -300, max: 300 }).map((n) => n / 100) },
  fc.double(),
  fc.constant(0),
);
const range = fc.tuple(number, number).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const side = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) },
  fc.integer({ min: 1, max: 40 }),
);

const randomStyle: fc.Arbitrary<VolumeStyle> = fc.record(
  {
    ...{ opacity: fc.double({ min: 0, max: 1, noNaN: true }), color: fc.constant("#ff8000") },
    ...{ range, threshold: range, window: fc.tuple(number, number), iso: number },
    ...{ colormap: fc.constant("viridis" as const), negativeColormap: fc.constant("hot" as const) },
    ...{ modulate: fc.boolean(), interpolate: fc.boolean(), outline: fc.boolean(), labels: fc.boolean() },
    ...{ mip: fc.boolean(), volume: fc.boolean(), peaks: fc.boolean() },
    slice: fc.constantFrom("z", "x=1", "x=0vox,y=-1e9,z", "y=99999vox"),
  },
  { requiredKeys: [] },
);

test("any numbers in a volume and its style give a picture or an error with a reason", () => {
  const show = open({ size: [64, 48] });
  fc.assert(
    fc.property(
      fc.record({
        dims: fc.tuple(side, side, side),
        components: fc.constantFrom(1, 1, 1, 3, 4, 2),
        frames: fc.constantFrom(1, 1, 1, 3),
        Type: fc.constantFrom(...NUMERIC_ARRAYS),
        slope: number,
        intercept: number,
        displayRange: fc.option(fc.tuple(number, number), { nil: undefined }),
        affine: fc
          .array(number, { minLength: 12, maxLength: 12 })
          .map((rows): readonly number[] => [...rows, 0, 0, 0, 1]),
      }),
      fc.array(number, { minLength: 1, maxLength: 50 }),
      randomStyle,
      (spec, values, style) => {
        let at = 0;
        const value = (): number => values[at++ % values.length] ?? 0;
        try {
          const { object } = buildVolume(volume({ ...spec, value }, style), style);
          show.add(object);
          show.frameScene("z");
          show.render({ samples: 0, draft: true });
          show.render({ samples: 0 });
          show.scene.remove(object);
          disposeObject(object);
        } catch (error) {
          if (!(error instanceof DataError || error instanceof MeshError)) throw error;
        }
        expect(show.gl.getError()).toBe(0);
      },
    ),
    { numRuns: 150, endOnFailure: true },
  );
});
