import { describe, expect, test } from "bun:test";
import { JpegError } from "../../src/native/errors.ts";
import { decodeJpeg, encodeJpeg, encodeJpegSync, type JpegOptions } from "../../src/native/jpeg.ts";
import type { PixelImage } from "../../src/native/pixel-image.ts";

const BEST: JpegOptions = { quality: 95, subsampling: "4:4:4" };

// Smooth in both directions and different in each channel, to detect flips and swapped channels.
function colorAt(x: number, y: number, width: number, height: number): [number, number, number] {
  return [Math.round((200 * x) / width), Math.round((200 * y) / height), 128];
}

function testImage(width: number, height: number, format: "rgb" | "rgba", bottomUp: boolean): PixelImage {
  const channels = format === "rgba" ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; ++y) {
    const row = bottomUp ? height - 1 - y : y;
    for (let x = 0; x < width; ++x) data.set(colorAt(x, y, width, height), (row * width + x) * channels);
  }
  return { data, width, height, format, bottomUp };
}

function largestDifference(jpeg: Uint8Array, width: number, height: number): number {
  const decoded = decodeJpeg(jpeg);
  expect([decoded.width, decoded.height, decoded.data.length]).toEqual([width, height, width * height * 4]);
  let largest = 0;
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const at = (y * width + x) * 4;
      const expected = [...colorAt(x, y, width, height), 255];
      for (const [channel, value] of expected.entries()) {
        largest = Math.max(largest, Math.abs((decoded.data[at + channel] ?? Number.NaN) - value));
      }
    }
  }
  return largest;
}

describe("JPEG encoding and decoding", () => {
  const sizes = [
    [1, 1],
    [1, 17],
    [17, 1],
    [33, 31],
    [640, 479],
  ] as const;
  for (const [width, height] of sizes) {
    for (const format of ["rgb", "rgba"] as const) {
      for (const bottomUp of [false, true]) {
        test(`${width}x${height} ${format} ${bottomUp ? "bottom-up" : "top-down"} decodes to the encoded image`, async () => {
          const image = testImage(width, height, format, bottomUp);
          expect(largestDifference(await encodeJpeg(image, BEST), width, height)).toBeLessThanOrEqual(4);
        });
      }
    }
  }

  for (const subsampling of ["4:4:4", "4:2:2", "4:2:0"] as const) {
    test(`subsampling ${subsampling} decodes to a similar image`, async () => {
      const image = testImage(100, 75, "rgba", true);
      const jpeg = await encodeJpeg(image, { quality: 90, subsampling });
      expect(largestDifference(jpeg, 100, 75)).toBeLessThanOrEqual(12);
    });
  }

  test("chroma subsampling and lower quality reduce the bytes", async () => {
    const data = new Uint8Array(256 * 256 * 3).map((_, index) => (index * 2654435761) >>> 24);
    const image: PixelImage = { data, width: 256, height: 256, format: "rgb", bottomUp: false };
    const sizes: number[] = [];
    for (const subsampling of ["4:4:4", "4:2:2", "4:2:0"] as const) {
      sizes.push((await encodeJpeg(image, { quality: 80, subsampling })).length);
    }
    sizes.push((await encodeJpeg(image, { quality: 20, subsampling: "4:2:0" })).length);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(sizes).size).toBe(4);
  });

  test("the pool and this thread encode the same bytes", async () => {
    const image = testImage(64, 48, "rgba", true);
    const options: JpegOptions = { quality: 80, subsampling: "4:2:0" };
    expect(await encodeJpeg(image, options)).toEqual(encodeJpegSync(image, options));
  });
});

