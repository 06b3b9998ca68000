import { afterEach, describe, expect, test } from "bun:test";
import { Vp8Error } from "../../src/native/errors.ts";
import type { PixelImage } from "../../src/native/pixel-image.ts";
import { Vp8Encoder, type Vp8Frame, type Vp8Options } from "../../src/native/vp8.ts";
import { eventually } from "../server/clients.ts";
import { decodeVp8, lumaOf } from "../support/vp8-decoder.ts";
import { residentMiB } from "./processes.ts";

const BITRATE = 2_000_000;

function grey(value: number, width = 64, height = 48, format: "rgb" | "rgba" = "rgb"): PixelImage {
  const data = new Uint8Array(width * height * (format === "rgb" ? 3 : 4)).fill(value);
  return { data, width, height, format, bottomUp: true };
}

/** A coarse and a fine pattern that move against each other by fractions of a pixel, so that every part of each frame is new. */
function grain(step: number): PixelImage {
  const [width, height] = [320, 180];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const wide = Math.sin((x + 0.7 * step) / 9) * Math.cos((y - 0.4 * step) / 7);
      const fine = Math.sin(x * y * 0.37 + 1.3 * step);
      data.fill(128 + 60 * wide + 12 * fine, at, at + 3);
    }
  }
  return { data, width, height, format: "rgb", bottomUp: true };
}

const encoders: Vp8Encoder[] = [];
function newEncoder(): Vp8Encoder {
  const encoder = new Vp8Encoder();
  encoders.push(encoder);
  return encoder;
}
afterEach(() => {
  for (const encoder of encoders.splice(0)) encoder.close();
});

const at = (step: number, more: Partial<Vp8Options> = {}): Vp8Options => ({
  ...{ bitrate: BITRATE, timeMs: step * 33 },
  ...more,
});

