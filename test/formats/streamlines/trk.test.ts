import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { outcome } from "../read-outcomes.ts";
import { missingNibabel, python, readWithNibabel } from "./nibabel-peer.ts";
import { expectLines, linesOf, readStreamlines, rowsOf } from "./tractogram.ts";
import { TRK_HEADER, type TrkContent, trkFile } from "./trk-builder.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);
const testWithNibabel = testIf(missingNibabel);

const LINES = [
  [
    [1, 2, 3],
    [4, 5, 6.5],
  ],
  [
    [7, 8, 9],
    [10, 11, 12],
    [13, 14, 15],
  ],
];
const MATRIX = [0.1, -2, 0.2, 90, 1.9, 0.1, 0.3, -126, -0.3, 0.2, 2.1, -72, 0, 0, 0, 1];

const readTrk = (content: TrkContent) => readStreamlines(write("some.trk", trkFile(content)));

describe("positions", () => {
  test("TrackVis counts from the corner of the first voxel: the point 0.5, 0.5, 0.5 is its centre", async () => {
    const data = await readTrk({ streamlines: [[[0.5, 0.5, 0.5]]], matrix: MATRIX, order: "ALS" });
    expect(data.space).toBe("ras");
    expectLines(linesOf(data), [[[90, -126, -72]]]);
  });

  test("a point in voxels of 2 x 3 x 4 mm, in LPS with a matrix in RAS", async () => {
    const matrix = [2, 0, 0, -10, 0, 3, 0, 5, 0, 0, 4, 7, 0, 0, 0, 1];
    const content = { streamlines: [[[3, 4.5, 6]]], voxelSize: [2, 3, 4], matrix, order: "LPS" };
    // Voxel 1, 1, 1 in LPS is 8, 18, 1 in RAS, as the image has 10 x 20 voxels.
    expectLines(linesOf(await readTrk(content)), [[[2 * 8 - 10, 3 * 18 + 5, 4 + 7]]]);
  });

  testWithNibabel("all voxel orders, matrices and byte orders give nibabel's positions", async () => {
    const orders = ["RAS", "LPS", "las", "ARS", "SAR", "PIR", "RSA", "ILP", ""];
    const paths: string[] = [];
    for (const [i, order] of orders.entries()) {
      for (const [k, matrix] of [MATRIX, rotated(MATRIX), flipped(MATRIX)].entries()) {
        const content = { streamlines: LINES, voxelSize: [2, 1.5, 2.5], dims: [11, 20, 31], order, matrix };
        paths.push(
          write(`${i}-${k}.trk`, trkFile({ ...content, version: 2 + k / 2, bigEndian: i % 2 === 1 })),
        );
      }
    }
    const expected = await readWithNibabel(paths);
    for (const [i, path] of paths.entries()) {
      expectLines(linesOf(await readStreamlines(path)), expected[i]?.streamlines ?? []);
    }
  });

  testWithNibabel("version 1 has no matrix: distances are in mm, with a warning", async () => {
    const size = [2, 3, 4];
    const path = write("v1.trk", trkFile({ streamlines: LINES, version: 1, voxelSize: size, order: "LPS" }));
    const [expected] = await readWithNibabel([path]);
    const data = await readStreamlines(path);
    // nibabel uses the identity, which gives voxels.
    const scaled = expected?.streamlines.map((line) => line.map((p) => p.map((x, i) => x * (size[i] ?? 0))));
    expectLines(linesOf(data), scaled ?? []);
    expect(data.warnings).toEqual([
      "TRK version 1 has no matrix: positions are in mm from the first voxel of its image, and may not lie on the anatomy of other files",
    ]);
  });

  test("a matrix of zeros, as AFNI writes it, and one that is not invertible are reported", async () => {
    for (const [matrix, problem] of [
      [Array(16).fill(0), "the header has no matrix"],
      [[...Array(15).fill(0), 1], "the matrix in the header is not invertible"],
      [[...MATRIX.slice(0, 3), Number.NaN, ...MATRIX.slice(4)], "the matrix in the header is not invertible"],
    ] as const) {
      const { warnings } = await readTrk({ streamlines: LINES, matrix });
      expect(warnings[0]).toStartWith(problem);
      expect(warnings).toHaveLength(1);
    }
  });

  test("a voxel size of 0 is replaced by that of the matrix", async () => {
    const matrix = [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1];
    const data = await readTrk({ streamlines: [[[3, 4.5, 6]]], voxelSize: [0, 0, 0], matrix });
    expectLines(linesOf(data), [[[2, 3, 4]]]);
    expect(data.warnings).toEqual(["the header has no valid voxel size; that of its matrix is used"]);
  });

  test("a voxel order that is not valid is reported", async () => {
    const { warnings } = await readTrk({ streamlines: LINES, order: "LLX" });
    expect(warnings).toEqual([
      `the header's voxel order "LLX" is not valid; it is assumed to be that of its matrix`,
    ]);
  });
});

/** The matrix for voxels in another order of axes. */
function rotated([a = 0, b = 0, c = 0, d = 0, ...rest]: readonly number[]): number[] {
  return [b, c, a, d, ...(rest.length > 4 ? rotated(rest) : rest)];
}

