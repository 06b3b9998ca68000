import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { expectLines, linesOf, readStreamlines } from "./tractogram.ts";
import { matMatrix, trackMatrix, ttFile } from "./tt-builder.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

/** From voxels to mm, as in the files of DSI Studio in MNI space. */
const MATRIX = [-1, 0, 0, 78, 0, -1, 0, 76, 0, 0, 1, -50, 0, 0, 0, 1];
const LINES = [
  [
    [32, 64, 96],
    [48, 32, 0],
  ],
  [
    [3200, 6400, 0],
    [3300, 6300, 127],
    [3200, 6400, 0],
  ],
];
const inMm = LINES.map((line) =>
  line.map(([x = 0, y = 0, z = 0]) => [78 - x / 32, 76 - y / 32, z / 32 - 50]),
);

describe("tracts of DSI Studio", () => {
  test("tracts of DSI Studio have steps of 1/32 voxel from the centre of the first voxel, in mm by their matrix", async () => {
    const data = await readStreamlines(write("a.tt", ttFile(LINES, MATRIX)));
    expectLines(linesOf(data), inMm, 0);
    expect(linesOf(data)[0]?.[0]).toEqual([77, 74, -47]);
    expect(data).toMatchObject({ space: "ras", warnings: [] });
  });

  test("tracts of DSI Studio are read with gzip, in blocks of a few bytes and from several matrices", async () => {
    const bytes = Buffer.concat([
      ttFile(LINES.slice(0, 1), MATRIX),
      trackMatrix(LINES.slice(1), "track1"),
      matMatrix("cluster", new Uint16Array([3, 5])),
    ]);
    const path = write("a.tt", bytes);
    const data = await readStreamlines(write("a.tt.gz", gzipSync(bytes)));
    expectLines(linesOf(data), inMm, 0);
    const cluster = { name: "cluster", components: 1, values: new Uint32Array([3, 5]) };
    expect(data.streamlineArrays).toEqual([cluster]);
    for (const blockBytes of [1, 5, 50]) expect(await readStreamlines(path, blockBytes)).toEqual(data);
  });

  test("tracts of DSI Studio without a matrix are in mm, with axes to the left, the back and the top, and a warning", async () => {
    const data = await readStreamlines(write("a.tt", ttFile([[[32, 64, 96]]])));
    expectLines(linesOf(data), [[[155, 2 * 186, 6]]], 0);
    expect(data.warnings[0]).toStartWith("the file has no matrix (trans_to_mni)");
  });

  test("cut anywhere give what there is, with a warning, or a message", async () => {
    const bytes = ttFile(LINES, MATRIX);
    const path = write("cut.tt", bytes);
    for (let size = 60; size < bytes.length; size += 1) {
      write("cut.tt", bytes.subarray(0, size));
      const request = { path, root: undefined, drafts: false };
      const data = await readData(request, () => {}).catch((error: Error) => error);
      if (data instanceof Error) expect(data.message).toMatch(/there is no matrix of streamlines|cut off/);
      else expect(data.warnings.length, `cut at ${size}`).toBeGreaterThan(0);
    }
  });

  test("tracts of DSI Studio with a damaged size or matrix leave out the rest, with a warning", async () => {
    const bytes = ttFile(LINES, MATRIX);
    const second = bytes.length - 22;
    bytes.writeUInt32LE(4, second);
    const data = await readStreamlines(write("a.tt", bytes));
    expectLines(linesOf(data), inMm.slice(0, 1), 0);
    expect(data.warnings).toEqual([
      `streamline 2, at byte ${second}, is damaged; the rest of the file is left out`,
    ]);
    const infinite = MATRIX.with(3, Number.POSITIVE_INFINITY);
    const none = await readStreamlines(write("a.tt", ttFile(LINES, infinite)));
    expect(none.offsets).toEqual(new Uint32Array(1));
    expect(none.warnings[0]).toMatch(/^2 streamlines have coordinates that are not finite/);
  });

  test("tracts of DSI Studio are told from other MATLAB files", () => {
    const path = write("a.fib", matMatrix("dimension", new Int32Array(3)));
    expect(() => inspectFile(path)).toThrow(/this is binary data/);
  });

  const path = join(import.meta.dir, "../../../../shared/data/tract.tt.gz");
  if (existsSync(path)) {
    test("a public file beside the clone is in the range of a head", async () => {
      const data = await readStreamlines(path);
      expect(data.warnings).toEqual([]);
      const bytes = gunzipSync(readFileSync(path));
      const track = bytes.indexOf("track\0") + 6;
      const [x = 0, y = 0, z = 0] = [4, 8, 12].map((offset) => bytes.readInt32LE(track + offset) / 32);
      expect(linesOf(data)[0]?.[0]).toEqual([78 - x, 76 - y, z - 50].map(Math.fround));
      expect(Math.max(...linesOf(data).flat(2).map(Math.abs))).toBeLessThan(110);
    });
  }
});
