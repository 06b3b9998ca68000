import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { Mesh, Points } from "../../src/formats/data-kinds.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { type PlyEncoding, plyFile } from "./ply-builder.ts";
import { inspectedOutcome, outcome, read } from "./read-outcomes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

const coordinate = fc.oneof(
  fc.integer({ min: -999, max: 999 }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => value.toFixed(6)),
  fc.constantFrom(
    "+1",
    "-.5",
    "2.",
    "1e-7",
    "1E2",
    "-0",
    "0.1000000000000000055511151231257827021181583404541015625",
  ),
);
const words = (count: number) => fc.array(coordinate, { minLength: count, maxLength: count });
const objCorner = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom("v", "v/t", "v//n", "v/t/n", "-"),
  )
  .map(([v, other, form]) => {
    const names: Record<string, string> = {
      "v/t": `${v}/${other}`,
      "v//n": `${v}//${other}`,
      "v/t/n": `${v}/${other}/${other}`,
    };
    return form === "-" ? `-${v}` : (names[form] ?? `${v}`);
  });
const objLine = fc.oneof(
  { weight: 4, arbitrary: words(3).map((numbers) => ["v", ...numbers]) },
  { weight: 1, arbitrary: words(6).map((numbers) => ["v", ...numbers]) },
  { weight: 2, arbitrary: words(3).map((numbers) => ["vn", ...numbers]) },
  { weight: 2, arbitrary: words(2).map((numbers) => ["vt", ...numbers]) },
  {
    weight: 6,
    arbitrary: fc.array(objCorner, { minLength: 3, maxLength: 3 }).map((corners) => ["f", ...corners]),
  },
  {
    weight: 2,
    arbitrary: fc.array(objCorner, { minLength: 2, maxLength: 6 }).map((corners) => ["f", ...corners]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ["l", "1", "2"],
      ["p", "1"],
      ["s", "off"],
      ["s", "1"],
      ["g", "a"],
      ["usemtl", "red"],
      ["mtllib", "sample.mtl"],
    ),
  },
);
const objLines = fc.array(objLine, { maxLength: 40 }).map((lines) => {
  const vertices = ["1 2 3", "4 5 6.5", "-1e3 0 7", "1 0 0"].map((vertex) => ["v", ...vertex.split(" ")]);
  return [...vertices, ...lines];
});

test("OBJ lines give the same result in the native parser and in the tokenizer", async () => {
  await fc.assert(
    fc.asyncProperty(objLines, fc.integer({ min: 1, max: 300 }), async (lines, blockBytes) => {
      const plain = write("plain.obj", lines.map((line) => `${line.join(" ")}\n`).join(""));
      // Native code does not parse continued lines. The first lines are for the detection of the format.
      const continued = write(
        "continued.obj",
        lines.map((line, i) => `${line.join(i < 4 ? " " : " \\\n ")}\n`).join(""),
      );
      const expected = await outcome(continued);
      const lineNumber = /, line \d+: /;
      const withoutNames = (result: unknown) =>
        typeof result === "string"
          ? result
              .replace(lineNumber, ": ")
              .slice(plain.length)
              .replace(/^.*?: /, "")
          : result;
      expect(withoutNames(await outcome(plain, blockBytes))).toEqual(withoutNames(expected));
    }),
    { numRuns: 1000 },
  );
});

const stlFacet = fc.record({
  normal: words(3),
  vertices: fc.array(words(3), { minLength: 2, maxLength: 5 }),
  odd: fc.integer({ min: 0, max: 5 }),
});