/** The matrix for voxels that run the other way along i and k. */
function flipped([a = 0, b = 0, c = 0, d = 0, ...rest]: readonly number[]): number[] {
  return [-a, b, -c, d, ...(rest.length > 4 ? flipped(rest) : rest)];
}

describe("nibabel's files", () => {
  const WRITE = `
import sys
import numpy as np
import nibabel as nib
from nibabel.streamlines import Tractogram, TrkFile, TckFile, Field
rng = np.random.default_rng(1)
lines = [rng.normal(0, 40, (n, 3)).astype(np.float32) for n in (5, 1, 2, 9)]
affine = np.array([[-1.8, 0.1, 0.2, 90], [0.1, 2.1, -0.3, -126], [0.2, 0.3, 2.4, -72], [0, 0, 0, 1]])
sizes = nib.affines.voxel_sizes(affine)
def tractogram():
    t = Tractogram(lines, affine_to_rasmm=np.eye(4))
    t.data_per_point["fa"] = [rng.random((len(l), 1)) for l in lines]
    t.data_per_point["colors"] = [rng.random((len(l), 3)) for l in lines]
    t.data_per_streamline["mean_curvature"] = rng.random((len(lines), 1))
    t.data_per_streamline["ends"] = rng.random((len(lines), 2))
    return t
for order in ("RAS", "LPS", "LAS"):
    header = {Field.VOXEL_SIZES: sizes, Field.DIMENSIONS: (91, 109, 91), Field.VOXEL_TO_RASMM: affine, Field.VOXEL_ORDER: order}
    TrkFile(tractogram(), header).save(sys.argv[1] + "/nibabel-" + order + ".trk")
TckFile(Tractogram(lines, affine_to_rasmm=np.eye(4))).save(sys.argv[1] + "/nibabel.tck")
`;
  testWithNibabel(
    "the same lines as TRK in RAS, LPS and LAS coincide, with all of their values",
    async () => {
      await python(WRITE, directory.path);
      const paths = ["RAS", "LPS", "LAS"].map((order) => join(directory.path, `nibabel-${order}.trk`));
      const [world] = await readWithNibabel([join(directory.path, "nibabel.tck")]);
      const expected = await readWithNibabel(paths);
      for (const [i, path] of paths.entries()) {
        const data = await readStreamlines(path);
        expect(data.warnings).toEqual([]);
        expectLines(linesOf(data), world?.streamlines ?? []);
        const { pointArrays, streamlineArrays } = data;
        const byName = (arrays: typeof pointArrays) =>
          Object.fromEntries(arrays.map((array) => [array.name, rowsOf(array)]));
        expect(byName(pointArrays)).toEqual(expected[i]?.points as never);
        expect(byName(streamlineArrays)).toEqual(expected[i]?.perStreamline as never);
        expect(pointArrays.map(({ components }) => components).toSorted()).toEqual([1, 3]);
      }
    },
  );

  const folder = join(import.meta.dir, "../../../../shared/data");
  const names = ["standard.trk", "standard.LPS.trk", "complex.trk", "empty.trk"].map(
    (name) => `nibabel/${name}`,
  );
  const paths = [...names, "nibabel-simple.trk", "tract-ifof-r.trk"]
    .map((name) => join(folder, name))
    .filter(existsSync);
  if (paths.length > 0) {
    testWithNibabel("public files beside the clone give nibabel's positions and values", async () => {
      const expected = await readWithNibabel(paths);
      for (const [i, path] of paths.entries()) {
        const data = await readStreamlines(path);
        expectLines(linesOf(data), expected[i]?.streamlines ?? []);
        for (const array of data.pointArrays) {
          expect(rowsOf(array)).toEqual(expected[i]?.points[array.name] as never);
        }
      }
    });
  }
});

describe("values", () => {
  test("names, vectors, values without a name, and unused names", async () => {
    const { pointArrays, streamlineArrays } = await readTrk({
      streamlines: [[[0, 0, 0, 1, 2, 3, 4, 5]]],
      scalarNames: ["FA", "v\x002"],
      properties: [[6]],
      propertyNames: ["length\x007", "unused"],
    });
    expect(pointArrays.map((array) => [array.name, rowsOf(array)])).toEqual([
      ["FA", [[1]]],
      ["v", [[2, 3]]],
      ["scalars", [[4, 5]]],
    ]);
    expect(streamlineArrays.map((array) => [array.name, rowsOf(array)])).toEqual([["length", [[6]]]]);
  });
});

