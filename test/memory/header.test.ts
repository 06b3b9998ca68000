import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateLayout, LAYOUT_FILE } from "../../scripts/generate-memory-layout.ts";
import { SHARED_MEMORY } from "../../src/memory/memory-backend.ts";
import { SharedImage } from "../../src/memory/shared-image.ts";
import { eventually } from "../server/clients.ts";
import { pixels } from "./segments.ts";

// Compiling is slow on a busy machine.
setDefaultTimeout(60_000);

const directory = mkdtempSync(join(tmpdir(), "scenecast-header-"));
const program = join(directory, "c-client");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(command: string[]): string {
  const { stdout, stderr } = Bun.spawnSync(command, { stdout: "pipe", stderr: "pipe" });
  expect(stderr.toString()).toBe("");
  return stdout.toString();
}

function clientArguments(image: SharedImage<string>, command: "read" | "write"): string[] {
  return [program, command, image.keys.info, ...image.keys.images];
}

test("layout.generated.ts is up to date with native/scenecast_memory.h", () => {
  expect(readFileSync(LAYOUT_FILE, "utf8")).toBe(generateLayout());
});

describe("the C header", () => {
  beforeAll(() => {
    const include = new URL("../../native/", import.meta.url).pathname;
    const source = new URL("programs/c-client.c", import.meta.url).pathname;
    const flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I", include];
    run(["gcc", ...flags, "-o", program, source]);
  });

  test("a C program with only native/scenecast_memory.h reads a frame, its metadata and its camera", () => {
    using image = new SharedImage(SHARED_MEMORY, { maxWindowSize: [64, 48], numBuffers: 3 });
    const data = pixels(20 * 10 * 3, 7);
    image.write(20, 10, data, {
      still: true,
      renderMs: 2.5,
      camera: { position: [1, 2, 3], focalPoint: [4, 5, 6], viewUp: [0, 1, 0], viewAngle: 30 },
    });
    const sum = data.reduce((total, value) => total + value, 0);
    expect(run(clientArguments(image, "read"))).toBe(
      `20x10 frame 1 still 1 render 2.5 ms sum ${sum} view angle 30\n`,
    );
  });

  test("a frame that a C program writes wakes the watch of a SharedImage and is read", async () => {
    using image = new SharedImage(SHARED_MEMORY, { maxWindowSize: [64, 48] });
    image.write(1, 1, new Uint8Array(3));
    let frames = 0;
    const watch = image.watchFrames(() => frames++);
    run(clientArguments(image, "write"));
    await eventually(() => frames > 0, "the frame word wakes the watch");
    watch.close();
    const frame = image.read();
    expect(frame).toMatchObject({
      width: 4,
      height: 2,
      frame: 2,
      still: false,
      renderMs: 1.5,
      eventTimestamp: null,
    });
    expect([...(frame?.data ?? [])]).toEqual(Array.from({ length: 4 * 2 * 3 }, (_, index) => index));
    expect(image.camera).toMatchObject({ position: [7, 8, 9], viewAngle: 45 });
  });
});
