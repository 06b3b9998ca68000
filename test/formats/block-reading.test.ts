import { afterAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { FileData, Mesh, Points } from "../../src/formats/data-kinds.ts";
import { FileSource } from "../../src/formats/file-source.ts";
import { inspectFile } from "../../src/formats/inspect-file.ts";
import { LoadError } from "../../src/formats/load-error.ts";
import { ReferencedFiles } from "../../src/formats/referenced-files.ts";
import { stl } from "../../src/formats/stl/stl.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { MUTANT_FORMATS, mutant, SIBLING_FILES } from "./mutants.ts";
import { type PlyEncoding, plyFile } from "./ply-builder.ts";
import {
  cubeObj,
  cubePlyAscii,
  cubePlyBinary,
  cubeStlAscii,
  cubeStlBinary,
  glb,
  texturedQuad,
} from "./samples.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
for (const [name, content] of Object.entries(SIBLING_FILES))
  writeFileSync(join(directory.path, name), content);

function write(name: string, content: string | Uint8Array): string {
  const path = join(directory.path, name);
  writeFileSync(path, content);
  return path;
}

/** Reads a file in blocks of this many bytes. */
async function read(path: string, blockBytes?: number): Promise<FileData> {
  const { format } = inspectFile(path);
  await using source = await FileSource.open(path, blockBytes === undefined ? {} : { blockBytes });
  return await format.read({ path, source, files: new ReferencedFiles(path) });
}

/** Typed arrays as arrays, in which NaN equals NaN. */
function plainValues(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return [...(value as Float32Array)];
  if (Array.isArray(value)) return value.map(plainValues);
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValues(item)]));
}

/** The data of a file, or the message of its LoadError. */
async function outcome(path: string, blockBytes?: number): Promise<unknown> {
  try {
    const data = await read(path, blockBytes);
    return plainValues(data.kind === "gltf" ? { ...data, readImage: undefined } : data);
  } catch (error) {
    if (error instanceof LoadError) return error.message;
    // Other errors are described by the caller of the reader.
    return String(error);
  }
}

/** The outcome of a file whose format may not be recognized. */
async function inspectedOutcome(path: string, blockBytes?: number): Promise<unknown> {
  try {
    inspectFile(path);
  } catch (error) {
    return (error as LoadError).message;
  }
  return outcome(path, blockBytes);
}

describe("reading in blocks", () => {
  for (const format of MUTANT_FORMATS) {
    test(`damaged ${format} files give the same result in blocks of any size`, async () => {
      for (let seed = 0; seed < 400; seed += 1) {
        const path = write(`mutant.${format}`, mutant(format, seed));
        try {
          inspectFile(path);
        } catch {
          continue;
        }
        expect(await outcome(path, 1 + (seed % 97)), `seed ${seed}`).toEqual(await outcome(path));
      }
    });
  }
});

/** Files of other programs, in folders beside the clone on some machines. Their features are covered by the generated files above. */
const OTHERS = ["data", "bugs/mesh-files"].map((name) => join(import.meta.dir, "../../../shared", name));
for (const folder of OTHERS.filter(existsSync)) {
  test(`the files in ${folder} give the same result in blocks of any size`, async () => {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const path = join(folder, name);
      if (!statSync(path).isFile()) continue;
      const blockBytes = 1000 + (name.length % 97);
      expect(await inspectedOutcome(path, blockBytes), name).toEqual(await inspectedOutcome(path));
    }
  }, 120_000);
}

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
    { numRuns: 2000 },
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
    { numRuns: 2000 },
  );
});

