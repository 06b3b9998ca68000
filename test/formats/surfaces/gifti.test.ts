import { afterAll, describe, expect, test } from "bun:test";
import { deflateSync, gzipSync } from "node:zlib";
import type { DataArray, Mesh, Overlay } from "../../../src/formats/data-kinds.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, runNibabel } from "../nibabel.ts";
import { outcome, read } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { giftiFile, POINTSET, SHAPE, TRIANGLE } from "./gifti-file.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

async function readMesh(path: string): Promise<Mesh> {
  const data = await read(path);
  if (data.kind !== "mesh") throw new Error(`${path} is read as ${data.kind}`);
  return data;
}

function withOrigin(positions: ArrayLike<number>, origin: readonly number[]): Float32Array {
  return Float32Array.from(positions, (value, i) => value + (origin[i % 3] ?? 0));
}

interface NibabelGifti {
  readonly file: string;
  readonly arrays: readonly {
    readonly intent: string;
    readonly count: number;
    readonly step: number;
    readonly values: readonly (number | null)[];
  }[];
  readonly labels: readonly (readonly [number, string, ...number[]])[];
}

/** Every `step`-th value; NaN is null. */
function sampled(values: ArrayLike<number>, step: number): (number | null)[] {
  return Array.from({ length: Math.ceil(values.length / step) }, (_, i) => {
    const value = values[i * step] ?? 0;
    return Number.isNaN(value) ? null : value;
  });
}

testIf(missingNibabel)("all encodings, orders and real files are read like nibabel reads them", async () => {
  // Not base64bin.gii, whose triangles use vertices that it does not have.
  const names = ["ascii", "external", "gzipbase64", "label", "task.func", "rh.shape.curv"];
  const real = realFiles(...[...names, "column-major", "rh.aparc.annot"].map((name) => `gifti/${name}.gii`));
  const documents = await runNibabel<NibabelGifti[]>("read_gifti.py", directory.path, ...real);
  for (const { file, arrays, labels } of documents) {
    const data = (await read(file)) as Mesh | Overlay;
    const [surface] = data.kind === "mesh" ? data.surfaces : [];
    const others = data.kind === "mesh" ? surface?.arrays : data.arrays;
    const own = (intent: string): ArrayLike<number> | undefined =>
      intent === "POINTSET"
        ? surface && withOrigin(surface.positions, data.origin)
        : intent === "TRIANGLE"
          ? surface?.indices
          : undefined;
    const rest = arrays.filter(({ intent }) => own(intent) === undefined);
    expect([file, others?.length]).toEqual([file, rest.length]);
    for (const { intent, count, step, values } of arrays) {
      const actual =
        own(intent) ?? others?.[rest.findIndex((array) => array.intent === intent)]?.values ?? [];
      if (rest.filter((array) => array.intent === intent).length > 1) continue;
      expect([file, intent, actual.length]).toEqual([file, intent, count]);
      expect(sampled(actual, step)).toEqual([...values]);
    }
    const table = others?.find((array: DataArray) => array.labels !== undefined)?.labels ?? [];
    expect(table.map(({ value, name }) => [value, name])).toEqual(
      table.length === 0 ? [] : labels.map(([value, name]) => [value, name]),
    );
  }
  expect(documents.length).toBeGreaterThanOrEqual(10);
});

test("a surface is in RAS+ mm, with arrays; triangles may precede the points", async () => {
  const { surfaces, space, warnings } = await readMesh(
    write("a.gii", giftiFile([TRIANGLE, SHAPE, POINTSET])),
  );
  const [surface] = surfaces;
  expect(space).toBe("ras");
  expect([...(surface?.positions ?? [])]).toEqual([0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 30]);
  expect([...(surface?.indices ?? [])]).toEqual([0, 1, 2, 0, 1, 3, 0, 2, 3, 1, 2, 3]);
  expect(surface?.arrays).toMatchObject([{ name: "a.gii", components: 1 }]);
  expect([...(surface?.arrays?.[0]?.values ?? [])]).toEqual([1, 2.5, -30, 4]);
  expect(warnings).toEqual([]);
});

