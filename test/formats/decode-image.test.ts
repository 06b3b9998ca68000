import { describe, expect, test } from "bun:test";
import { decodeImage } from "../../src/formats/images/decode-image.ts";
import type { RgbaImage } from "../../src/formats/images/rgba-image.ts";
import { encodeJpegSync } from "../../src/native/jpeg.ts";
import { randomNumbers } from "../support/random.ts";
import { bmp, cmykJpeg, gif, SIZE, type TiffOptions, tga, tiff, webp } from "./image-samples.ts";
import { checkerPng } from "./samples.ts";

/** The pixel at the centre of each of the four squares, row by row. */
function squares({ data, width, height }: RgbaImage): number[][] {
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

const opaque = (alpha = 255): number[][] => [
  [255, 0, 0, alpha],
  [0, 255, 0, alpha],
  [0, 0, 255, alpha],
  [255, 255, 255, alpha],
];
const greys = [0, 50, 100, 150].map((value) => [value, value, value, 255]);

const paddedPng = (): Uint8Array => Buffer.concat([checkerPng(SIZE / 2), Buffer.from("pad")]);
const tiffs: [string, TiffOptions, number[][]][] = [
  ["strips without compression", {}, opaque()],
  ["big-endian, PackBits", { bigEndian: true, compression: "packbits" }, opaque()],
  ["Deflate with a predictor", { compression: "deflate", predictor: true }, opaque()],
  ["LZW with a predictor", { compression: "lzw", predictor: true, kind: "rgba" }, opaque(100)],
  ["tiles, LZW", { compression: "lzw", tile: 16 }, opaque()],
  ["16 bits, big-endian", { bits: 16, bigEndian: true }, opaque()],
  ["16 bits, little-endian, Deflate", { bits: 16, compression: "deflate" }, opaque()],
  ["a colour map", { kind: "map" }, opaque()],
  ["grey where white is zero", { kind: "white-is-zero" }, greys],
  ["CMYK", { kind: "cmyk" }, opaque()],
];

describe("image formats", () => {
  test("PNG is decoded, also with trailing bytes", async () => {
    expect(squares(await decodeImage(checkerPng(SIZE / 2)))).toEqual(opaque());
    expect(squares(await decodeImage(paddedPng()))).toEqual(opaque());
  });

  test("BMP and GIF are decoded", async () => {
    expect(squares(await decodeImage(bmp()))).toEqual(opaque());
    expect(squares(await decodeImage(gif()))).toEqual(opaque());
  });

  test("lossless and lossy WebP, and CMYK JPEG, are decoded", async () => {
    expect(squares(await decodeImage(await webp(true)))).toEqual(opaque());
    for (const lossy of [await webp(false), cmykJpeg()]) {
      const decoded = squares(await decodeImage(lossy)).flat();
      for (const [i, value] of opaque().flat().entries()) {
        expect(Math.abs(value - (decoded[i] ?? 0))).toBeLessThan(16);
      }
    }
  });

  test("TGA is decoded with 16 or 24 bits, a colour map or grey, both row orders, with and without run-length encoding", async () => {
    expect(squares(await decodeImage(tga("color", 24)))).toEqual(opaque());
    expect(squares(await decodeImage(tga("color", 24, { topDown: true, runs: true })))).toEqual(opaque());
    expect(squares(await decodeImage(tga("color", 16, { runs: true })))).toEqual(opaque());
    expect(squares(await decodeImage(tga("map", 8)))).toEqual(opaque());
    expect(squares(await decodeImage(tga("map", 8, { runs: true })))).toEqual(opaque());
    expect(squares(await decodeImage(tga("grey", 8, { topDown: true })))).toEqual(greys);
  });

  test("the fourth byte of 32-bit TGA is alpha only if the header declares alpha bits", async () => {
    expect(squares(await decodeImage(tga("color", 32)))).toEqual(opaque());
    expect(squares(await decodeImage(tga("color", 32, { alphaBits: 8, alpha: 100 })))).toEqual(opaque(100));
  });

  for (const [name, options, expected] of tiffs) {
    test(`TIFF is decoded: ${name}`, async () => {
      expect(squares(await decodeImage(tiff(options)))).toEqual(expected);
    });
  }
});

function withSize(bytes: Uint8Array, change: (copy: Buffer) => void): Uint8Array {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

test("an image that declares more than 67 million pixels is refused before they are allocated", async () => {
  const declared: [string, Uint8Array][] = [
    ["PNG", withSize(checkerPng(), (png) => png.writeUInt32BE(4e9, 16))],
    ["BMP", withSize(bmp(), (bytes) => bytes.writeInt32LE(2e9, 18))],
    ["TGA", withSize(tga("color", 24), (bytes) => bytes.fill(255, 12, 16))],
    [
      "GIF",
      withSize(gif(), (bytes) => {
        bytes.fill(255, 6, 10);
        bytes.fill(255, bytes.indexOf(0x2c, 25) + 5, bytes.indexOf(0x2c, 25) + 9);
      }),
    ],
    // The tags for width and height are the first two of the directory.
    [
      "TIFF",
      withSize(tiff(), (bytes) => {
        const directory = bytes.readUInt32LE(4);
        for (const at of [directory + 10, directory + 22]) bytes.writeUInt16LE(65_535, at);
      }),
    ],
    ["CMYK JPEG", withSize(cmykJpeg(), hugeFrame)],
    ["JPEG", withSize(rgbJpeg(), hugeFrame)],
    ["WebP", withSize(await webp(true), (bytes) => bytes.fill(255, 21, 24).writeUInt8(0x0f, 24))],
  ];
  for (const [kind, bytes] of declared) {
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
  const uniform = randomNumbers(7);
  const random = (below: number): number => Math.floor(uniform() * below);
  for (let i = 0; i < 1500; i += 1) {
    const whole = samples[i % samples.length] ?? bmp();
    const damaged = Buffer.from(whole.subarray(0, random(4) === 0 ? random(whole.byteLength) : undefined));
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