describe("gzip", () => {
  const samples = [
    ["cube.obj", cubeObj()],
    ["cube.ply", cubePlyAscii()],
    ["cube-binary.ply", cubePlyBinary()],
    ["cube.stl", cubeStlAscii()],
    ["cube-binary.stl", cubeStlBinary()],
    ["quad.glb", glb(texturedQuad())],
  ] as const;

  for (const [name, content] of samples) {
    test(`${name}.gz is read like ${name}, with any file name and in blocks of any size`, async () => {
      const expected = await outcome(write(name, content));
      const compressed = write(`${name}.gz`, gzipSync(content));
      expect(await outcome(compressed)).toEqual(expected);
      expect(await outcome(compressed, 7)).toEqual(expected);
      expect(await outcome(write(`compressed-${name}`, gzipSync(content)), 64)).toEqual(expected);
      const half = Math.floor(content.length / 2);
      const members = Buffer.concat(
        [content.slice(0, half), content.slice(half)].map((part) => gzipSync(part)),
      );
      expect(await outcome(write(`members-${name}.gz`, members))).toEqual(expected);
    });

    test(`a truncated or damaged ${name}.gz has an error that says so, or is read`, async () => {
      const expected = await outcome(write(name, content));
      const whole = gzipSync(content);
      for (let length = 20; length < whole.length; length += 7) {
        const path = write(`cut-${name}.gz`, whole.subarray(0, length));
        expect(await inspectedOutcome(path)).toMatch(
          /gzip: the compressed data is cut off|the gzip data is cut off|this is/,
        );
      }
      for (let offset = 10; offset < whole.length; offset += 7) {
        const damaged = Buffer.from(whole);
        damaged[offset] = (damaged[offset] ?? 0) ^ 0x55;
        const result = await inspectedOutcome(write(`damaged-${name}.gz`, damaged));
        if (typeof result !== "string") expect(result).toEqual(expected);
        else expect(result).toMatch(/gzip|damaged|cut off|this is/);
      }
    });
  }

  test("a decompression bomb is rejected", async () => {
    const member = gzipSync(Buffer.alloc(2 ** 24, "\n"), { level: 9 });
    const bomb = Buffer.concat([
      gzipSync("v 0 0 0\n".repeat(10)),
      ...Array.from({ length: 64 }, () => member),
    ]);
    expect(await inspectedOutcome(write("bomb.obj.gz", bomb))).toMatch(/expands to more than \d+ MB/);
  });
});

test("a file that is truncated while it is read is rejected", async () => {
  const path = write("shorter.stl", cubeStlBinary());
  await using source = await FileSource.open(path, { blockBytes: 100 });
  await source.fill();
  truncateSync(path, 150);
  const reading = stl.read({ path, source, files: new ReferencedFiles(path) });
  await expect(reading).rejects.toThrow(/became shorter while it was read/);
});

test("reading reports its progress, and stops between two blocks when it is cancelled", async () => {
  const path = write("cancelled.stl", cubeStlBinary());
  const cancellation = new AbortController();
  const fractions: number[] = [];
  await using source = await FileSource.open(path, {
    blockBytes: 100,
    signal: cancellation.signal,
    onProgress: (fraction) => {
      fractions.push(fraction);
      if (fraction > 0.5) cancellation.abort();
    },
  });
  const reading = stl.read({ path, source, files: new ReferencedFiles(path) });
  await expect(reading).rejects.toThrow("aborted");
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBeLessThan(1);
});

/** Writes a sparse PLY of points: its rows are zeros that use no disk space, except for `values` at the end. */
function writeSparsePly(name: string, others: number, points: number, values: readonly number[]): string {
  const head = [
    "ply",
    "format binary_little_endian 1.0",
    `element other ${others}`,
    "property double value",
    `element vertex ${points}`,
    ...["x", "y", "z"].map((axis) => `property float ${axis}`),
    "end_header\n",
  ].join("\n");
  const path = write(name, head);
  const fd = openSync(path, "r+");
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  writeSync(fd, bytes, 0, bytes.length, head.length + 8 * others + 12 * points - bytes.length);
  closeSync(fd);
  return path;
}

test("10 GB of elements before the vertices of a file are skipped", async () => {
  const path = writeSparsePly("huge.ply", 1_250_000_000, 2, [-1, 2, 3, 1, 2, 3]);
  const { origin, vertices } = (await read(path)) as Points;
  expect([...vertices.positions].map((value, i) => value + (origin[i % 3] ?? 0))).toEqual([
    -1, 2, 3, 1, 2, 3,
  ]);
});

test("points that exceed an ArrayBuffer are rejected with a message that names the limit", async () => {
  const path = writeSparsePly("too-many.ply", 0, 400_000_000, [1, 2, 3]);
  expect(await outcome(path)).toMatch(/more than 357 million vertices/);
});
