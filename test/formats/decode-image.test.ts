import { describe, expect, test } from "bun:test";
import { decodeImage } from "../../src/formats/images/decode-image.ts";
import type { RgbaImage } from "../../src/formats/images/rgba-image.ts";
import { encodeJpegSync } from "../../src/native/jpeg.ts";
import { randomNumbers } from "../support/random.ts";
import { bmp, cmykJpeg, gif, SIZE, type TiffOptions, tga, tiff, webp } from "./image-samples.ts";
import { checkerPng } from "./samples.ts";

/** The pixel at the centre of each of the four squares, row by row. */
function squareCenters({ data, width, height }: RgbaImage): number[][] {
  expect([width, height, data.byteLength]).toEqual([SIZE, SIZE, 4 * SIZE * SIZE]);
  const near = SIZE / 4;
  const far = SIZE - near;
  return [
    [near, near],
    [far, near],
    [near, far],
    [far, far],
  ].map(([x = 0, y = 0]) => [...data.subarray(4 * (y * SIZE + x), 4 * (y * SIZE + x) + 4)]);
}

const squareColors = (alpha = 255): number[][] => [
  [255, 0, 0, alpha],
  [0, 255, 0, alpha],
  [0, 0, 255, alpha],
  [255, 255, 255, alpha],
];
const greys = [0, 50, 100, 150].map((value) => [value, value, value, 255]);

const paddedPng = (): Uint8Array => Buffer.concat([checkerPng(SIZE / 2), Buffer.from("pad")]);
const tiffs: [string, TiffOptions, number[][]][] = [
  ["strips without compression", {}, squareColors()],
  ["big-endian, PackBits", { bigEndian: true, compression: "packbits" }, squareColors()],
  ["Deflate with a predictor", { compression: "deflate", predictor: true }, squareColors()],
  ["LZW with a predictor", { compression: "lzw", predictor: true, kind: "rgba" }, squareColors(100)],
  ["tiles, LZW", { compression: "lzw", tile: 16 }, squareColors()],
  ["16 bits, big-endian", { bits: 16, bigEndian: true }, squareColors()],
  ["16 bits, little-endian, Deflate", { bits: 16, compression: "deflate" }, squareColors()],
  ["a color map", { kind: "map" }, squareColors()],
  ["grey where white is zero", { kind: "white-is-zero" }, greys],
  ["CMYK", { kind: "cmyk" }, squareColors()],
];

describe("image formats", () => {
  test("PNG is decoded, also with trailing bytes", async () => {
    expect(squareCenters(await decodeImage(checkerPng(SIZE / 2)))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(paddedPng()))).toEqual(squareColors());
  });

  test("BMP and GIF are decoded", async () => {
    expect(squareCenters(await decodeImage(bmp()))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(gif()))).toEqual(squareColors());
  });

  test("lossless and lossy WebP, and CMYK JPEG, are decoded", async () => {
    expect(squareCenters(await decodeImage(await webp(true)))).toEqual(squareColors());
    for (const lossy of [await webp(false), cmykJpeg()]) {
      const decoded = squareCenters(await decodeImage(lossy)).flat();
      for (const [i, value] of squareColors().flat().entries()) {
        expect(Math.abs(value - (decoded[i] ?? 0))).toBeLessThan(16);
      }
    }
  });

  test("TGA is decoded with 16 or 24 bits, a color map or grey, both row orders, with and without run-length encoding", async () => {
    expect(squareCenters(await decodeImage(tga("color", 24)))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(tga("color", 24, { topDown: true, runs: true })))).toEqual(
      squareColors(),
    );
    expect(squareCenters(await decodeImage(tga("color", 16, { runs: true })))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(tga("map", 8)))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(tga("map", 8, { runs: true })))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(tga("grey", 8, { topDown: true })))).toEqual(greys);
  });

  test("the fourth byte of 32-bit TGA is alpha only if the header declares alpha bits", async () => {
    expect(squareCenters(await decodeImage(tga("color", 32)))).toEqual(squareColors());
    expect(squareCenters(await decodeImage(tga("color", 32, { alphaBits: 8, alpha: 100 })))).toEqual(
      squareColors(100),
    );
  });

  for (const [name, options, expected] of tiffs) {
    test(`TIFF is decoded: ${name}`, async () => {
      expect(squareCenters(await decodeImage(tiff(options)))).toEqual(expected);
    });
  }
});

