import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { VideoBroadcast } from "../../src/encode/video-broadcast.ts";
import { type EncodedVideoFrame, layerFor } from "../../src/encode/video-layer.ts";
import { eventually } from "../server/clients.ts";
import { decodeVp8, lumaOf } from "../support/vp8-decoder.ts";
import { attachImages, PlainFuryProducer, solid, TestRenderer } from "./producers.ts";

let renderer: TestRenderer;
let source: FrameSource;
let video: VideoBroadcast;
let errors: unknown[];

function startWith(options: { maxSize?: [number, number] } = {}): void {
  renderer = new TestRenderer({ maxSize: options.maxSize });
  source = new FrameSource();
  source.attach(renderer.images);
  errors = [];
  video = new VideoBroadcast(source.createProvider(), { onError: (error) => errors.push(error) });
}

function stop(): void {
  source.detach();
  renderer[Symbol.dispose]();
}

beforeEach(() => startWith());
afterEach(stop);

/** Writes a frame and waits until the source has detected it. */
async function write(grey: number, size?: [number, number]): Promise<void> {
  const before = source.frameNumber;
  renderer.writeGrey(grey, size);
  await eventually(() => source.frameNumber > before, "the frame is detected");
}

/** A viewer that acknowledges frames immediately, or if `slow` when `acknowledge` is called. */
function viewer(options: { slow?: boolean; bitrate?: number } = {}) {
  const frames: EncodedVideoFrame[] = [];
  const constraints = { bitrate: options.bitrate ?? 8_000_000 };
  let inFlight = Promise.withResolvers<void>();
  const subscription = video.subscribe((frame) => {
    frames.push(frame);
    if (!options.slow) return;
    inFlight = Promise.withResolvers();
    return inFlight.promise;
  }, constraints);
  return {
    frames,
    constraints,
    subscription,
    acknowledge: () => inFlight.resolve(),
    numbers: () => frames.map((frame) => frame.number),
    keyframes: () => frames.filter(({ keyframe }) => keyframe).length,
    receives: (number: number) =>
      eventually(() => frames.at(-1)?.number === number, `frame ${number} arrives`),
    /** Mean luma of each decoded frame. Throws if a frame cannot be decoded. */
    decodedLuma() {
      const decoded = decodeVp8(frames.map(({ bytes }) => bytes));
      return decoded.map((frame) => {
        if (frame === null) throw new Error("A frame cannot be decoded.");
        return frame.luma;
      });
    },
  };
}

/** Checks the grey of the last frame that a viewer decodes. */
function expectLast(each: ReturnType<typeof viewer>, grey: number): void {
  expect(Math.abs((each.decodedLuma().at(-1) ?? Number.NaN) - lumaOf(grey))).toBeLessThan(6);
}