describe("numbers of streamlines", () => {
  test("0 means that the number is not stored: all streamlines are read", async () => {
    const data = await readTrk({ streamlines: LINES, count: 0 });
    expect(data.offsets).toEqual(new Uint32Array([0, 2, 5]));
    expect(data.warnings).toEqual([]);
  });

  test("a file without streamlines is empty, with a warning", async () => {
    const data = await readTrk({ streamlines: [] });
    expect(data.offsets).toEqual(new Uint32Array(1));
    expect(data.warnings).toEqual(["there are no streamlines in it"]);
  });

  test("too many declared streamlines are reported", async () => {
    const data = await readTrk({ streamlines: LINES, count: 1_000_000_000 });
    expect(data.offsets).toEqual(new Uint32Array([0, 2, 5]));
    expect(data.warnings).toEqual([
      "the header declares 1000000000 streamlines, the file has 2: the file is cut off, or its header is wrong",
    ]);
  });

  test("streamlines beyond the declared number are reported", async () => {
    const data = await readTrk({ streamlines: LINES, count: 1 });
    expect(data.offsets).toEqual(new Uint32Array([0, 2]));
    expect(data.warnings).toEqual([
      "the file continues after the 1 streamlines that its header declares; the rest is not shown",
    ]);
  });

  test("streamlines of no points keep their numbers", async () => {
    const data = await readTrk({ streamlines: [[], ...LINES, []], properties: [[1], [2], [3], [4]] });
    expect(data.offsets).toEqual(new Uint32Array([0, 0, 2, 5, 5]));
    expect(data.streamlineArrays[0]?.values).toEqual(new Float32Array([1, 2, 3, 4]));
  });
});

describe("damaged files", () => {
  const content: TrkContent = {
    streamlines: LINES.map((line) => line.map((point) => [...point, 0.5])),
    properties: [[1], [2]],
  };

  test("a file cut anywhere gives what there is, with a warning", async () => {
    const whole = trkFile(content);
    const lines = linesOf(await readStreamlines(write("whole.trk", whole)));
    for (let size = TRK_HEADER; size < whole.length; size += 1) {
      const data = await readStreamlines(write("cut.trk", whole.subarray(0, size)));
      expect(data.warnings.length, `cut at ${size}`).toBeGreaterThan(0);
      const points = linesOf(data).flat();
      expect(points).toEqual(lines.flat().slice(0, points.length));
      const complete = (start: number, count: number) =>
        Math.min(count, Math.max(0, Math.floor((size - TRK_HEADER - start) / 16)));
      expect(points.length).toBe(complete(4, 2) + complete(44, 3));
      expect(data.pointArrays[0]?.values.length).toBe(points.length);
      expect(data.streamlineArrays[0]?.values.length).toBe(data.offsets.length - 1);
    }
  });

  test("a cut header, a damaged one and a negative length are refused", async () => {
    const whole = trkFile(content);
    expect(await outcome(write("a.trk", whole.subarray(0, 999)))).toMatch(
      /cut off in its header: it has 999 bytes/,
    );
    const damage = (offset: number, value: number) => {
      const bytes = Buffer.from(whole);
      bytes.writeInt32LE(value, offset);
      return outcome(write("a.trk", bytes));
    };
    expect(await damage(996, 0)).toMatch(/the header is damaged: its size field is 0, not 1000/);
    expect(await damage(36, -1)).toMatch(/the header is damaged: it declares -1 scalars per point/);
    expect(await damage(TRK_HEADER, -1)).toMatch(/the length of streamline 1, at byte 1000, is negative/);
  });

  test("a negative length leaves out the rest", async () => {
    const bytes = trkFile(content);
    bytes.writeInt32LE(-5, TRK_HEADER + 4 + 2 * 16 + 4);
    const data = await readStreamlines(write("a.trk", bytes));
    expect(data.offsets).toEqual(new Uint32Array([0, 2]));
    expect(data.warnings[0]).toBe(
      "the length of streamline 2, at byte 1040, is negative: the rest of the file is damaged and left out",
    );
  });

  test("streamlines with coordinates that are not finite are left out, with their values", async () => {
    const data = await readTrk({
      streamlines: [LINES[0] ?? [], [[0, Number.NaN, 0]], LINES[1] ?? [], [[1e30, 0, 0]]].map((line) =>
        line.map((point) => [...point, point[0] ?? 0]),
      ),
      properties: [[1], [2], [3], [4]],
    });
    expect(data.offsets).toEqual(new Uint32Array([0, 2, 5]));
    expect(data.streamlineArrays[0]?.values).toEqual(new Float32Array([1, 3]));
    expect(data.pointArrays[0]?.values).toEqual(new Float32Array([1, 4, 7, 10, 13]));
    expectLines(
      linesOf(data),
      LINES.map((line) => line.map((point) => point.map((x) => x - 0.5))),
    );
    expect(data.warnings).toEqual([
      "2 streamlines have coordinates that are not finite numbers and are left out",
    ]);
  });
});

test("gzip and blocks of a few bytes give the same streamlines", async () => {
  const streamlines = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: i % 7 }, (_, k) => [i, k, i + k, i * k, 1]),
  );
  const bytes = trkFile({
    streamlines: [[[1, 2, 3, 4, 5]], ...streamlines],
    properties: Array(41).fill([1, 2]),
  });
  const path = write("blocks.trk", bytes);
  const whole = await readStreamlines(path);
  const compressed = await readStreamlines(write("blocks.trk.gz", gzipSync(bytes)));
  expect(compressed).toEqual(whole);
  for (const blockBytes of [1, 3, 16, 99]) expect(await readStreamlines(path, blockBytes)).toEqual(whole);
});
