import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Points } from "../../../src/formats/data-kinds.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

/** Files of laz-perf's tests (Hobu, Inc., Apache-2.0): a part of a survey, as LAS, compressed, and in version 1.4 with layers. */
const folder = join(import.meta.dir, "laz");
const LAS = join(folder, "point-color-time.las");
const LAZ = join(folder, "point-color-time.las.laz");
const LAZ_14 = join(folder, "point-time-1.4.las.laz");

const refused = async (bytes: Uint8Array) => String(await outcome(directory.write("bad.laz", bytes)));

describe("LAZ", () => {
  test("a compressed file has the points of the file that was compressed", async () => {
    const expected = await outcome(LAS);
    expect((expected as Points).vertices.positions).toHaveLength(3 * 1065);
    for (const blockBytes of [undefined, 1009]) expect(await outcome(LAZ, blockBytes)).toEqual(expected);
    expect(await outcome(directory.write("a.laz.gz", gzipSync(readFileSync(LAZ))))).toEqual(expected);
  });

  test("a file of version 1.4 has the same coordinates and values in its own record type", async () => {
    const expected = (await read(LAS)) as Points;
    const { vertices, origin } = (await read(LAZ_14)) as Points;
    expect(origin).toEqual(expected.origin);
    expect(vertices.positions).toEqual(expected.vertices.positions);
    for (const [i, { name, values }] of (expected.vertices.arrays ?? []).entries()) {
      expect(vertices.arrays?.[i]?.name).toBe(name);
      expect(vertices.arrays?.[i]?.values).toEqual(values);
    }
  });

  test("a damaged byte of the points, for which the format has no checksum, is found by the box of the header", async () => {
    const bytes = readFileSync(LAZ);
    bytes[18_000] = (bytes[18_000] ?? 0) ^ 0x55;
    const { warnings } = (await read(directory.write("flipped.laz", bytes))) as Points;
    expect(warnings.join()).toMatch(/points are outside of the box .* probably damaged/);
  });

  test("a file that is cut off, or whose count or chunks are damaged, is refused with a sentence", async () => {
    const bytes = readFileSync(LAZ);
    for (const length of [18_515, 10_000, 500, 230])
      expect(await refused(bytes.subarray(0, length)), `${length}`).toMatch(/damaged or cut off/);
    const changed = (offset: number, value: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy.writeUInt32LE(value, offset);
      return copy;
    };
    const start = bytes.readUInt32LE(96);
    const table = bytes.readUInt32LE(start);
    expect(await refused(changed(107, 0xffff_ffff))).toContain("damaged or cut off");
    expect(await refused(changed(start, 0xffff_ffff))).toContain("damaged or cut off");
    expect(await refused(changed(table + 4, 0xffff_ffff))).toContain("damaged or cut off");
    // The record that says how the points are compressed.
    const record = Buffer.from(bytes);
    record.fill(0, record.indexOf("laszip encoded"), record.indexOf("laszip encoded") + 14);
    expect(await refused(record)).toContain("damaged or cut off");
  });
});