describe("a video broadcast", () => {
  test("each frame is encoded once for all viewers of a layer, beginning with a keyframe", async () => {
    await write(1);
    const viewers = [viewer(), viewer(), viewer()];
    for (const each of viewers) await each.receives(1);
    for (let frame = 2; frame <= 5; frame++) {
      await write(40 * frame);
      for (const each of viewers) await each.receives(frame);
    }
    expect(viewers[0]?.numbers()).toEqual([1, 2, 3, 4, 5]);
    expect(viewers[0]?.frames.map(({ keyframe }) => keyframe)).toEqual([true, false, false, false, false]);
    for (const each of viewers) {
      expect(each.frames.at(-1)).toBe(viewers[0]?.frames.at(-1));
      expectLast(each, 200);
    }
    expect(video.keyframes).toBeLessThanOrEqual(2);
  });

  test("without viewers there is no encoder, and nothing is encoded", async () => {
    await write(1);
    await write(2);
    expect([video.frames, video.encoders]).toEqual([0, 0]);
    const first = viewer();
    await first.receives(2);
    expect(video.encoders).toBe(1);
    first.subscription.close();
    first.subscription.close();
    expect([video.size, video.encoders]).toEqual([0, 0]);
    await write(3);
    expect(video.frames).toBe(1);
    const second = viewer();
    await second.receives(3);
    expect(second.frames[0]?.keyframe).toBe(true);
    expectLast(second, 3);
  });

  test("the only viewer of a layer needs no keyframe after it was busy", async () => {
    const slow = viewer({ slow: true });
    await write(10);
    await slow.receives(1);
    for (let frame = 2; frame <= 5; frame++) await write(40 * frame);
    expect(video.frames).toBe(1);
    slow.acknowledge();
    await slow.receives(5);
    expect(slow.numbers()).toEqual([1, 5]);
    expect(slow.frames[1]?.keyframe).toBe(false);
    expect(slow.subscription.skipped).toBe(3);
    expectLast(slow, 200);
  });

  test("a viewer that was busy while others were not gets a keyframe, and all can decode their frames", async () => {
    const slow = viewer({ slow: true });
    const fast = viewer();
    for (let frame = 1; frame <= 6; frame++) {
      await write(30 * frame);
      await fast.receives(frame);
    }
    expect(slow.numbers()).toEqual([1]);
    slow.acknowledge();
    await slow.receives(6);
    expect(slow.frames.at(-1)?.keyframe).toBe(true);
    expect(slow.subscription.skipped).toBe(4);
    expectLast(slow, 180);
    expectLast(fast, 180);
  });

  test("each layer has its own stream, and a stuck viewer does not affect other layers", async () => {
    const fast = viewer({ bitrate: 8_000_000 });
    const middle = viewer({ bitrate: 2_000_000 });
    const stuck = viewer({ bitrate: 500_000, slow: true });
    for (let frame = 1; frame <= 6; frame++) {
      await write(30 * frame);
      await fast.receives(frame);
      await middle.receives(frame);
    }
    expect(stuck.numbers()).toEqual([1]);
    expect(video.encoders).toBe(3);
    expect([fast, middle, stuck].map(({ frames }) => frames[0]?.level)).toEqual([0, 1, 2]);
    expect([fast, middle].map((each) => each.keyframes())).toEqual([1, 1]);
    expect(video.bitrates).toEqual({ 0: 8_000_000, 1: 2_000_000, 2: 500_000 });
    middle.subscription.close();
    expect(video.encoders).toBe(2);
    stuck.acknowledge();
    await stuck.receives(6);
    expect(stuck.frames[1]?.keyframe).toBe(false);
    for (const each of [fast, middle, stuck]) expectLast(each, 180);
  });

  test("a layer is encoded at the lowest bitrate of its viewers, and follows it", async () => {
    const one = viewer({ bitrate: 9_000_000 });
    const other = viewer({ bitrate: 6_000_000 });
    await write(1);
    await one.receives(1);
    expect(video.bitrates[0]).toBe(6_000_000);
    other.constraints.bitrate = 5_000_000;
    await write(2);
    await one.receives(2);
    expect(video.bitrates[0]).toBe(5_000_000);
    other.subscription.close();
    one.constraints.bitrate = 90_000_000;
    await write(3);
    await one.receives(3);
    expect(video.bitrates[0]).toBe(20_000_000);
    expect(one.keyframes()).toBe(1);
  });

  test("a viewer moves to the layer of its bitrate, with a keyframe", async () => {
    const mover = viewer({ bitrate: 5_000_000 });
    await write(10);
    await mover.receives(1);
    mover.constraints.bitrate = 1_000_000;
    await write(60);
    await mover.receives(2);
    mover.constraints.bitrate = 6_000_000;
    await write(120);
    await mover.receives(3);
    expect(mover.frames.map(({ level, keyframe }) => [level, keyframe])).toEqual([
      [0, true],
      [2, true],
      [0, true],
    ]);
    expect(video.encoders).toBe(1);
    expectLast(mover, 120);
  });

  test("viewers that join at the same time share a keyframe", async () => {
    await write(100);
    const first = viewer();
    await first.receives(1);
    const later = Array.from({ length: 20 }, () => viewer());
    for (const each of later) await eventually(() => each.frames.length > 0, "each has the frame");
    expect(video.keyframes).toBe(2);
    for (const each of [first, ...later]) expectLast(each, 100);
  });

  test("a requested keyframe is delivered, and frequent requests are limited", async () => {
    const one = viewer();
    await write(10);
    await one.receives(1);
    one.subscription.requestKeyframe();
    await eventually(() => one.keyframes() === 2, "the keyframe arrives");
    for (let frame = 2; frame <= 40; frame++) {
      one.subscription.requestKeyframe();
      await write(frame);
      await one.receives(frame);
    }
    // All frames arrived, few of them as keyframes.
    expect(new Set(one.numbers()).size).toBe(40);
    expect(one.keyframes()).toBeLessThan(20);
    expectLast(one, 40);
  });

  test("keyframes for viewers that reconnect in a loop are limited, since each costs all viewers of the layer", async () => {
    const stays = viewer();
    await write(10);
    await stays.receives(1);
    const start = performance.now();
    for (let number = 2; number <= 40; number++) {
      const joining = viewer();
      await write(number);
      await stays.receives(number);
      // Spreads the joins over a second: viewers that join within 100 ms share a keyframe.
      await Bun.sleep(30);
      joining.subscription.close();
    }
    // A burst of four, then two a second.
    expect(stays.keyframes()).toBeLessThanOrEqual(5 + ((performance.now() - start) / 1000) * 2);
    expectLast(stays, 40);
  });

  test("a frame of another size begins a new stream with a keyframe", async () => {
    const one = viewer();
    const sizes: [number, number][] = [
      [64, 48],
      [33, 21],
      [320, 200],
    ];
    for (const [index, size] of sizes.entries()) {
      await write(50 * (index + 1), size);
      await one.receives(index + 1);
    }
    expect(one.frames.map(({ keyframe, width, height }) => [keyframe, width, height])).toEqual(
      sizes.map((size) => [true, ...size]),
    );
    expectLast(one, 150);
  });

  test("a frame that cannot be encoded is reported once, and the next one is delivered", async () => {
    stop();
    startWith({ maxSize: [16_400, 2] });
    const one = viewer();
    await write(10, [64, 1]);
    await one.receives(1);
    await write(20, [16_400, 1]);
    await eventually(() => errors.length > 0, "the error is reported");
    await write(30, [64, 1]);
    await one.receives(3);
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toContain("16400x1 cannot be VP8");
    expect(one.numbers()).toEqual([1, 3]);
    expectLast(one, 30);
  });

  test("a hundred viewers that join and leave at random leave nothing behind", async () => {
    const open = new Set<ReturnType<typeof viewer>>();
    for (let step = 0; step < 100; step++) {
      const each = viewer({ slow: step % 3 === 0, bitrate: 300_000 * (1 + (step % 40)) });
      open.add(each);
      if (step % 4 === 0) renderer.writeGrey(step);
      await new Promise((resolve) => setImmediate(resolve));
      if (step % 5 === 0) each.constraints.bitrate = 1_000_000;
      if (step % 2 === 0) {
        const [first] = open;
        first?.subscription.close();
        if (first) open.delete(first);
      }
    }
    for (const each of open) each.subscription.close();
    await eventually(() => video.pending === 0, "all frames are encoded");
    expect([video.size, video.encoders]).toEqual([0, 0]);
    expect(errors).toEqual([]);
  });
});