describe("a VP8 stream", () => {
  test("a stream begins with a keyframe and has others only where they are requested", async () => {
    const encoder = newEncoder();
    const frames: Vp8Frame[] = [];
    for (let step = 0; step < 8; step++) {
      frames.push(await encoder.encode(grey(20 * step), at(step, { keyframe: step === 5 })));
    }
    expect(frames.map(({ keyframe }) => keyframe)).toEqual([
      true,
      ...Array(4).fill(false),
      true,
      false,
      false,
    ]);
    expect(frames.every(({ encodeMs }) => encodeMs > 0)).toBe(true);
    const decoded = decodeVp8(frames.map(({ bytes }) => bytes));
    for (const [step, frame] of decoded.entries()) {
      expect(frame).toMatchObject({ width: 64, height: 48 });
      expect(Math.abs((frame?.luma ?? Number.NaN) - lumaOf(20 * step))).toBeLessThan(5);
    }
  });

  test("concurrent calls are encoded in their order", async () => {
    const encoder = newEncoder();
    const frames = await Promise.all(
      Array.from({ length: 40 }, (_, step) => encoder.encode(grey(6 * step), at(step))),
    );
    const decoded = decodeVp8(frames.map(({ bytes }) => bytes));
    for (const [step, frame] of decoded.entries()) {
      expect(Math.abs((frame?.luma ?? Number.NaN) - lumaOf(6 * step))).toBeLessThan(5);
    }
  });

  test.each([1_500_000, 8_000_000])(
    "a dark blue-grey view keeps its color from the first frame on, at %d bit/s",
    async (bitrate) => {
      const [width, height] = [640, 360];
      const data = new Uint8Array(width * height * 3);
      for (let at = 0; at < data.length; at += 3) data.set([20, 23, 28], at);
      const image = { data, width, height, format: "rgb", bottomUp: true } as const;
      const encoder = newEncoder();
      const frames: Uint8Array[] = [];
      for (let step = 0; step < 3; step++)
        frames.push((await encoder.encode(image, at(step, { bitrate }))).bytes);
      // (131, 126) in BT.601; grey is (128, 128).
      for (const frame of decodeVp8(frames)) {
        expect(Math.abs((frame?.chroma[0] ?? 0) - 131)).toBeLessThan(1.5);
        expect(Math.abs((frame?.chroma[1] ?? 0) - 126)).toBeLessThan(1.5);
      }
    },
  );

  test("requested keyframes of a still view are not coarser than the frames before", async () => {
    const encoder = newEncoder();
    let timeMs = 0;
    const bitrate = 500_000;
    let { quantizer } = await encoder.encode(grain(0), { bitrate, timeMs });
    for (let frame = 0; quantizer > 6 && frame < 100; frame++) {
      timeMs += 100;
      ({ quantizer } = await encoder.encode(grain(0), { bitrate, timeMs }));
    }
    for (let request = 0; request < 4; request++) {
      timeMs += 3000;
      const frame = await encoder.encode(grain(0), { bitrate, timeMs, keyframe: true });
      expect(frame.keyframe).toBe(true);
      expect(frame.quantizer).toBeLessThanOrEqual(6);
    }
  });

  test("a frame of another size begins a new stream that a decoder can continue with", async () => {
    const encoder = newEncoder();
    const sizes = [
      [64, 48],
      [33, 17],
      [1, 1],
      [640, 360],
      [64, 48],
    ] as const;
    const frames: Vp8Frame[] = [];
    for (const [step, [width, height]] of sizes.entries()) {
      frames.push(await encoder.encode(grey(120, width, height, "rgba"), at(2 * step)));
      frames.push(await encoder.encode(grey(120, width, height, "rgba"), at(2 * step + 1)));
    }
    expect(frames.map(({ keyframe }) => keyframe)).toEqual(sizes.flatMap(() => [true, false]));
    const decoded = decodeVp8(frames.map(({ bytes }) => bytes));
    expect(decoded.map((frame) => [frame?.width, frame?.height])).toEqual(
      sizes.flatMap((size) => [[...size], [...size]]),
    );
  });

  test("a noisy view keeps the bitrate, and each frame its share of it", async () => {
    for (const bitrate of [1_000_000, 4_000_000]) {
      const encoder = newEncoder();
      const sizes: number[] = [];
      for (let step = 0; step < 120; step++) {
        const { bytes } = await encoder.encode(grain(step), { bitrate, timeMs: (step * 1000) / 30 });
        sizes.push(bytes.byteLength);
      }
      const steady = sizes.slice(30);
      const share = bitrate / 8 / 30;
      expect(steady.reduce((sum, size) => sum + size, 0) / steady.length).toBeLessThan(1.04 * share);
      expect(Math.max(...steady)).toBeLessThan(3 * share);
    }
  });

  test("several streams are encoded concurrently", async () => {
    const streams = Array.from({ length: 5 }, () => ({ encoder: newEncoder(), frames: [] as Uint8Array[] }));
    for (let step = 0; step < 6; step++) {
      await Promise.all(
        streams.map(async ({ encoder, frames }, stream) => {
          frames.push((await encoder.encode(grey(40 * stream + step), at(step))).bytes);
        }),
      );
    }
    for (const [stream, { frames }] of streams.entries()) {
      const luma = decodeVp8(frames).at(-1)?.luma ?? Number.NaN;
      expect(Math.abs(luma - lumaOf(40 * stream + 5))).toBeLessThan(5);
    }
  });

  test("a closed encoder finishes queued frames and rejects further ones", async () => {
    const encoder = newEncoder();
    const frames = [0, 1, 2].map((step) => encoder.encode(grey(50), at(step)));
    encoder.close();
    encoder.close();
    expect((await Promise.all(frames)).map(({ keyframe }) => keyframe)).toEqual([true, false, false]);
    expect(await encoder.encode(grey(50), at(4)).catch(String)).toBe(
      "Vp8Error: This VP8 encoder was closed.",
    );
  });

  test("a thousand closed encoders leave less memory than fifty open ones use", async () => {
    const encodeAndClose = async (count: number) => {
      for (let round = 0; round < count; round++) {
        const encoder = new Vp8Encoder();
        await encoder.encode(grey(round % 256, 320, 240), at(0));
        encoder.close();
      }
    };
    await encodeAndClose(50);
    Bun.gc(true);
    const before = residentMiB();
    const open = Array.from({ length: 50 }, () => newEncoder());
    for (const encoder of open) await encoder.encode(grey(9, 320, 240), at(0));
    const openMiB = residentMiB() - before;
    for (const encoder of open) encoder.close();
    await encodeAndClose(1000);
    Bun.gc(true);
    expect(residentMiB() - before).toBeLessThan(openMiB);
  });

  test("a closed encoder of large frames returns its memory to the system", async () => {
    const image = grey(99, 1280, 720);
    const before = residentMiB();
    let peak = 0;
    for (let round = 0; round < 4; round++) {
      const pair = [newEncoder(), newEncoder()];
      for (let step = 0; step < 3; step++) {
        await Promise.all(pair.map((encoder) => encoder.encode(image, at(step))));
      }
      peak = Math.max(peak, residentMiB() - before);
      for (const encoder of pair) encoder.close();
    }
    await eventually(() => residentMiB() - before < peak / 3, "most of the memory is returned");
  });

  test("an encoder that is open, closed or encoding does not keep the process from exiting", async () => {
    const script = new URL("fixtures/vp8-and-end.ts", import.meta.url).pathname;
    for (const ending of ["open", "close", "exit"]) {
      const child = Bun.spawn([process.execPath, script, ending], { stdout: "pipe", stderr: "pipe" });
      expect(await new Response(child.stderr).text()).toBe("");
      expect(await new Response(child.stdout).text()).toBe(ending === "exit" ? "" : "encoded\n");
      expect(await child.exited).toBe(ending === "exit" ? 3 : 0);
    }
  });
});