test("text STL facets give the same result in the native parser and in the scanner", async () => {
  const stlText = (
    facets: readonly { normal: string[]; vertices: string[][]; odd: number }[],
    between: string,
  ) =>
    [
      "solid test",
      ...facets.flatMap(({ normal, vertices, odd }) => [
        `facet ${between} normal ${normal.join(" ")}`,
        odd === 0 ? "OUTER LOOP" : "outer loop",
        ...vertices
          .slice(0, odd < 2 ? 5 : 3)
          .map((vertex) => `vertex ${vertex.join(odd === 1 ? "\t" : " ")}`),
        `endloop${between} `,
        odd === 2 ? "" : "endfacet",
      ]),
      "endsolid test\n",
    ].join("\n");
  await fc.assert(
    fc.asyncProperty(
      fc.array(stlFacet, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 500 }),
      async (facets, blockBytes) => {
        const plain = write("plain.stl", stlText(facets, ""));
        // The stray number is skipped by the scanner, and makes native code leave the facet to the scanner.
        const unusual = write("unusual.stl", stlText(facets, "\n 7 "));
        const withoutName = (result: unknown) =>
          typeof result === "string" ? result.replace(/^.*?: /, "").replace(/line \d+/, "") : result;
        expect(withoutName(await inspectedOutcome(plain, blockBytes))).toEqual(
          withoutName(await inspectedOutcome(unusual)),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

const PLY_TYPES = {
  char: [-128, 127],
  uchar: [0, 255],
  short: [-32_768, 32_767],
  ushort: [0, 65_535],
  int: [-(2 ** 31), 2 ** 31 - 1],
  uint: [0, 2 ** 32 - 1],
  float: undefined,
  double: undefined,
} as const;
const plyType = fc.constantFrom(...(Object.keys(PLY_TYPES) as (keyof typeof PLY_TYPES)[]));
const plyValue = (type: keyof typeof PLY_TYPES): fc.Arbitrary<number> => {
  const range = PLY_TYPES[type];
  return range === undefined
    ? fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 })
    : fc.integer({ min: range[0], max: range[1] });
};
const encodings: readonly PlyEncoding[] = ["ascii", "binary_little_endian", "binary_big_endian"];

/** A PLY file of points and polygons, with other properties around the coordinates and the list. */
const plySample = fc
  .record({
    encoding: fc.constantFrom(...encodings),
    types: fc.tuple(plyType, plyType, plyType),
    coordinates: plyType,
    indices: fc.constantFrom("int", "uint", "short", "uchar"),
    counts: fc.constantFrom("uchar", "int", "ushort"),
    corners: fc.constantFrom(3, 4),
    faces: fc.array(fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }), { maxLength: 30 }),
    before: fc.boolean(),
    after: fc.boolean(),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      vertices: fc.array(
        fc.tuple(
          plyValue(shape.types[0]),
          ...[0, 1, 2].map(() => plyValue(shape.coordinates)),
          plyValue(shape.types[1]),
        ),
        { minLength: 5, maxLength: 30 },
      ),
    }),
  );

test("PLY files of any property types and encoding are read with the vertices and triangles that were written", async () => {
  await fc.assert(
    fc.asyncProperty(plySample, fc.integer({ min: 1, max: 200 }), async ({ shape, vertices }, blockBytes) => {
      const { encoding, types, coordinates, indices, counts, corners, before, after } = shape;
      const faces = shape.faces.map((face, i) => face.slice(0, i % 7 === 6 ? corners : 3));
      const content = plyFile(
        [
          {
            name: "vertex",
            properties: [
              `${types[0]} a`,
              ...["x", "y", "z"].map((axis) => `${coordinates} ${axis}`),
              `${types[1]} b`,
            ],
            rows: vertices,
          },
          {
            name: "face",
            properties: [
              ...(before ? ["uchar flag"] : []),
              `list ${counts} ${indices} vertex_indices`,
              ...(after ? ["float quality"] : []),
            ],
            rows: faces.map((face) => [...(before ? [7] : []), face, ...(after ? [0.5] : [])]),
          },
        ],
        { encoding },
      );
      const data = (await read(write("sample.ply", content), blockBytes)) as Mesh | Points;
      const { positions } = data.kind === "points" ? data.vertices : (data.surfaces[0] ?? { positions: [] });
      const expected = vertices.flatMap((vertex) =>
        vertex.slice(1, 4).map((value, axis) => Math.fround(value - (data.origin[axis] ?? 0))),
      );
      // Negative zero is not distinguished.
      expect([...positions].map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
      expect(data.warnings).toEqual([]);
      if (data.kind === "points") return;
      const triangles = faces.flatMap((face) => (face.length === 3 ? [face] : []));
      if (faces.every((face) => face.length === 3)) {
        expect([...(data.surfaces[0]?.indices ?? [])]).toEqual(triangles.flat());
      } else
        expect(data.surfaces[0]?.indices?.length).toBe(
          faces.reduce((sum, face) => sum + 3 * (face.length - 2), 0),
        );
    }),
    { numRuns: 1000 },
  );
});
