import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { DataArray, NumericArray } from "../../src/formats/data-kinds.ts";
import { MISSING, makeScalarField, noValuesWarning } from "../../src/scalars/scalar-field.ts";
import { scalarRange } from "../../src/scalars/scalar-range.ts";
import { selectArray } from "../../src/scalars/select-array.ts";

const array = (values: NumericArray | number[], rest: Partial<DataArray> = {}): DataArray => ({
  name: "a",
  components: 1,
  values: Array.isArray(values) ? new Float64Array(values) : values,
  ...rest,
});
const field = (values: number[], style = {}, rest: Partial<DataArray> = {}) =>
  makeScalarField(array(values, rest), style, "points");

describe("the default range", () => {
  test("the default range is from the 2nd to the 98th percentile of numpy", async () => {
    const values = Array.from({ length: 501 }, (_, i) => Math.sin(i) * i);
    const code =
      "import sys, json, numpy; print(json.dumps(list(numpy.percentile(json.load(sys.stdin), [2, 98]))))";
    const python = Bun.spawn(["python3", "-c", code], { stdin: "pipe" });
    python.stdin.write(JSON.stringify(values));
    python.stdin.end();
    const [low, high] = (await new Response(python.stdout).json()) as [number, number];
    const range = field(values)?.range ?? [];
    expect(range[0]).toBeCloseTo(low, 9);
    expect(range[1]).toBeCloseTo(high, 9);
    expect(field(values)?.rangeMethod).toBe("2nd to 98th percentile");
  });

  test("the default range of a large array is that of a sample, and says so", () => {
    const count = 1_000_000;
    const range = scalarRange({ count, read: (i) => (i % 1000) / 1000 });
    expect(range?.method).toBe("2nd to 98th percentile of a sample");
    expect(range?.shown[0]).toBeCloseTo(0.02, 2);
    expect(range?.shown[1]).toBeCloseTo(0.98, 2);
  });

  test("spans all values if the percentiles are equal", () => {
    const values = [...Array(500).fill(0), 1];
    expect(field(values)).toMatchObject({ range: [0, 1], rangeMethod: "smallest to largest value" });
  });
});

