import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, python } from "./nibabel-peer.ts";
import { expectLines, linesOf, readStreamlines, rowsOf } from "./tractogram.ts";
import { type ZipPart, zipFile } from "./zip-builder.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);
const testWithNumpy = testIf(missingNibabel);

const POINTS = [1, 2, 3, 4, 5, 6, -7.5, 8, 9, 10, 11, 12, 13, 14, 15];
const LINES = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [
    [-7.5, 8, 9],
    [10, 11, 12],
    [13, 14, 15],
  ],
];

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
const header = (streamlines: number, points: number): string =>
  JSON.stringify({
    VOXEL_TO_RASMM: [
      [2, 0, 0, 90],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ],
    DIMENSIONS: [10, 10, 10],
    NB_STREAMLINES: streamlines,
    NB_VERTICES: points,
  });

/** The files of a data set of two streamlines; `files` replaces or adds some. */
function parts(files: Readonly<Record<string, ArrayBufferView | string | undefined>> = {}): ZipPart[] {
  const all = {
    "header.json": header(2, 5),
    "positions.3.float32": new Float32Array(POINTS),
    "offsets.uint32": new Uint32Array([0, 2, 5]),
    ...files,
  };
  return Object.entries(all).flatMap(([name, content]) =>
    content === undefined
      ? []
      : [{ name, content: typeof content === "string" ? content : bytesOf(content) }],
  );
}

const readTrx = (files: readonly ZipPart[]) => readStreamlines(write("some.trx", zipFile(files)));
/** The message for the user. */
const refusal = async (content: Uint8Array): Promise<string> => {
  const request = { path: write("bad.trx", content), root: undefined, drafts: false };
  return await readData(request, () => {}).then(
    () => "",
    (error: Error) => error.message,
  );
};

describe("positions", () => {
  test("positions are mm, RAS+, whatever the matrix of the image", async () => {
    const data = await readTrx(parts());
    expectLines(linesOf(data), LINES, 0);
    expect(data).toMatchObject({ space: "ras", warnings: [] });
  });

  for (const [name, positions, offsets] of [
    [
      "float16 and uint64",
      { "positions.3.float16": new Float16Array(POINTS) },
      new BigUint64Array([0n, 2n, 5n]),
    ],
    [
      "float64 and uint64",
      { "positions.3.float64": new Float64Array(POINTS) },
      new BigUint64Array([0n, 2n, 5n]),
    ],
    [
      "offsets without an end",
      { "positions.3.float32": new Float32Array(POINTS) },
      new BigUint64Array([0n, 2n]),
    ],
  ] as const) {
    test(`${name}, stored and deflated`, async () => {
      const none = { "positions.3.float32": undefined, "offsets.uint32": undefined };
      const files = parts({ ...none, ...positions, "offsets.uint64": offsets });
      expectLines(linesOf(await readTrx(files)), LINES, 0);
      const deflated = await readTrx(files.map((part) => ({ ...part, deflate: true })));
      expectLines(linesOf(deflated), LINES, 0);
      expect(deflated.warnings).toEqual([]);
    });
  }

  test("local headers with other extra fields than the directory, ZIP64 sizes, a comment and a folder", async () => {
    const files = parts().map((part, i) => ({
      ...part,
      name: `bundle/${part.name}`,
      localExtra: [28, 0, 64][i] ?? 0,
      zip64: i > 0,
    }));
    const folder = { name: "bundle/", content: "" };
    const path = write("some.trx", zipFile([folder, ...files], "made by hand"));
    expectLines(linesOf(await readStreamlines(path)), LINES, 0);
  });

  test("a folder is read by its header.json", async () => {
    const folder = join(directory.path, "bundle");
    for (const { name, content } of parts({ "dpv/fa.float32": new Float32Array([1, 2, 3, 4, 5]) })) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const data = await readStreamlines(join(folder, "header.json"));
    expectLines(linesOf(data), LINES, 0);
    expect(data.pointArrays.map(({ name }) => name)).toEqual(["fa"]);
  });

  test("gzip around the archive", async () => {
    expectLines(linesOf(await readStreamlines(write("a.trx.gz", gzipSync(zipFile(parts()))))), LINES, 0);
  });

  testWithNumpy("archives of Python's zipfile with arrays of numpy", async () => {
    const WRITE = `
import json, sys, zipfile
import numpy as np
rng = np.random.default_rng(3)
lengths = [5, 1, 9]
points = rng.normal(0, 40, (sum(lengths), 3))
for name, method, dtype, offset_type in (("stored", zipfile.ZIP_STORED, "float32", "uint32"), ("deflated", zipfile.ZIP_DEFLATED, "float16", "uint64")):
    with zipfile.ZipFile(f"{sys.argv[1]}/{name}.trx", "w", method) as z:
        z.writestr("header.json", json.dumps({"NB_STREAMLINES": 3, "NB_VERTICES": 15, "DIMENSIONS": [1, 1, 1], "VOXEL_TO_RASMM": np.eye(4).tolist()}))
        z.writestr(f"positions.3.{dtype}", points.astype(dtype).tobytes())
        z.writestr(f"offsets.{offset_type}", np.cumsum([0] + lengths).astype(offset_type).tobytes())
print(json.dumps([points.astype(d).astype(float).tolist() for d in ("float32", "float16")]))
`;
    const expected: number[][][] = JSON.parse(await python(WRITE, directory.path));
    for (const [i, name] of ["stored", "deflated"].entries()) {
      const data = await readStreamlines(join(directory.path, `${name}.trx`));
      expectLines([linesOf(data).flat()], [expected[i] ?? []], 0);
      expect(data.offsets).toEqual(new Uint32Array([0, 5, 6, 15]));
    }
  });

  const samples = ["trx/colby.trx", "trx/dpsv.trx", "afq-tractography.trx"]
    .map((name) => join(import.meta.dir, "../../../../shared/data", name))
    .filter(existsSync);
  if (samples.length > 0) {
    test("public files beside the clone are in the range of a head", async () => {
      for (const path of samples) {
        const data = await readStreamlines(path);
        expect(data.warnings).toEqual([]);
        expect(data.offsets.length).toBeGreaterThan(1);
        expect(Math.max(...linesOf(data).flat(2).slice(0, 3000).map(Math.abs))).toBeLessThan(200);
      }
    });
  }
});

