import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { SampledFile } from "../../../src/formats/sampled-file.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { binaryLegacy, LEGACY_POLYDATA } from "./legacy-samples.ts";
import { vtuFile } from "./xml-samples.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

async function samplesOf(content: string | Uint8Array): Promise<number[]> {
  const path = join(directory.path, "sampled");
  writeFileSync(path, content);
  const { format } = inspectFile(path);
  using file = new SampledFile(path);
  return (await format.samplePoints?.(path, file)) ?? [];
}

test("the points of raw appended data of several pieces are sampled", async () => {
  const first = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1];
  const second = first.map((value, i) => (i % 3 === 0 ? value + 1 : value));
  expect(await samplesOf(vtuFile({ mode: "raw", pieces: 2 }))).toEqual([...first, ...second]);
  expect(await samplesOf(vtuFile({ mode: "raw", headerType: "UInt64" }))).toEqual(first);
});

test("the points of binary legacy files are sampled", async () => {
  expect(await samplesOf(binaryLegacy())).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0]);
});

test("text and compressed data are not sampled", async () => {
  expect(await samplesOf(LEGACY_POLYDATA)).toEqual([]);
  expect(await samplesOf(vtuFile())).toEqual([]);
  expect(await samplesOf(vtuFile({ mode: "raw", compressed: true }))).toEqual([]);
});
