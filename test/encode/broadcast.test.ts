import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Broadcast } from "../../src/encode/broadcast.ts";
import type { FrameEncoder } from "../../src/encode/encoded-variants.ts";
import type { EncodedFrame, Quality, RawFrame } from "../../src/encode/frame.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { eventually } from "../server/clients.ts";
import { TestRenderer } from "./producers.ts";

/** The real encoder behind a gate, so that a test decides when an encoding ends. */
class GatedEncoder implements FrameEncoder {
  readonly started: number[] = [];
  readonly #encoder = new JpegEncoder();
  #gate = Promise.withResolvers<void>();
  #open = true;

  close(): void {
    this.#open = false;
    this.#gate = Promise.withResolvers();
  }

  open(): void {
    this.#open = true;
    this.#gate.resolve();
  }

  async encode(frame: RawFrame, quality: Quality): Promise<EncodedFrame> {
    this.started.push(frame.number);
    if (!this.#open) await this.#gate.promise;
    return this.#encoder.encode(frame, quality);
  }
}

let renderer: TestRenderer;
let source: FrameSource;
let encoder: GatedEncoder;
let broadcast: Broadcast;
let errors: unknown[];

beforeEach(() => {
  renderer = new TestRenderer();
  source = new FrameSource();
  source.attach(renderer.images);
  encoder = new GatedEncoder();
  errors = [];
  broadcast = new Broadcast(source, encoder, { onError: (error) => errors.push(error) });
});

afterEach(() => {
  source.detach();
  renderer[Symbol.dispose]();
});

/** Writes a frame and waits until the source has detected it. */
async function write(grey: number): Promise<void> {
  const before = source.frameNumber;
  renderer.writeGrey(grey);
  await eventually(() => source.frameNumber > before, "the frame is detected");
}

/** A viewer that acknowledges frames immediately, or if `slow` when `acknowledge` is called. */
function viewer(options: { slow?: boolean } = {}) {
  const frames: EncodedFrame[] = [];
  let inFlight = Promise.withResolvers<void>();
  const subscription = broadcast.subscribe((frame) => {
    frames.push(frame);
    if (!options.slow) return;
    inFlight = Promise.withResolvers();
    return inFlight.promise;
  });
  return {
    frames,
    subscription,
    acknowledge: () => inFlight.resolve(),
    numbers: () => frames.map((frame) => frame.number),
    receives: (number: number) =>
      eventually(() => frames.at(-1)?.number === number, `frame ${number} arrives`),
  };
}

describe("a JPEG broadcast", () => {
  test("a frame is encoded once for all viewers, in the order of frames", async () => {
    const viewers = [viewer(), viewer(), viewer()];
    for (let frame = 1; frame <= 4; frame++) {
      await write(frame);
      for (const each of viewers) await each.receives(frame);
    }
    expect(encoder.started).toEqual([1, 2, 3, 4]);
    expect(new Set(viewers.map((each) => each.frames[2])).size).toBe(1);
  });

  test("nothing is encoded without viewers, and a new viewer gets the current frame", async () => {
    for (let frame = 1; frame <= 3; frame++) await write(frame);
    expect(encoder.started).toEqual([]);
    const first = viewer();
    await first.receives(3);
    const second = viewer();
    await second.receives(3);
    first.subscription.close();
    second.subscription.close();
    const third = viewer();
    await third.receives(3);
    expect(encoder.started).toEqual([3]);
    third.subscription.close();
    await write(4);
    expect(encoder.started).toEqual([3]);
    expect(broadcast.size).toBe(0);
  });

  test("after an encoding that frame is delivered, and the newest of those that arrived meanwhile is encoded", async () => {
    const fast = viewer();
    encoder.close();
    await write(10);
    for (let frame = 2; frame <= 5; frame++) await write(frame * 10);
    encoder.open();
    await fast.receives(5);
    expect(fast.numbers()).toEqual([1, 5]);
    expect(encoder.started).toEqual([1, 5]);
    expect(fast.subscription.skipped).toBe(3);
    const middle = decodeJpeg(fast.frames[1]?.bytes ?? new Uint8Array());
    expect(Math.abs((middle.data[0] ?? 0) - 50)).toBeLessThan(4);
  });

  test("a slow viewer gets no second frame before it acknowledged the first, and then the newest", async () => {
    const slow = viewer({ slow: true });
    const fast = viewer();
    for (let frame = 1; frame <= 6; frame++) {
      await write(frame);
      await fast.receives(frame);
    }
    expect(slow.numbers()).toEqual([1]);
    slow.acknowledge();
    await slow.receives(6);
    expect(slow.subscription.skipped).toBe(4);
    expect(encoder.started).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("nothing is encoded while the only viewer is busy", async () => {
    const slow = viewer({ slow: true });
    await write(1);
    await slow.receives(1);
    for (let frame = 2; frame <= 5; frame++) await write(frame);
    expect(encoder.started).toEqual([1]);
    slow.acknowledge();
    await slow.receives(5);
    expect(encoder.started).toEqual([1, 5]);
  });

  test.each(["throws", "rejects"])(
    "a viewer whose delivery %s is removed, and the others are served",
    async (failure) => {
      const other = viewer();
      const subscription = broadcast.subscribe(() => {
        if (failure === "throws") throw new Error("delivery failed");
        return Promise.reject(new Error("delivery failed"));
      });
      await write(10);
      await eventually(() => errors.length === 1 && other.frames.length === 1, "the error is reported");
      expect([String(errors[0]), broadcast.size, subscription.delivered]).toEqual([
        "Error: delivery failed",
        1,
        1,
      ]);
      await write(200);
      await eventually(() => other.frames.length === 2, "the next frame arrives");
      expect(errors).toHaveLength(1);
    },
  );

  test("a broadcast continues with the next frame after a failed encoding", async () => {
    const failing: FrameEncoder = {
      encode: (frame, quality) =>
        frame.number === 2 ? Promise.reject(new Error("no")) : encoder.encode(frame, quality),
    };
    broadcast = new Broadcast(source, failing, { onError: (error) => errors.push(error) });
    const fast = viewer();
    await write(1);
    await fast.receives(1);
    await write(2);
    await eventually(() => errors.length === 1, "the error is reported");
    await write(3);
    await fast.receives(3);
    expect(fast.numbers()).toEqual([1, 3]);
  });

  test("a frame-rate limit skips frames and encodes the newest when it allows one", async () => {
    broadcast = new Broadcast(source, encoder, { onError: (error) => errors.push(error), msBetween: 2000 });
    const fast = viewer();
    await write(1);
    await fast.receives(1);
    for (let frame = 2; frame <= 9; frame++) await write(frame);
    expect(encoder.started).toEqual([1]);
    // A viewer that joins now gets the frame that the others have.
    const late = viewer();
    await late.receives(1);
    await fast.receives(9);
    await late.receives(9);
    expect(encoder.started).toEqual([1, 9]);
    expect([fast.numbers(), late.numbers()]).toEqual([
      [1, 9],
      [1, 9],
    ]);
  });

  test("a viewer that leaves during an encoding does not get its frame", async () => {
    const stays = viewer();
    const leaves = viewer();
    encoder.close();
    await write(1);
    leaves.subscription.close();
    leaves.subscription.close();
    encoder.open();
    await stays.receives(1);
    expect(leaves.frames).toEqual([]);
  });
});
