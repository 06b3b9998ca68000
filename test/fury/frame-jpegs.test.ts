import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { attachImages, KINDS } from "../memory/kinds.ts";

const RED = [250, 20, 10];
const BLUE = [10, 30, 240];

/** A frame that is red in its top 8 rows and blue below, rows bottom-up. */
function redAboveBlue(width: number, height: number, components: 3 | 4): Uint8Array {
  const bytes = new Uint8Array(width * height * components).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    bytes.set(pixel >= width * (height - 8) ? RED : BLUE, pixel * components);
  }
  return bytes;
}

/** The color at x, y (y down) of a JPEG. */
function colorAt(jpeg: Uint8Array | null, x: number, y: number): number[] {
  const { data, width } = decodeJpeg(jpeg ?? new Uint8Array());
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
}

function expectColor(jpeg: Uint8Array | null, [x, y]: [number, number], color: readonly number[]): void {
  const found = colorAt(jpeg, x, y);
  const maxError = Math.max(...color.map((value, index) => Math.abs(value - (found[index] ?? 999))));
  // Of 255: the error of quality 95 on a uniform color.
  expect(maxError).toBeLessThan(6);
}

describe.each(KINDS)("%s", (_, kind) => {
  test("before the first frame a JPEG is null with a reason", async () => {
    using manager = kind.images();
    expect([manager.getJpeg(), manager.problem]).toEqual([null, "no frame was written yet"]);
    expect(await manager.asyncGetJpeg()).toBeNull();
  });

  test.each(["rgb", "rgba"] as const)(
    "a JPEG of an %s frame is upright and has its size",
    async (pixelFormat) => {
      using manager = kind.images({ maxWindowSize: [64, 48], pixelFormat });
      using reader = attachImages(manager);
      manager.write(40, 24, redAboveBlue(40, 24, pixelFormat === "rgba" ? 4 : 3));
      for (const jpeg of [reader.getJpeg(), await reader.asyncGetJpeg()]) {
        expect(decodeJpeg(jpeg ?? new Uint8Array())).toMatchObject({ width: 40, height: 24 });
        expectColor(jpeg, [20, 0], RED);
        expectColor(jpeg, [20, 7], RED);
        expectColor(jpeg, [20, 8], BLUE);
        expectColor(jpeg, [39, 23], BLUE);
      }
    },
  );

  test("a JPEG shows the newest frame, and not one written while it is encoded", async () => {
    using manager = kind.images({ maxWindowSize: [640, 480], numBuffers: 2 });
    const frame = (value: number) => new Uint8Array(640 * 480 * 3).fill(value);
    for (let round = 0; round < 5; round++) {
      manager.write(640, 480, frame(10 + round));
      const jpeg = manager.asyncGetJpeg(0);
      for (let later = 0; later < 3; later++) manager.write(640, 480, frame(200));
      const { data } = decodeJpeg((await jpeg) ?? new Uint8Array());
      expect(new Set(data.filter((_, index) => index % 4 !== 3))).toEqual(new Set([10 + round]));
      expectColor(manager.getJpeg(), [320, 240], [200, 200, 200]);
    }
  });

  test("at most one JPEG is encoded within the interval, also for concurrent calls", async () => {
    using manager = kind.images({ maxWindowSize: [8, 8] });
    const start = performance.now();
    const first = await manager.asyncGetJpeg(100);
    for (let index = 1; index <= 3; index++) {
      manager.write(8, 8, new Uint8Array(192).fill(index * 40));
      const [one, other] = await Promise.all([manager.asyncGetJpeg(100), manager.asyncGetJpeg(100)]);
      expect(performance.now() - start).toBeGreaterThanOrEqual(100 * index);
      expect(one).toBe(other);
      expectColor(one, [4, 4], [index * 40, index * 40, index * 40]);
    }
    expect(first).toBeNull();
  });

  test("an unchanged frame is not encoded again, but a new one is", async () => {
    using manager = kind.images({ maxWindowSize: [8, 8] });
    manager.write(8, 8, new Uint8Array(192).fill(50));
    const jpeg = await manager.asyncGetJpeg(0);
    expect(await manager.asyncGetJpeg(0)).toBe(jpeg);
    manager.write(8, 8, new Uint8Array(192).fill(50));
    const next = await manager.asyncGetJpeg(0);
    expect(next).not.toBe(jpeg);
    expect(next).toEqual(jpeg);
    manager.createMemResource();
    expect(await manager.asyncGetJpeg(0)).toBeNull();
    manager.write(8, 8, new Uint8Array(192).fill(90));
    manager.write(8, 8, new Uint8Array(192).fill(90));
    expectColor(await manager.asyncGetJpeg(0), [4, 4], [90, 90, 90]);
  });

  test("cleanup resolves waiting JPEG calls with null", async () => {
    const manager = kind.images();
    manager.write(8, 8, new Uint8Array(192));
    expect(await manager.asyncGetJpeg()).not.toBeNull();
    const waiting = [3_600_000, Number.POSITIVE_INFINITY].map((ms) => manager.asyncGetJpeg(ms));
    manager.close();
    expect(await Promise.all(waiting)).toEqual([null, null]);
  });

  test("an invalid JPEG interval is refused with a message", async () => {
    using manager = kind.images();
    for (const ms of [-1, Number.NaN]) {
      await expect(manager.asyncGetJpeg(ms)).rejects.toThrow(`must be 0 ms or more; it is ${ms}`);
    }
  });
});

test("no timer for a JPEG keeps the process alive after cleanup", async () => {
  const program = fileURLToPath(new URL("programs/jpeg-and-end.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("[255,null]\n");
  expect(await child.exited).toBe(0);
});
