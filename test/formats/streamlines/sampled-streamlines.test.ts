import { afterAll, describe, expect, test } from "bun:test";
import type { Streamlines } from "../../../src/formats/data-kinds.ts";
import { FileSource } from "../../../src/formats/file-source.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { SampledFile } from "../../../src/formats/sampled-file.ts";
import { readTck } from "../../../src/formats/tck/read-tck.ts";
import { readTrk } from "../../../src/formats/trk/read-trk.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { previewScene } from "../../../src/scene/preview-scene.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { tckFile } from "./tck-builder.ts";
import { linesOf } from "./tractogram.ts";
import { trkFile } from "./trk-builder.ts";
import { zipFile } from "./zip-builder.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

const COUNT = 4000;
/** Streamlines of 3 to 60 points, whose x is their number. */
const LINES = Array.from({ length: COUNT }, (_, i) =>
  Array.from({ length: 3 + ((i * 7) % 58) }, (_, k) => [i, k, (i % 2) - k]),
);
const POINTS = LINES.flat();
const offsets = new Uint32Array(COUNT + 1);
for (const [i, line] of LINES.entries()) offsets[i + 1] = (offsets[i] ?? 0) + line.length;

function trxFile(positions: Float32Array | Float16Array, deflate: boolean): Buffer {
  const type = positions instanceof Float32Array ? "float32" : "float16";
  return zipFile([
    { name: "header.json", content: JSON.stringify({ NB_STREAMLINES: COUNT, NB_VERTICES: POINTS.length }) },
    // An array whose name is that of the positions.
    { name: "dpv/positions.float32", content: new Uint8Array(4 * POINTS.length), deflate },
    { name: `positions.3.${type}`, content: new Uint8Array(positions.buffer as ArrayBuffer), deflate },
    { name: "offsets.uint32", content: new Uint8Array(offsets.buffer) },
  ]);
}

/** Files of the same streamlines, in mm. */
const FILES = {
  "plain.trk": trkFile({ streamlines: LINES.map((line) => line.map((p) => p.map((x) => x + 0.5))) }),
  "values.trk": trkFile({
    streamlines: LINES.map((line) => line.map((point, k) => [...point.map((x) => x + 0.5), 0, k])),
    properties: LINES.map((_, i) => [0, i, 1e-3]),
    bigEndian: true,
    count: 0,
  }),
  "plain.tck": tckFile({ streamlines: LINES }),
  "doubles.tck": tckFile({ streamlines: LINES, datatype: "Float64BE" }),
  "float32.trx": trxFile(new Float32Array(POINTS.flat()), false),
};
const paths = Object.entries(FILES).map(([name, bytes]) => directory.write(name, bytes));

async function sample(path: string, maxPoints?: number): Promise<Streamlines | undefined> {
  using file = new SampledFile(path, maxPoints);
  return await inspectFile(path).format.sampleStreamlines?.(path, file);
}

describe("a file with more points than an array has space for", () => {
  for (const [path, read] of [
    [paths[0] ?? "", readTrk],
    [paths[1] ?? "", readTrk],
    [paths[2] ?? "", readTck],
    [paths[3] ?? "", readTck],
  ] as const) {
    test(`a file with more points than an array has space for is read with every third streamline of ${path.slice(path.lastIndexOf("/") + 1)}`, async () => {
      await using source = await FileSource.open(path, { blockBytes: 4096 });
      const data = await read({ path, source }, Math.ceil(POINTS.length / 2.5));
      const lines = linesOf(data);
      expect(lines).toEqual(LINES.filter((_, i) => i % 3 === 0));
      expect(data.warnings).toHaveLength(1);
      expect(data.warnings[0]).toMatch(
        /^only one of every 3 streamlines is shown: the file has about 1\d+ points/,
      );
      if (data.streamlineArrays[0] !== undefined) {
        const { values, components } = data.streamlineArrays[0];
        expect(lines.map((_, i) => values[i * components + 1])).toEqual(lines.map((line) => line[0]?.[0]));
      }
    });
  }
});

describe("a sample of a large file", () => {
  for (const path of paths) {
    test(`a sample of a large file has whole streamlines of all parts of ${path.slice(path.lastIndexOf("/") + 1)}`, async () => {
      for (const maxPoints of [undefined, 30_000]) {
        const data = await sample(path, maxPoints);
        const lines = data === undefined ? [] : linesOf(data);
        expect(lines.length).toBeGreaterThan(100);
        for (const line of lines) expect(line).toEqual(LINES[line[0]?.[0] ?? 0] ?? []);
        const numbers = lines.map((line) => line[0]?.[0] ?? 0);
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const part of [0, 1, 2, 3]) {
          expect(numbers.filter((i) => Math.floor((4 * i) / COUNT) === part).length).toBeGreaterThan(10);
        }
        expect(data?.streamlineArrays[0]?.values[1] ?? numbers[0]).toBe(numbers[0] ?? 0);
      }
    });
  }

  test("a sample of a large file is not made of a compressed archive", async () => {
    const path = directory.write("deflated.trx", trxFile(new Float16Array(POINTS.flat()), true));
    expect(await sample(path)).toBeUndefined();
  });

  test("a sample of a large file is read instead of a file that exceeds the memory, with a warning", async () => {
    const request = { path: paths[0] ?? "", root: undefined, drafts: false };
    const data = await readData(
      { ...request, sample: { maxPoints: 20_000, reason: "it is large" } },
      () => {},
    );
    expect(data.kind).toBe("streamlines");
    expect(data.warnings[0]).toMatch(
      /^it is large: an evenly spaced sample of \d+ of its streamlines is shown$/,
    );
  });

  test("a sample of a large file is the preview of a file of more than 16 MB, as streamlines", async () => {
    const small = await previewScene([{ path: paths[0] ?? "" }]);
    expect(small).toBeUndefined();
    const bytes = FILES["plain.trk"];
    const body = bytes.subarray(1000);
    const header = Buffer.from(bytes.subarray(0, 1000));
    header.writeInt32LE(0, 988);
    const path = directory.write("large.trk", Buffer.concat([header, ...Array(12).fill(body)]));
    const preview = await previewScene([{ path }]);
    expect(preview).toMatchObject({ up: "z", space: "ras" });
    expect(preview?.object.children).toHaveLength(1);
  });
});
