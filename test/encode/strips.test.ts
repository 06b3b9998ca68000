import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PNG } from "pngjs";
import { encodeJpegStrips } from "../../src/encode/jpeg-strips.ts";
import { encodePng, encodePngStrips } from "../../src/encode/png.ts";
import { decodeJpeg, encodeJpegSync } from "../../src/native/jpeg.ts";
import type { PixelImage } from "../../src/native/pixel-image.ts";

/** Makes a top-down picture of gradients and noise. */
function picture(width: number, height: number): PixelImage {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i += 1) {
    const [x, y] = [i % width, Math.floor(i / width)];
    data.set([x & 255, y & 255, ((x * 7) ^ (y * 13)) & 63, 255 - (x & 127)], i * 4);
  }
  return { width, height, data, format: "rgba", bottomUp: false };
}

/** Cuts a picture into strips, which share one buffer and are bottom-up if requested. */
function* cut(
  { width, height, data, format }: PixelImage,
  rows: number,
  bottomUp: boolean,
): Generator<PixelImage> {
  const memory = new Uint8Array(width * rows * 4);
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    const strip = memory.subarray(0, count * width * 4);
    for (let row = 0; row < count; row += 1) {
      const source = (top + row) * width * 4;
      strip.set(data.subarray(source, source + width * 4), (bottomUp ? count - 1 - row : row) * width * 4);
    }
    yield { width, height: count, data: strip, format, bottomUp };
    memory.fill(0);
  }
}

describe("encodePngStrips", () => {
  test("a PNG of strips has the pixels of the picture for any height and row order of the strips", async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 300 }));
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        async ([width, height], rows, bottomUp) => {
          const image = picture(width, height);
          const pieces = encodePngStrips(image, cut(image, rows, bottomUp), { alpha: true });
          const png = PNG.sync.read(Buffer.concat(await Array.fromAsync(pieces)));
          expect([png.width, png.height]).toEqual([width, height]);
          expect(Buffer.compare(png.data, image.data)).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("the parts of a PNG that are compressed in parallel form one valid stream", async () => {
    const image = picture(1500, 1200);
    const png = PNG.sync.read(Buffer.from(await encodePng(image, { alpha: true })));
    expect(Buffer.compare(png.data, image.data)).toBe(0);
  });
});

describe("encodeJpegStrips", () => {
  test.each([
    [1500, 3100, 256, false],
    [4099, 1030, 512, true],
    [32768, 130, 64, true],
  ])(
    "a JPEG of %d x %d px in strips of %d rows has the pixels of one that is encoded whole",
    (width, height, rows, bottomUp) => {
      const image = picture(width, height);
      const options = { quality: 92, subsampling: "4:4:4" } as const;
      const pieces = encodeJpegStrips(image, cut(image, rows, bottomUp), options);
      const joined = decodeJpeg(Buffer.concat([...pieces]));
      const whole = decodeJpeg(encodeJpegSync(image, options));
      expect([joined.width, joined.height]).toEqual([width, height]);
      expect(Buffer.compare(joined.data, whole.data)).toBe(0);
    },
  );

  test("a JPEG of a small picture equals the output of the encoder, without restart markers", () => {
    const image = picture(640, 400);
    const options = { quality: 92, subsampling: "4:4:4" } as const;
    const [piece, ...more] = encodeJpegStrips(image, cut(image, 400, false), options);
    expect(more).toEqual([]);
    expect(Buffer.compare(piece ?? new Uint8Array(), encodeJpegSync(image, options))).toBe(0);
  });
});