function modified(bytes: Uint8Array, change: (copy: Buffer) => void): Uint8Array {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

test("an image that declares more than 67 million pixels is refused before they are allocated", async () => {
  const oversized: [string, Uint8Array][] = [
    ["PNG", modified(checkerPng(), (png) => png.writeUInt32BE(4e9, 16))],
    ["BMP", modified(bmp(), (bytes) => bytes.writeInt32LE(2e9, 18))],
    ["TGA", modified(tga("color", 24), (bytes) => bytes.fill(255, 12, 16))],
    [
      "GIF",
      modified(gif(), (bytes) => {
        bytes.fill(255, 6, 10);
        bytes.fill(255, bytes.indexOf(0x2c, 25) + 5, bytes.indexOf(0x2c, 25) + 9);
      }),
    ],
    // The tags for width and height are the first two of the directory.
    [
      "TIFF",
      modified(tiff(), (bytes) => {
        const directory = bytes.readUInt32LE(4);
        for (const offset of [directory + 10, directory + 22]) bytes.writeUInt16LE(65_535, offset);
      }),
    ],
    ["CMYK JPEG", modified(cmykJpeg(), hugeFrame)],
    ["JPEG", modified(rgbJpeg(), hugeFrame)],
    ["WebP", modified(await webp(true), (bytes) => bytes.fill(255, 21, 24).writeUInt8(0x0f, 24))],
  ];
  for (const [kind, bytes] of oversized) {
    const message = await decodeImage(bytes).then(
      () => "decoded",
      (error: Error) => error.message,
    );
    expect([kind, message]).toEqual([kind, expect.stringMatching(/has .*pixels/)]);
  }
});

/** Sets the height and width in a JPEG's frame header (SOF0) to 32767. */
function hugeFrame(jpeg: Buffer): void {
  const frame = jpeg.indexOf("\xff\xc0", 0, "latin1");
  jpeg.writeUInt16BE(32_767, frame + 5);
  jpeg.writeUInt16BE(32_767, frame + 7);
}

function rgbJpeg(): Uint8Array {
  const data = new Uint8Array(SIZE * SIZE * 3);
  return encodeJpegSync(
    { data, width: SIZE, height: SIZE, format: "rgb", bottomUp: false },
    { quality: 90, subsampling: "4:4:4" },
  );
}

test("damaged images are decoded or refused with a clear message", async () => {
  const samples = [
    paddedPng(),
    bmp(),
    gif(),
    await webp(true),
    await webp(false),
    cmykJpeg(),
    rgbJpeg(),
    tga("color", 24, { runs: true }),
    tga("map", 8),
    ...tiffs.map(([, options]) => tiff(options)),
  ];
  const randomNumber = randomNumbers(7);
  const random = (below: number): number => Math.floor(randomNumber() * below);
  for (let i = 0; i < 1500; i += 1) {
    const sample = samples[i % samples.length] ?? bmp();
    const damaged = Buffer.from(sample.subarray(0, random(4) === 0 ? random(sample.byteLength) : undefined));
    for (let k = 0; k <= random(4) && damaged.byteLength > 0; k += 1) {
      damaged[random(Math.min(damaged.byteLength, k % 2 === 0 ? 80 : 1e9))] = random(256);
    }
    const outcome = await decodeImage(damaged).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome.message).toMatch(/^(the (PNG|BMP|GIF|WebP|JPEG|TGA|TIFF) |it is not a PNG)/);
      expect(outcome.message).not.toMatch(/undefined|is not a function|RangeError/);
    } else {
      const { data, width, height } = outcome as RgbaImage;
      expect(data.byteLength).toBe(4 * width * height);
    }
  }
});