describe("values", () => {
  test("values keep their types: per point, per streamline, and per group", async () => {
    const data = await readTrx(
      parts({
        "dpv/fa.float32": new Float32Array([1, 2, 3, 4, 5]),
        "dpv/color.3.uint8": new Uint8Array(15).map((_, i) => i),
        "dps/algo.int16": new Int16Array([-3, 4]),
        "dps/id.uint64": new BigUint64Array([1n, 2n ** 40n]),
        "dps/half.float16": new Float16Array([0.5, -2]),
        "groups/arcuate.left.uint32": new Uint32Array([1]),
        "groups/both.uint32": new Uint32Array([0, 1, 7]),
        "dpg/both/mean_fa.float64": new Float64Array([0.1]),
      }),
    );
    expect(data.pointArrays.map(({ name }) => name).toSorted()).toEqual(["color", "fa"]);
    const color = data.pointArrays.find(({ name }) => name === "color");
    expect(color?.values).toBeInstanceOf(Uint8Array);
    expect(color && rowsOf(color)[1]).toEqual([3, 4, 5]);
    const perStreamline = Object.fromEntries(data.streamlineArrays.map(({ name, values }) => [name, values]));
    expect(perStreamline).toEqual({
      algo: new Int16Array([-3, 4]),
      id: new Float64Array([1, 2 ** 40]),
      half: new Float32Array([0.5, -2]),
    });
    expect(data.groups.map(({ name, streamlines }) => [name, [...streamlines]])).toEqual([
      ["arcuate.left", [1]],
      ["both", [0, 1]],
    ]);
    const mean = [{ name: "mean_fa", components: 1, values: new Float64Array([0.1]) }];
    expect(data.groups[1]?.arrays).toEqual(mean);
    expect(data.warnings).toEqual(['1 streamlines of the group "both" do not exist']);
  });

  test("values with another number of elements, or a name without a type, are left out with a warning", async () => {
    const { pointArrays, warnings } = await readTrx(
      parts({
        "dpv/short.float32": new Float32Array(4),
        "dpv/README": "?",
        "dpv/odd.int16": new Uint8Array(3),
      }),
    );
    expect(pointArrays).toEqual([]);
    expect(warnings).toEqual([
      '"dpv/short.float32" is left out: it has 4 values for 5 points',
      '"dpv/README" in it is not known and is left out',
      '"dpv/odd.int16" is cut off: it has 3 bytes',
      '"dpv/odd.int16" is left out: it has 1 values for 5 points',
    ]);
  });
});