describe("normalized values", () => {
  test("normalized values are 0 at the beginning and 1 at the end of any range of doubles", () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.uniqueArray(double, { minLength: 2, maxLength: 2 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ends, at) => {
          const [low = 0, high = 0] = ends.toSorted((a, b) => a - b);
          // Neighbors among the smallest doubles have no half.
          fc.pre(high / 2 - low / 2 > 1e-300);
          const middle = low * (1 - at) + high * at;
          const { values = [] } = field([low, high, middle], { range: [low, high] }) ?? {};
          expect(values[0]).toBe(0);
          expect(values[1]).toBe(1);
          expect(Number.isFinite(values[2])).toBe(true);
          expect(values[2]).toBeGreaterThanOrEqual(0);
          expect(values[2]).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("normalized values keep small differences of large numbers", () => {
    expect(Array.from(field([1e9, 1e9 + 0.5, 1e9 + 1], { range: [1e9, 1e9 + 1] })?.values ?? [])).toEqual([
      0, 0.5, 1,
    ]);
    expect(Array.from(field([0, 5e-31, 1e-30], { range: [0, 1e-30] })?.values ?? [])).toEqual([0, 0.5, 1]);
  });

  test("normalized values of an outlier of 1e299 leave the colors of the others as they are", () => {
    const values = [...Array.from({ length: 100 }, (_, i) => i), 1e299];
    const made = field(values);
    expect(made?.range).toEqual([2, 98]);
    expect(made?.values[50]).toBe(0.5);
    expect(made?.values[100]).toBe(1e6);
  });

  test("normalized values without a value are marked and counted", () => {
    const made = field([1, Number.NaN, 2, Number.NaN]);
    expect(Array.from(made?.values ?? []).map((value) => value === MISSING)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(made?.warnings).toEqual(['2 of 4 points have no value (NaN) in "a" and are transparent']);
  });

  test("normalized values of a constant are in the middle, and say so", () => {
    expect(field([3, 3, 3])).toMatchObject({ range: [3, 3], warnings: ['all values of "a" are 3'] });
    expect(field([3, 3, 3])?.values[0]).toBe(0.5);
  });

  test("normalized values do not exist for an array of NaN", () => {
    expect(field([Number.NaN, Number.NaN])).toBeUndefined();
    expect(field([])).toBeUndefined();
    expect(noValuesWarning(array([]))).toBe(
      'the array "a" has no values to color by: all are infinite, not a number (NaN) or without a label',
    );
  });

  test("outside of the threshold are missing where they are too large to compare later", () => {
    const made = field([0.5, 1e10, -1e10, 1e20], { range: [0, 1], threshold: [0, 1e12] });
    const [low = 0, high = 0] = made?.shown ?? [];
    expect(Array.from(made?.values ?? []).map((value) => value >= low && value <= high)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

test("curvature is gray, dark in sulci, with a range that is symmetric about 0", () => {
  const made = field([-0.2, 0, 0.1], {}, { name: "lh.curv" });
  expect(made?.colormap).toBe("gray-r");
  expect(made?.range[0]).toBe(-(made?.range[1] ?? 0));
  expect(made?.values[1]).toBe(0.5);
  expect(field([-0.2, 0.1], { colormap: "jet", range: [0, 1] }, { name: "lh.curv" })).toMatchObject({
    colormap: "jet",
    range: [0, 1],
  });
  expect(field([-0.2, 0.1], {}, { name: "recurved" })?.colormap).toBe("viridis");
});

test("a threshold without any value is reported, with the values that there are", () => {
  expect(field([1, 2, 3], { threshold: [4, 5] })?.warnings).toEqual([
    'no value of "a" is in the threshold from 4 to 5: they are from 1 to 3',
  ]);
  expect(field([1, 2, 3], { threshold: [3, 5] })?.warnings).toEqual([]);
});

describe("components", () => {
  const vectors = { components: 3 };
  test("components are the magnitude of a vector by default, also of one whose squares are not finite", () => {
    const made = field([3, 4, 0, 3e200, 4e200, 0, 0, 3e-200, 4e-200], { range: [0, 10] }, vectors);
    expect(made?.title).toBe("a magnitude");
    expect(made?.values[0]).toBe(0.5);
    expect(made?.values[1]).toBe(1e6);
    expect(field([0, 3e-200, 4e-200, 0, 0, 1e-199], { range: [0, 1e-199] }, vectors)?.values[0]).toBeCloseTo(
      0.5,
      6,
    );
  });

  test("components are selected by number or letter", () => {
    expect(field([1, 2, 3], { component: "1", range: [0, 4] }, vectors)).toMatchObject({ title: "a y" });
    expect(field([1, 2, 3], { component: "z", range: [0, 4] }, vectors)?.values[0]).toBe(0.75);
    expect(() => field([1, 2, 3], { component: "3" }, vectors)).toThrow(
      'the array "a" has no component "3": it has components 0 to 2 and magnitude',
    );
    expect(() => field([1], { component: "x2" })).toThrow('has no component "x2": it has only component 0');
  });
});

describe("labels", () => {
  const labels = [
    { value: 7, name: "seven", color: [1, 0, 0, 1] },
    { value: 2, name: "two", color: [0, 1, 0, 1] },
    { value: 9, name: "nine", color: [0, 0, 1, 1] },
  ] as const;
  test("labels that occur have consecutive numbers, and values without a label are missing", () => {
    const made = field([7, 2, 5, 2], {}, { labels });
    expect(made?.labels?.map(({ name }) => name)).toEqual(["two", "seven"]);
    expect(Array.from(made?.values ?? [])).toEqual([0.75, 0.25, MISSING, 0.25]);
    expect(made?.warnings).toEqual(['1 of 4 points have a value without a label in "a" and are transparent']);
  });
});

describe("the array to color by", () => {
  const arrays = [
    array([], { name: "Normals", components: 3 }),
    array([], { name: "GlobalIds" }),
    array([], { name: "confidence", isAuxiliary: true }),
    array([], { name: "U", components: 3 }),
    array([2, 2], { name: "constant" }),
    array([1, 2], { name: "p" }),
  ];
  test("the array to color by is the first of scalars by default, else of vectors, without those that are about the mesh", () => {
    expect(selectArray(arrays)?.name).toBe("p");
    expect(selectArray(arrays.slice(0, 4))?.name).toBe("U");
    expect(selectArray(arrays.slice(0, 3))).toBeUndefined();
  });

  test("the array to color by is found by its name, exactly or else without regard to case", () => {
    expect(selectArray(arrays, "u")?.name).toBe("U");
    expect(() => selectArray(arrays, "T")).toThrow(
      'it has no array "T" to color by: it has "Normals", "GlobalIds",',
    );
    expect(() => selectArray([], "T")).toThrow("it has no arrays");
  });
});