test("a file without line ends, with empty elements, comments and entities, is read in blocks of any size", async () => {
  const before =
    "<MetaData/><LabelTable></LabelTable><!-- > --><MetaData><MD><Name/><Value>&lt;&unknown;</Value></MD></MetaData>";
  const path = write("flat.gii", giftiFile([POINTSET, TRIANGLE, SHAPE], before).replaceAll("\n", " "));
  const expected = await outcome(path);
  expect(expected).toMatchObject({ kind: "mesh", warnings: [] });
  for (const blockBytes of [1, 7, 100]) expect(await outcome(path, blockBytes)).toEqual(expected);
});

test("triangles at a vertex without coordinates (NaN) are left out, with a warning", async () => {
  const points = { ...POINTSET, data: POINTSET.data?.replace(/\S+$/, "NaN") ?? "" };
  const path = write("nan.gii", giftiFile([points, TRIANGLE]));
  const data = await readData({ path, root: undefined, drafts: false }, () => {});
  expect(data.kind === "mesh" && data.counts.triangles).toBe(1);
  expect(data.warnings.join()).toContain(
    "3 triangles or points have coordinates that are not finite numbers and are left out",
  );
});

describe("coordinates", () => {
  const matrix = (from: string, to: string, numbers: string): string =>
    `<CoordinateSystemTransformMatrix><DataSpace>NIFTI_XFORM_${from}</DataSpace><TransformedSpace><![CDATA[NIFTI_XFORM_${to}]]></TransformedSpace><MatrixData>${numbers}</MatrixData></CoordinateSystemTransformMatrix>`;
  const shift = "1 0 0 5 0 1 0 6 0 0 1 7 0 0 0 1";
  const geometry = (x: string, y: string, z: string, c: string): string => {
    const entries = Object.entries({ X: x, Y: y, Z: z, C: c }).flatMap(([name, text]) =>
      text
        .split(" ")
        .map((value, i) => `<MD><Name>VolGeom${name}_${"RAS"[i]}</Name><Value>${value}</Value></MD>`),
    );
    return `<MetaData>${entries.join("")}</MetaData>`;
  };
  for (const [what, inner, point] of [
    ["of an unknown space are moved to the scanner's", matrix("UNKNOWN", "SCANNER_ANAT", shift), [15, 6, 7]],
    ["of a known space stay", matrix("SCANNER_ANAT", "TALAIRACH", shift), [10, 0, 0]],
    ["of an unknown space are not moved to Talairach's", matrix("UNKNOWN", "TALAIRACH", shift), [10, 0, 0]],
    ["of FreeSurfer are moved by c_ras", geometry("-1 0 0", "0 0 -1", "0 1 0", "1 2 3"), [11, 2, 3]],
    ["of FreeSurfer are turned with the volume", geometry("0 -1 0", "0 0 -1", "-1 0 0", "1 2 3"), [1, 12, 3]],
  ] as const) {
    test(`${what}`, async () => {
      const { surfaces, origin } = await readMesh(
        write("space.gii", giftiFile([{ ...POINTSET, inner }, TRIANGLE])),
      );
      expect([...withOrigin(surfaces[0]?.positions.subarray(3, 6) ?? [], origin)]).toEqual([...point]);
    });
  }
});