describe("damaged files", () => {
  test("a data set without streamlines is empty, with a warning", async () => {
    for (const files of [
      [{ name: "header.json", content: header(0, 0) }],
      parts({
        "header.json": header(0, 0),
        "positions.3.float32": new Float32Array(),
        "offsets.uint32": new Uint32Array(1),
      }),
    ]) {
      const data = await readTrx(files);
      expect(data.offsets).toEqual(new Uint32Array(1));
      expect(data.warnings).toEqual(["there are no streamlines in it"]);
    }
  });

  test("numbers in the header that contradict the arrays are reported", async () => {
    const { warnings, offsets } = await readTrx(parts({ "header.json": header(2 ** 40, 2 ** 50) }));
    expect(offsets).toEqual(new Uint32Array([0, 2, 5]));
    expect(warnings).toEqual([
      `the header declares ${2 ** 50} points, the file has 5`,
      `the header declares ${2 ** 40} streamlines, the file has 2`,
    ]);
  });

  for (const [name, files, message] of [
    [
      "offsets that decrease",
      { "offsets.uint32": new Uint32Array([0, 4, 3]) },
      /offset of streamline 3 is 3, which is not valid/,
    ],
    ["offsets outside", { "offsets.uint32": new Uint32Array([0, 9]) }, /offset of streamline 2 is 9/],
    ["no offsets", { "offsets.uint32": undefined }, /no offsets/],
    ["no positions", { "positions.3.float32": undefined }, /no positions/],
    ["no header", { "header.json": undefined }, /no header\.json/],
    ["a header that is not JSON", { "header.json": "{" }, /not valid JSON/],
    [
      "a header with other numbers",
      { "header.json": '{"NB_STREAMLINES": -1, "NB_VERTICES": "5"}' },
      /no valid NB_STREAMLINES/,
    ],
  ] as const) {
    test(`${name} are refused`, async () => {
      expect(await refusal(zipFile(parts(files)))).toMatch(message);
    });
  }

  test("decompression bombs are refused: sizes beyond all ratios, and entries that overlap", async () => {
    const positions = { name: "positions.3.float32", content: "", size: 2 ** 31 };
    expect(await refusal(zipFile([...parts().slice(0, 1), positions]))).toMatch(/as in a decompression bomb/);
    const zip = zipFile([{ name: "positions.3.float32", content: new Uint8Array(1000) }]);
    const directoryStart = zip.indexOf("PK\x01\x02");
    const entry = zip.subarray(directoryStart, zip.length - 22);
    const end = Buffer.from(zip.subarray(-22));
    end.writeUInt32LE(50 * entry.length, 12);
    const bomb = Buffer.concat([zip.subarray(0, directoryStart), ...Array(50).fill(entry), end]);
    expect(await refusal(bomb)).toMatch(/overlap, as in a decompression bomb/);
  });

  test("deflated data that is damaged, shorter or longer than declared gives a message or the declared part", async () => {
    const files = parts().map((part) => ({ ...part, deflate: true }));
    const longer = files.map((part) => (part.name.startsWith("pos") ? { ...part, size: 72 } : part));
    expect(await refusal(zipFile(longer))).toMatch(/it is shorter than declared/);
    const bytes = zipFile(files);
    const at = bytes.indexOf("positions.3.float32") + 19;
    bytes.fill(0xff, at, at + 10);
    expect(await refusal(bytes)).toMatch(/the compressed data of "positions.3.float32" is damaged/);
  });

  test("an archive cut anywhere is refused", async () => {
    const bytes = zipFile(parts());
    for (let size = 100; size < bytes.length; size += 7) {
      expect(await refusal(bytes.subarray(0, size))).toMatch(/the file is cut off|damaged/);
    }
  });

  test("methods of compression and encryption that are not supported are named", async () => {
    const bytes = zipFile(parts());
    const central = bytes.indexOf("PK\x01\x02");
    const other = Buffer.from(bytes);
    other.writeUInt16LE(14, central + 10);
    expect(await refusal(other)).toMatch(/compressed with method 14/);
    other.writeUInt16LE(1, central + 8);
    expect(await refusal(other)).toMatch(/is encrypted/);
  });

  test("a streamline with a coordinate that is not finite is left out of its group", async () => {
    const points = POINTS.with(1, Number.NaN);
    const data = await readTrx(
      parts({ "positions.3.float32": new Float32Array(points), "groups/a.uint32": new Uint32Array([0, 1]) }),
    );
    expectLines(linesOf(data), LINES.slice(1), 0);
    expect([...(data.groups[0]?.streamlines ?? [])]).toEqual([0]);
  });
});

test("another archive is not TRX", () => {
  const path = write("a.zip", zipFile([{ name: "readme.txt", content: "words" }]));
  expect(() => inspectFile(path)).toThrow(/this is a ZIP archive/);
});
