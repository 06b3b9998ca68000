import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { outcome, read } from "../read-outcomes.ts";
import { missingNibabel, python, readWithNibabel } from "./nibabel-peer.ts";
import { type TckContent, tckFile } from "./tck-builder.ts";
import { expectLines, linesOf, readStreamlines } from "./tractogram.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);
const testWithNibabel = testIf(missingNibabel);

const LINES = [
  [
    [-1.5, 20.25, 3],
    [4, 5, 6.5],
  ],
  [[7, 8, 9]],
  [
    [10, 11, 12],
    [13, 14, 15],
    [16, 17, 18],
  ],
];

const readTck = (content: TckContent) => readStreamlines(write("some.tck", tckFile(content)));

describe("positions", () => {
  for (const datatype of ["Float32LE", "Float32BE", "Float64LE", "Float64BE"] as const) {
    test(`${datatype} positions are mm, RAS+, as in the file`, async () => {
      const data = await readTck({ streamlines: LINES, datatype });
      expectLines(linesOf(data), LINES, 0);
      expect(data.space).toBe("ras");
      expect(data.warnings).toEqual([]);
    });
  }

  testWithNibabel("nibabel's files have its positions", async () => {
    const path = join(directory.path, "nibabel.tck");
    const WRITE = `
import sys
import numpy as np
from nibabel.streamlines import Tractogram, TckFile
rng = np.random.default_rng(2)
lines = [rng.normal(0, 40, (n, 3)).astype(np.float32) for n in (5, 1, 2, 9)]
TckFile(Tractogram(lines, affine_to_rasmm=np.eye(4)), {"command_history": "tckgen a\\ntckedit b"}).save(sys.argv[1])
`;
    await python(WRITE, path);
    const [expected] = await readWithNibabel([path]);
    const data = await readStreamlines(path);
    expectLines(linesOf(data), expected?.streamlines ?? [], 0);
    expect(data.warnings).toEqual([]);
  });

  const folder = join(import.meta.dir, "../../../../shared/data");
  const paths = [
    "nibabel/standard.tck",
    "nibabel/simple_big_endian.tck",
    "nibabel/empty.tck",
    "tract-slf1-r.tck",
  ]
    .map((name) => join(folder, name))
    .filter(existsSync);
  if (paths.length > 0) {
    testWithNibabel("public files beside the clone give nibabel's positions", async () => {
      const expected = await readWithNibabel(paths);
      for (const [i, path] of paths.entries()) {
        expectLines(linesOf(await readStreamlines(path)), expected[i]?.streamlines ?? [], 0);
      }
    });
  }
});

describe("headers", () => {
  test("without an offset and a data type, those of most files are assumed, with a warning", async () => {
    const data = await readTck({ streamlines: LINES, lines: [], file: undefined });
    expectLines(linesOf(data), LINES, 0);
    expect(data.warnings).toEqual([
      "the header has no datatype; Float32LE is assumed",
      "the header has no offset of the data (file); they are assumed to follow it",
    ]);
  });

  test("an offset beyond the end of the header is used", async () => {
    const bytes = tckFile({ streamlines: LINES, file: ". 200" });
    const end = bytes.indexOf("END\n") + 4;
    const padded = Buffer.concat([bytes.subarray(0, end), Buffer.alloc(200 - end), bytes.subarray(end)]);
    const data = await readStreamlines(write("a.tck", padded));
    expectLines(linesOf(data), LINES, 0);
    expect(data.warnings).toEqual([]);
  });

  test("an offset within the header is replaced, with a warning", async () => {
    const data = await readTck({ streamlines: LINES, file: ". 3" });
    expectLines(linesOf(data), LINES, 0);
    expect(data.warnings).toEqual([
      'the offset of the data in the header (file: ". 3") is not valid; they are assumed to follow it',
    ]);
  });

  test("repeated fields, fields of several lines, and lines that end with CR LF", async () => {
    const lines = [
      "command_history: tckgen a b",
      " -select 10",
      "command_history: tckedit",
      "",
      "datatype: Float32LE",
    ];
    expectLines(linesOf(await readTck({ streamlines: LINES, lines })), LINES, 0);
    const crlf = ["datatype: Float32LE\r", "count: 3\r"];
    expect((await readTck({ streamlines: LINES, lines: crlf, file: undefined })).offsets.length).toBe(4);
  });

  test("a header longer than the first blocks", async () => {
    const lines = ["datatype: Float32LE", ...Array(4000).fill("command_history: tckgen with many options")];
    expectLines(linesOf(await readTck({ streamlines: LINES, lines, file: undefined })), LINES, 0);
  });

  for (const [name, content, reason] of [
    [
      "a line END that is missing",
      "mrtrix tracks\ndatatype: Float32LE\n",
      /no line "END": the file is cut off/,
    ],
    ["a header of 5 MB", `mrtrix tracks\n${"comment: x\n".repeat(500_000)}`, /no line "END" within 4\.2 MB/],
    [
      "another data type",
      tckFile({ streamlines: [], lines: ["datatype: Int16LE"] }),
      /datatype "Int16LE" is not supported/,
    ],
    ["another file", tckFile({ streamlines: [], file: "b.dat 0" }), /in another file, "b\.dat"/],
  ] as const) {
    test(`${name} is refused`, async () => {
      const path = write("a.tck", content);
      const message = await outcome(path);
      expect(message).toMatch(reason);
      expect(String(message).length).toBeLessThan(400);
    });
  }

  test("a file without the magic line is not TCK", () => {
    const path = write("a.tck", "count: 0000000000\ndatatype: Float32LE\nfile: . 67\nEND\n");
    expect(() => inspectFile(path)).toThrow(/not TCK as its name says/);
  });
});