describe("a still view", () => {
  test("a still view is refined several times, and then nothing is sent", async () => {
    using program = new PlainFuryProducer(320, 200);
    using images = attachImages(program.names);
    source.attach(images);
    const one = viewer({ bitrate: 4_000_000 });
    const busy = viewer({ bitrate: 4_000_000, slow: true });
    // Noise needs many bits.
    program.write(
      320,
      200,
      solid(320, 200, [0, 0, 0]).map((_, at) => 80 + ((at * 7919) % 97)),
    );
    let frames = 0;
    let changedAt = performance.now();
    await eventually(
      () => {
        if (one.frames.length !== frames) changedAt = performance.now();
        frames = one.frames.length;
        return frames > 1 && performance.now() - changedAt > 1500;
      },
      "refinements arrive and then stop",
      60_000,
    );
    expect(one.numbers().every((number) => number === 1)).toBe(true);
    expect(one.frames.map(({ still }) => still)).toEqual([false, ...Array(frames - 1).fill(true)]);
    expect(one.subscription.skipped).toBe(0);
    expect(busy.frames).toHaveLength(1);
  });
});

test("a viewer leaves its layer only when its bitrate is outside by more than the hysteresis", () => {
  expect([20e6, 4e6, 3.9e6, 1.2e6, 1.1e6, 0.1e6].map((bitrate) => layerFor(bitrate, null))).toEqual([
    0, 0, 1, 1, 2, 2,
  ]);
  expect([3.5e6, 3.3e6, 1.1e6, 0.5e6].map((bitrate) => layerFor(bitrate, 0))).toEqual([0, 1, 2, 2]);
  expect([4.5e6, 4.7e6, 1.1e6, 1e6].map((bitrate) => layerFor(bitrate, 1))).toEqual([1, 0, 1, 2]);
  expect([1.3e6, 1.4e6, 4.7e6, 0.01e6].map((bitrate) => layerFor(bitrate, 2))).toEqual([2, 1, 0, 2]);
});

test("a failed encoding of a still view is retried with a new copy of the frame", async () => {
  const frames = source.createProvider();
  let damaged = 2;
  video = new VideoBroadcast(
    {
      get frameNumber() {
        return frames.frameNumber;
      },
      onFrame: (listener) => frames.onFrame(listener),
      copyNewest() {
        const frame = frames.copyNewest();
        return frame !== null && damaged-- > 0 ? { ...frame, data: new Uint8Array(1) } : frame;
      },
    },
    { onError: (error) => errors.push(error) },
  );
  const patient = viewer();
  await write(80);
  await patient.receives(1);
  expect(errors).toHaveLength(2);
  expectLast(patient, 80);
  patient.subscription.close();
});