test("the frames of a film have one quantizer and depend on nothing but the images, whatever the bitrate", async () => {
  const film = async (bitrate: number): Promise<Vp8Frame[]> => {
    const encoder = new Vp8Encoder({ filmQuantizer: 8 });
    encoders.push(encoder);
    const steps = Array.from({ length: 6 }, (_, step) => step);
    return Promise.all(
      steps.map((step) => encoder.encode(grain(step), at(step, { bitrate, keyframe: step === 3 }))),
    );
  };
  const [frames, again] = [await film(50_000), await film(8_000_000)];
  expect(frames.map(({ quantizer }) => quantizer)).toEqual([8, 8, 8, 8, 8, 8]);
  expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, false, false, true, false, false]);
  for (const [i, { bytes }] of frames.entries())
    expect(Buffer.compare(bytes, again[i]?.bytes ?? bytes.subarray(1))).toBe(0);
  expect(() => new Vp8Encoder({ filmQuantizer: 64 })).toThrow("a quantizer is 0 to 63, not 64");
});

describe("invalid input of a VP8 stream", () => {
  const cases: [string, Partial<PixelImage>, Partial<Vp8Options>, RegExp][] = [
    ["a width of 0", { width: 0 }, {}, /an image of 0x48 cannot be VP8: each side must be 1 to 16383/],
    ["a side beyond the format", { width: 16384, height: 1 }, {}, /each side must be 1 to 16383/],
    ["half a pixel", { height: 1.5 }, {}, /1.5 is not a whole number of pixels/],
    ["too few bytes", { height: 49 }, {}, /64x49 with 3 bytes per pixel needs 9408 bytes, but has 9216/],
    ["too low a bitrate", {}, { bitrate: 1000 }, /a bitrate is 50000 to 100000000 bit\/s, not 1000/],
    ["no bitrate", {}, { bitrate: Number.NaN }, /must be finite numbers, not NaN bit\/s and 0 ms/],
    ["no time", {}, { timeMs: Number.POSITIVE_INFINITY }, /and Infinity ms/],
  ];
  for (const [what, image, options, message] of cases) {
    test(`${what} is an error, and the stream continues`, async () => {
      const encoder = newEncoder();
      await encoder.encode(grey(1), at(0));
      const error = await encoder
        .encode({ ...grey(1), ...image }, { ...at(0), ...options })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Vp8Error);
      expect(String(error)).toMatch(message);
      expect((await encoder.encode(grey(1), at(1))).keyframe).toBe(false);
    });
  }
});
