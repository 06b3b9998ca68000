import { afterAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { inspectedOutcome, outcome } from "./read-outcomes.ts";
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
const write = directory.write.bind(directory);

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