describe("values without a surface", () => {
  test("values without a surface are an overlay; that of another number of vertices is an error", async () => {
    const surface = write("s.gii", giftiFile([POINTSET, TRIANGLE]));
    const overlay = write("o.gii", giftiFile([SHAPE]));
    expect([inspectFile(surface).isOverlay, inspectFile(overlay).isOverlay]).toEqual([false, true]);
    const load = (path: string) =>
      readData({ path: surface, root: undefined, drafts: false, overlays: [{ path }] }, () => {});
    expect(await load(overlay)).toMatchObject({ surfaces: [{ arrays: [{ name: "o.gii" }] }] });
    const other = write("other.gii", giftiFile([{ intent: "SHAPE", dims: [1], data: "1" }]));
    await expect(load(other)).rejects.toThrow("it has 1 values, but the file before it has 4 points");
  });

  test("values without a surface of several time points are several arrays; of FSL, doubles and 64-bit integers", async () => {
    const integers = Buffer.from(BigInt64Array.from([1n, 2n, -3n, 4n]).buffer).toString("base64");
    const doubles = deflateSync(new Uint8Array(Float64Array.from([0.1, 2, 3, 4]).buffer)).toString("base64");
    const file = giftiFile([
      { intent: "TIME_SERIES", data: "1 2 3 4" },
      { intent: "TIME_SERIES", data: "5 6 7 8" },
      { intent: "NONE", type: "INT64", data: integers, attributes: 'Encoding="Base64Binary"', dims: [4, 0] },
      { intent: "NONE", type: "FLOAT64", data: doubles, attributes: 'Encoding="GZipBase64Binary"' },
    ]);
    const { arrays } = (await read(write("func.gii", file))) as Overlay;
    expect(arrays.map(({ name, values }) => [name, ...values])).toEqual([
      ["func.gii 1", 1, 2, 3, 4],
      ["func.gii 2", 5, 6, 7, 8],
      ["func.gii 3", 1, 2, -3, 4],
      ["func.gii 4", 0.1, 2, 3, 4],
    ]);
  });

  test("values without a surface in an external file are read from the folder of the file only", async () => {
    write("values.dat", new Uint8Array(Float32Array.from([9, 1, 2, 3, 4]).buffer));
    const external = (name: string) =>
      giftiFile([
        {
          intent: "SHAPE",
          attributes: `Encoding="ExternalFileBinary" ExternalFileName="${name}" ExternalFileOffset="4"`,
        },
      ]);
    const { arrays } = (await read(write("external.gii", external("values.dat")))) as Overlay;
    expect([...(arrays[0]?.values ?? [])]).toEqual([1, 2, 3, 4]);
    expect(await outcome(write("outside.gii", external("/etc/passwd")))).toContain("is not read");
    expect(await outcome(write("missing.gii", external("none.dat")))).toContain("does not exist");
  });
});

describe("damage", () => {
  test("a file that is cut off is shown as far as its arrays are complete", async () => {
    const whole = giftiFile([POINTSET, TRIANGLE, SHAPE]);
    const { surfaces, warnings } = await readMesh(write("cut.gii", whole.slice(0, whole.indexOf("-3e1"))));
    expect(surfaces[0]?.arrays).toEqual([]);
    expect(warnings).toEqual([
      "the array SHAPE is left out: it has 2 of its 4 values",
      "the file is cut off: what is complete is shown",
    ]);
    expect(await outcome(write("early.gii", whole.slice(0, whole.indexOf("0 20 0"))))).toContain(
      "it has no arrays that can be shown (the array POINTSET is left out",
    );
  });

  for (const [what, file, message] of [
    [
      "a vertex that does not exist",
      giftiFile([POINTSET, { ...TRIANGLE, data: "0 1 9 0 1 2 0 1 2 0 1 2" }]),
      "uses vertex 9",
    ],
    ["triangles only", giftiFile([TRIANGLE]), "it has triangles, but no points"],
    ["a word for a number", giftiFile([{ ...POINTSET, data: "0 0 zero" }]), '"zero" is not a number'],
    ["absurd sizes", giftiFile([{ ...POINTSET, dims: [2 ** 40, 3] }]), "12 of its 3298534883328 values"],
    [
      "a negative size",
      giftiFile([{ ...POINTSET, dims: [-4, 3] }]),
      'the size Dim0 of the array POINTSET is "-4"',
    ],
    ["other XML", "<GIFTIX><GIFTI ></GIFTI></GIFTIX>", 'it is not GIFTI, but XML of "GIFTIX"'],
    [
      "damaged compression",
      giftiFile([{ ...SHAPE, data: "AAAAAAAA", attributes: 'Encoding="GZipBase64Binary"' }]),
      "the compressed data of an array is damaged",
    ],
    [
      "an unknown encoding",
      giftiFile([{ ...SHAPE, attributes: 'Encoding="Morse"' }]),
      'its encoding "Morse" is unknown',
    ],
  ] as const) {
    test(`${what} is an error with one sentence`, async () => {
      expect(await outcome(write("bad.gii", file))).toContain(message);
    });
  }

  test("a decompression bomb in an array is rejected", async () => {
    const bomb = gzipSync(new Uint8Array(2 ** 24)).toString("base64");
    const file = giftiFile([{ ...SHAPE, data: bomb, attributes: 'Encoding="GZipBase64Binary"' }]);
    expect(await outcome(write("bomb.gii", file))).toContain("more compressed values than its sizes say");
  });
});
