import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Points } from "../../src/formats/data-kinds.ts";
import { FileSource } from "../../src/formats/file-source.ts";
import { inspectFile } from "../../src/formats/inspect-file.ts";
import { ReferencedFiles } from "../../src/formats/referenced-files.ts";
import { stl } from "../../src/formats/stl/stl.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { MUTANT_FORMATS, mutant, SIBLING_FILES } from "./mutants.ts";
import { inspectedOutcome, outcome, read } from "./read-outcomes.ts";
import { cubeStlBinary } from "./samples.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);
for (const [name, content] of Object.entries(SIBLING_FILES)) directory.write(name, content);

describe("reading in blocks", () => {
  for (const format of MUTANT_FORMATS) {
    test(`damaged ${format} files give the same result in blocks of any size`, async () => {
      for (let seed = 0; seed < 150; seed += 1) {
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
