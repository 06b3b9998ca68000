import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { decodeJpeg, encodeJpeg, encodeJpegSync, type JpegOptions } from "../../src/native/jpeg.ts";
import type { PixelImage } from "../../src/native/pixel-image.ts";

const SUBSAMPLINGS = ["4:4:4", "4:2:2", "4:2:0"] as const;
const LIVE: JpegOptions = { quality: 85, subsampling: "4:2:0" };

/** With one core an image is a single band. */
const HAS_BANDS = availableParallelism() > 1;

/** Markers of a baseline JPEG. */
interface Structure {
  height: number;
  /** MCUs between two restart markers; 0: no markers. */
  restartInterval: number;
  /** Offsets of the restart markers. */
  restarts: number[];
  /** Numbers of the restart markers, 0 to 7. */
  numbers: number[];
}

function structureOf(jpeg: Uint8Array): Structure {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  const found: Structure = { height: 0, restartInterval: 0, restarts: [], numbers: [] };
  let at = 2;
  for (let marker = 0; marker !== 0xda; at += 2 + view.getUint16(at + 2)) {
    marker = view.getUint16(at) - 0xff00;
    if (marker === 0xc0) found.height = view.getUint16(at + 5);
    if (marker === 0xdd) found.restartInterval = view.getUint16(at + 4);
  }
  for (; at < jpeg.length - 2; at++) {
    const number = view.getUint16(at) - 0xffd0;
    if (number < 0 || number > 7) continue;
    found.restarts.push(at);
    found.numbers.push(number);
  }
  expect(view.getUint16(at)).toBe(0xffd9);
  return found;
}

/** Gradients with some noise: every row and column of blocks differs from the next. */
function testImage(width: number, height: number, format: "rgb" | "rgba", bottomUp: boolean): PixelImage {
  const channels = format === "rgba" ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < data.length; at++) {
    data[at] = (200 * at) / data.length + (Math.imul(at, 2654435761) >>> 27);
  }
  return { data, width, height, format, bottomUp };
}

function flat(width: number, height: number, value: number): PixelImage {
  return {
    data: new Uint8Array(width * height * 3).fill(value),
    width,
    height,
    format: "rgb",
    bottomUp: true,
  };
}

describe("a JPEG encoded in bands", () => {
  const sizes = [
    [1279, 721],
    [641, 479],
    [333, 1001],
    [1920, 1080],
  ] as const;
  for (const subsampling of SUBSAMPLINGS) {
    for (const [index, [width, height]] of sizes.entries()) {
      const image = testImage(width, height, index % 2 === 0 ? "rgb" : "rgba", index < 2);
      const options: JpegOptions = { quality: 90, subsampling };

      test(`${width}x${height} ${subsampling} in bands has the pixels of the serial encoder, and at most 1 % more bytes`, async () => {
        const serial = encodeJpegSync(image, options);
        const jpeg = await encodeJpeg(image, options);
        expect(Buffer.compare(decodeJpeg(jpeg).data, decodeJpeg(serial).data)).toBe(0);
        expect(jpeg.length).toBeLessThanOrEqual(serial.length * 1.01);
        expect(structureOf(serial)).toEqual({ height, restartInterval: 0, restarts: [], numbers: [] });
      });

      const marked = `${width}x${height} ${subsampling} has numbered restart markers between its bands (requires two cores)`;
      test.skipIf(!HAS_BANDS)(marked, async () => {
        const { restartInterval, numbers, ...found } = structureOf(await encodeJpeg(image, options));
        expect(found.height).toBe(height);
        const columns = Math.ceil(width / (subsampling === "4:4:4" ? 8 : 16));
        const rows = Math.ceil(height / (subsampling === "4:2:0" ? 16 : 8));
        expect(restartInterval % columns).toBe(0);
        expect(numbers.length).toBe(Math.ceil((rows * columns) / restartInterval) - 1);
        expect(numbers.length).toBeGreaterThan(0);
        expect(numbers).toEqual(numbers.map((_, number) => number % 8));
      });
    }
  }

  test("an empty image is at most 1 % larger in bands", async () => {
    for (const [width, height] of [
      [512, 256],
      [640, 480],
      [1280, 720],
      [1920, 1080],
      [3840, 2160],
    ] as const) {
      const image = flat(width, height, 0);
      const serial = encodeJpegSync(image, LIVE).length;
      expect((await encodeJpeg(image, LIVE)).length).toBeLessThanOrEqual(serial * 1.01);
    }
  });

  test.skipIf(!HAS_BANDS)(
    "bands with two swapped restart markers do not decode (requires two cores)",
    async () => {
      const jpeg = await encodeJpeg(testImage(1280, 720, "rgb", false), LIVE);
      const [first = 0, second = 0] = structureOf(jpeg).restarts;
      [jpeg[first + 1], jpeg[second + 1]] = [jpeg[second + 1] ?? 0, jpeg[first + 1] ?? 0];
      expect(() => decodeJpeg(jpeg)).toThrow("broken JPEG");
    },
  );
});

test("an image that is small, or has one row of MCUs, is a single band", async () => {
  for (const [width, height] of [
    [1, 1],
    [256, 256],
    [65500, 1],
    [16384, 8],
  ] as const) {
    for (const subsampling of SUBSAMPLINGS) {
      const image = testImage(width, height, "rgb", true);
      const options: JpegOptions = { quality: 85, subsampling };
      expect(Buffer.compare(await encodeJpeg(image, options), encodeJpegSync(image, options))).toBe(0);
    }
  }
});

test("concurrent images of several sizes are not mixed up", async () => {
  const sizes = [
    [1280, 720],
    [64, 48],
    [801, 603],
  ] as const;
  const encodes = Array.from({ length: 60 }, async (_, index) => {
    const [width, height] = sizes[index % sizes.length] ?? [1, 1];
    const decoded = decodeJpeg(await encodeJpeg(flat(width, height, 4 * index), LIVE));
    expect([decoded.width, decoded.height]).toEqual([width, height]);
    for (const row of [0, height - 1]) {
      expect(Math.abs((decoded.data[row * width * 4] ?? Number.NaN) - 4 * index)).toBeLessThanOrEqual(2);
    }
  });
  await Promise.all(encodes);
});