describe("the points", () => {
  test("any NaN is a delimiter, as Matlab writes another bit pattern", async () => {
    const bytes = tckFile({ streamlines: LINES });
    const nan = Buffer.from([0, 0, 0xc0, 0x7f]);
    for (let at = bytes.indexOf(nan); at !== -1; at = bytes.indexOf(nan, at))
      bytes.writeUInt32LE(0xffc0_0001, at);
    expectLines(linesOf(await readStreamlines(write("a.tck", bytes))), LINES, 0);
  });

  test("a file cut anywhere gives what there is, with a warning", async () => {
    const bytes = tckFile({ streamlines: LINES });
    const start = bytes.indexOf("END\n") + 4;
    for (let size = start; size < bytes.length; size += 1) {
      const data = await readStreamlines(write("a.tck", bytes.subarray(0, size)));
      const points = linesOf(data).flat();
      expect(points).toEqual(LINES.flat().slice(0, points.length));
      expect(data.warnings).toContain("the file has no end marker: it is cut off");
    }
  });

  test("an empty file is an empty layer with a warning, and a wrong count is reported", async () => {
    expect((await readTck({ streamlines: [] })).warnings).toEqual(["there are no streamlines in it"]);
    const lines = ["datatype: Float32LE", "count: 99999999999"];
    const { offsets, warnings } = await readTck({ streamlines: LINES, lines });
    expect(offsets).toEqual(new Uint32Array([0, 2, 3, 6]));
    expect(warnings).toEqual(["the header declares 99999999999 streamlines, the file has 3"]);
  });

  test("a streamline with a coordinate that is not finite is left out", async () => {
    const data = await readTck({ streamlines: [[[Number.NaN, 1, 2]], ...LINES], datatype: "Float64LE" });
    expectLines(linesOf(data), LINES, 0);
    expect(data.warnings[0]).toMatch(/^1 streamlines have coordinates that are not finite/);
    const huge = await readTck({ streamlines: [[[1e300, 1e300, 1e300]], ...LINES], datatype: "Float64LE" });
    expectLines(linesOf(huge), LINES, 0);
  });

  test("gzip and blocks of a few bytes give the same streamlines", async () => {
    const streamlines = Array.from({ length: 30 }, (_, i) =>
      Array.from({ length: i % 7 }, (_, k) => [i, k, i + k]),
    );
    const bytes = tckFile({ streamlines, datatype: "Float64BE" });
    const path = write("blocks.tck", bytes);
    const whole = await readStreamlines(path);
    expect(await readStreamlines(write("blocks.tck.gz", gzipSync(bytes)))).toEqual(whole);
    for (const blockBytes of [1, 7, 64]) expect(await readStreamlines(path, blockBytes)).toEqual(whole);
  });
});

describe("track scalars (TSF)", () => {
  const values = LINES.map((line, i) => line.map((_, k) => [10 * i + k]));
  const scalars = (streamlines: readonly number[][][]) =>
    write("fa.tsf", tckFile({ streamlines, magic: "mrtrix track scalars", datatype: "Float32BE" }));

  test("track scalars (TSF) are an overlay with one value per point, named as the file", async () => {
    const path = scalars(values);
    expect(inspectFile(path).isOverlay).toBe(true);
    const expected = [{ name: "fa", components: 1, values: new Float32Array([0, 1, 10, 20, 21, 22]) }];
    expect(await read(path)).toMatchObject({ kind: "overlay", of: "points", arrays: expected, warnings: [] });
  });

  test("belong to the tracks before them, with the same number of points", async () => {
    const path = write("tracks.tck", tckFile({ streamlines: LINES }));
    const request = { path, root: undefined, drafts: false, overlays: [{ path: scalars(values) }] };
    const data = await readData(request, () => {});
    expect(data.kind === "streamlines" && data.pointArrays.map(({ name }) => name)).toEqual(["fa"]);
    const other = { ...request, overlays: [{ path: scalars(values.slice(1)) }] };
    await expect(readData(other, () => {})).rejects.toThrow(
      /it has 4 values, but the file before it has 6 points/,
    );
  });
});