describe("the worker pool", () => {
  test("200 concurrent encodes each settle with their own image", async () => {
    const grey = (value: number): PixelImage => ({
      data: new Uint8Array(32 * 32 * 3).fill(value),
      width: 32,
      height: 32,
      format: "rgb",
      bottomUp: false,
    });
    const jpegs = await Promise.all(Array.from({ length: 200 }, (_, index) => encodeJpeg(grey(index), BEST)));
    const values = jpegs.map((jpeg) => decodeJpeg(jpeg).data[0] ?? Number.NaN);
    expect(values.every((value, index) => Math.abs(value - index) <= 2)).toBe(true);
  });

  test("low-priority jobs wait for others, also for those submitted after them", async () => {
    const order: string[] = [];
    const large = testImage(1920, 1080, "rgba", true);
    const low = Array.from({ length: 20 }, () =>
      encodeJpeg(large, { ...BEST, lowPriority: true }).then(() => order.push("low")),
    );
    const normal = Array.from({ length: 3 }, () => encodeJpeg(large, BEST).then(() => order.push("normal")));
    await Promise.all([...low, ...normal]);
    expect(order.lastIndexOf("normal")).toBeLessThan(order.length - 1);
    expect(order.slice(-10)).toEqual(Array(10).fill("low"));
    expect(order.filter((each) => each === "low").length).toBe(20);
    const [first, second] = [
      await encodeJpeg(large, { ...BEST, lowPriority: true }),
      await encodeJpeg(large, BEST),
    ];
    expect(decodeJpeg(first).data).toEqual(decodeJpeg(second).data);
  });

  test("an encode does not block the calling thread", async () => {
    const order: string[] = [];
    const encode = encodeJpeg(testImage(1920, 1080, "rgba", true), BEST).then(() => order.push("encoded"));
    order.push("returned");
    await encode;
    expect(order).toEqual(["returned", "encoded"]);
  });

  test("a pending encode keeps the process alive until it is done", async () => {
    const script = new URL("fixtures/encode-and-end.ts", import.meta.url).pathname;
    for (const ending of ["await", "exit", "drop"]) {
      const child = Bun.spawn([process.execPath, script, ending], { stdout: "pipe", stderr: "pipe" });
      expect(await new Response(child.stderr).text()).toBe("");
      expect(await new Response(child.stdout).text()).toBe(ending === "exit" ? "" : "encoded\n");
      expect(await child.exited).toBe(ending === "exit" ? 3 : 0);
    }
  });
});

describe("invalid input of a JPEG", () => {
  const good = testImage(16, 16, "rgba", true);
  const cases: [string, Partial<PixelImage>, Partial<JpegOptions>, RegExp][] = [
    ["a width of 0", { width: 0 }, {}, /0x16 cannot be a JPEG/],
    ["a negative height", { height: -1 }, {}, /16x-1 cannot be a JPEG/],
    ["a side beyond the format", { width: 65501, height: 1 }, {}, /each side must be 1 to 65500/],
    [
      "a size that needs more bytes",
      { height: 17 },
      {},
      /16x17 with 4 bytes per pixel needs 1088 bytes, but has 1024/,
    ],
    ["half a pixel", { width: 1.5 }, {}, /1.5 is not a whole number/],
    ["quality 0", {}, { quality: 0 }, /quality is 1 to 100, not 0/],
    ["quality 101", {}, { quality: 101 }, /quality is 1 to 100, not 101/],
  ];
  for (const [what, image, options, message] of cases) {
    test(`${what} is an error`, async () => {
      const encode = encodeJpeg({ ...good, ...image }, { ...BEST, ...options });
      const error = await encode.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(JpegError);
      expect(String(error)).toMatch(message);
      expect(() => encodeJpegSync({ ...good, ...image }, { ...BEST, ...options })).toThrow(message);
    });
  }

  test("bytes that are not a JPEG are an error", () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(3),
      new Uint8Array(5000),
      Buffer.from("not an image"),
    ]) {
      expect(() => decodeJpeg(bytes)).toThrow("not a JPEG");
    }
  });

  test("a JPEG truncated at any byte is an error", () => {
    const jpeg = encodeJpegSync(testImage(64, 64, "rgb", false), BEST);
    for (let length = 2; length < jpeg.length - 2; length += 7) {
      expect(() => decodeJpeg(jpeg.slice(0, length))).toThrow(JpegError);
    }
  });

  test("a JPEG with any byte changed decodes or throws a JpegError", () => {
    const jpeg = encodeJpegSync(testImage(40, 40, "rgb", false), { quality: 50, subsampling: "4:2:0" });
    for (let at = 0; at < jpeg.length; ++at) {
      const changed = jpeg.slice();
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      try {
        decodeJpeg(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(JpegError);
      }
    }
  });

  test("a header that declares 65500 x 65500 pixels is an error before any allocation", () => {
    const jpeg = encodeJpegSync(testImage(16, 16, "rgb", false), BEST);
    const frame = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc0);
    new DataView(jpeg.buffer).setUint32(frame + 5, 0xffdcffdc);
    expect(() => decodeJpeg(jpeg)).toThrow("a JPEG of 65500x65500 has more than 67108864 pixels");
  });
});
