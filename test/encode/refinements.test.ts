import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { PNG } from "pngjs";
import { Broadcast, type ViewerConstraints } from "../../src/encode/broadcast.ts";
import type { FrameEncoder } from "../../src/encode/encoded-variants.ts";
import type { EncodedFrame, Quality, QualityLevel, RawFrame, Size } from "../../src/encode/frame.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { eventually } from "../server/clients.ts";
import { PlainFuryProducer, solid, TestRenderer } from "./producers.ts";

/** The real encoder, with a list of what it was asked for, and a gate before what is for views at rest. */
class ListedEncoder implements FrameEncoder {
  readonly asked: string[] = [];
  gate: Promise<void> | null = null;
  readonly #encoder = new JpegEncoder();

  async encode(frame: RawFrame, quality: Quality, size: Size | null): Promise<EncodedFrame> {
    this.asked.push(`${frame.number} ${quality}${size === null ? "" : ` ${size.width}x${size.height}`}`);
    const encoded = await this.#encoder.encode(frame, quality, size);
    if (typeof quality === "string") await this.gate;
    return encoded;
  }
}

const SIZE: [number, number] = [64, 48];

let renderer: TestRenderer;
let source: FrameSource;
let encoder: ListedEncoder;
let broadcast: Broadcast;

beforeEach(() => {
  renderer = new TestRenderer();
  source = new FrameSource();
  source.attach(renderer.images);
  encoder = new ListedEncoder();
  broadcast = new Broadcast(source, encoder, {
    onError(error) {
      throw error;
    },
  });
});
afterEach(() => {
  source.detach();
  renderer[Symbol.dispose]();
});

/** Writes a frame of ours and waits until the source has noticed it. */
async function write(grey: number, still = false): Promise<void> {
  const before = source.frameNumber;
  renderer.images.write(...SIZE, solid(...SIZE, [grey, grey, grey, 255]), { still });
  await eventually(() => source.frameNumber > before, "the frame is noticed");
}

function viewer(
  wishes: Partial<Omit<ViewerConstraints, "tier">> & { tier?: QualityLevel | (() => QualityLevel) } = {},
  isSlow = () => false,
) {
  const frames: EncodedFrame[] = [];
  let taken = Promise.withResolvers<void>();
  const subscription = broadcast.subscribe(
    (frame) => {
      frames.push(frame);
      taken = Promise.withResolvers();
      return isSlow() ? taken.promise : undefined;
    },
    {
      ...{ lossless: false, sizeFor: () => null, accepts: () => true, ...wishes },
      get level() {
        return typeof wishes.tier === "function" ? wishes.tier() : (wishes.tier ?? 0);
      },
    },
  );
  const list = () =>
    frames.map(({ number, format, still, level: tier }) => `${number} ${still ? format : tier}`);
  return {
    frames,
    subscription,
    list,
    take: () => taken.resolve(),
    has: (what: string) => eventually(() => list().includes(what), `${what} comes; there is ${list()}`),
  };
}

describe("tiers", () => {
  test("are encoded once each, and only those that a ready viewer takes", async () => {
    const best = [viewer(), viewer(), viewer()];
    const small = [viewer({ tier: 2 }), viewer({ tier: 2 })];
    const middle = viewer({ tier: 1 }, () => true);
    await write(10);
    for (const each of best) await each.has("1 0");
    for (const each of small) await each.has("1 2");
    await middle.has("1 1");
    await write(20);
    for (const each of best) await each.has("2 0");
    for (const each of small) await each.has("2 2");
    expect(encoder.asked.toSorted()).toEqual(["1 0", "1 1", "1 2", "2 0", "2 2"]);
    expect(new Set([...best, ...small].map(({ frames }) => frames[1])).size).toBe(2);
    middle.take();
    await middle.has("2 1");
    expect(encoder.asked.length).toBe(6);
  });

  test("follow the viewer's wish from one frame to the next, without the same frame twice", async () => {
    let tier: QualityLevel = 0;
    const moving = viewer({ tier: () => tier });
    await write(10);
    await moving.has("1 0");
    tier = 2;
    await write(20);
    await moving.has("2 2");
    tier = 1;
    await write(30);
    await moving.has("3 1");
    expect(moving.list()).toEqual(["1 0", "2 2", "3 1"]);
  });
});

describe("the same picture again", () => {
  test("is neither encoded nor sent, nor counted as skipped; who comes later has it at once", async () => {
    const first = viewer();
    await write(10);
    await first.has("1 0");
    for (let count = 0; count < 5; count++) await write(10);
    const second = viewer();
    await second.has("1 0");
    await write(20);
    await first.has("7 0");
    expect(encoder.asked).toEqual(["1 0", "7 0"]);
    expect([first.subscription.skipped, first.subscription.missing]).toEqual([0, 0]);
  });

  test("of another size, or after another one, is another picture", async () => {
    const one = viewer();
    await write(10);
    await one.has("1 0");
    renderer.images.write(48, 64, solid(48, 64, [10, 10, 10, 255]));
    await one.has("2 0");
    await write(20);
    await one.has("3 0");
    await write(10);
    await one.has("4 0");
    expect(one.frames.map(({ width }) => width)).toEqual([64, 48, 64, 64]);
  });

  test("of a plain FURY producer that writes it on and on comes once, and once in full quality", async () => {
    using producer = new PlainFuryProducer(...SIZE);
    using images = new SharedMemImageBufferManager({
      imageBufferNames: producer.names.image_buffer_names,
      infoBufferName: producer.names.info_buffer_name,
    });
    source.attach(images);
    const one = viewer();
    const grey = (value: number) => producer.write(...SIZE, solid(...SIZE, [value, value, value]));
    grey(50);
    await eventually(() => one.frames.length > 0, "the first picture comes");
    const writing = setInterval(() => grey(50), 2);
    await eventually(() => one.frames.length > 1, "the picture at rest comes");
    const seen = source.frameNumber;
    await eventually(() => source.frameNumber > seen + 50, "the producer has written it 50 times more");
    clearInterval(writing);
    expect(one.frames.map(({ still }) => still)).toEqual([false, true]);
    grey(90);
    await eventually(() => one.frames.length > 2, "a new picture comes");
    expect(one.frames[2]?.still).toBe(false);
    source.detach();
  });
});

describe("a view at rest", () => {
  test("comes once more in full quality, and without loss for those who asked", async () => {
    const [plain, exact, second] = [viewer(), viewer({ lossless: true }), viewer({ tier: 2 })];
    await write(70, true);
    await exact.has("1 png");
    await plain.has("1 jpeg");
    await second.has("1 jpeg");
    expect(encoder.asked.toSorted()).toEqual(["1 0", "1 2", "1 lossless", "1 still"]);
    expect(plain.list()).toEqual(["1 0", "1 jpeg"]);
    expect(exact.list()).toEqual(["1 0", "1 jpeg", "1 png"]);
    const png = PNG.sync.read(Buffer.from(exact.frames[2]?.bytes ?? []));
    expect([png.width, png.height, ...png.data.subarray(0, 4)]).toEqual([...SIZE, 70, 70, 70, 255]);
  });

  test("does so also when its renderer's best picture is the one that was there", async () => {
    const one = viewer();
    await write(70);
    await one.has("1 0");
    await write(70, true);
    await one.has("1 jpeg");
    expect(one.list()).toEqual(["1 0", "1 jpeg"]);
  });

  test("comes to a viewer whose connection is slow when it has rested for long enough", async () => {
    const asked: number[] = [];
    const slow = viewer({
      accepts(_, restedMs) {
        asked.push(restedMs);
        return restedMs > 700;
      },
    });
    await write(70, true);
    await slow.has("1 jpeg");
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.length).toBeLessThan(6);
  });

  test("is not waited for by the frame that follows, and not sent when it is late", async () => {
    const gate = Promise.withResolvers<void>();
    encoder.gate = gate.promise;
    const one = viewer();
    await write(70, true);
    await eventually(() => encoder.asked.includes("1 still"), "the picture at rest is begun");
    for (const grey of [80, 90, 100]) {
      await write(grey);
      await one.has(`${source.frameNumber} 0`);
    }
    gate.resolve();
    await write(110);
    await one.has("5 0");
    expect(one.list()).toEqual(["1 0", "2 0", "3 0", "4 0", "5 0"]);
  });

  test("comes to who was busy when he is ready again, the same bytes", async () => {
    const gate = Promise.withResolvers<void>();
    encoder.gate = gate.promise;
    const stays = viewer();
    const busy = viewer({}, () => true);
    await write(70, true);
    await stays.has("1 0");
    await eventually(() => encoder.asked.includes("1 still"), "the picture at rest is begun");
    expect(busy.list()).toEqual(["1 0"]);
    gate.resolve();
    await stays.has("1 jpeg");
    expect(busy.list()).toEqual(["1 0"]);
    busy.take();
    await busy.has("1 jpeg");
    expect(busy.frames[1]).toBe(stays.frames[1] as EncodedFrame);
  });

  test("is made for nobody who has gone, nor for one who is busy", async () => {
    const gone = viewer();
    await write(70);
    await gone.has("1 0");
    gone.subscription.close();
    const busy = viewer({}, () => true);
    await busy.has("1 0");
    await write(80, true);
    await write(90, true);
    expect(encoder.asked).toEqual(["1 0"]);
    busy.take();
    await busy.has("3 0");
    expect(encoder.asked).toEqual(["1 0", "3 0"]);
  });
});

describe("a viewer with its own picture size", () => {
  const SMALL = { width: 20, height: 30 };

  test("shares one scaled encoding with others of that size, and the rest get the original size", async () => {
    const scaled = [viewer({ sizeFor: () => SMALL }), viewer({ sizeFor: () => SMALL })];
    const plain = viewer();
    const same = viewer({ sizeFor: (view) => view });
    await write(10);
    for (const each of [...scaled, plain, same]) await each.has("1 0");
    expect(encoder.asked.toSorted()).toEqual(["1 0", "1 0 20x30"]);
    expect(scaled[0]?.frames[0]).toBe(scaled[1]?.frames[0] as EncodedFrame);
    expect(scaled[0]?.frames[0]).toMatchObject(SMALL);
    expect(plain.frames[0]).toMatchObject({ width: 64, height: 48 });
  });

  test("delays no other viewer, and skips the frames that arrive during its encoding", async () => {
    const gate = Promise.withResolvers<void>();
    const slow: FrameEncoder = {
      async encode(frame, quality, size) {
        if (size !== null) await gate.promise;
        return encoder.encode(frame, quality, size);
      },
    };
    broadcast = new Broadcast(source, slow, { onError: (error) => expect.unreachable(String(error)) });
    const scaled = viewer({ sizeFor: () => SMALL });
    const plain = viewer();
    for (let frame = 1; frame <= 5; frame++) {
      await write(10 * frame);
      await plain.has(`${frame} 0`);
    }
    expect(scaled.frames).toEqual([]);
    gate.resolve();
    await scaled.has("5 0");
    expect(scaled.list()).toEqual(["1 0", "5 0"]);
  });
});

describe("an encoding that failed", () => {
  /** Fails the first `times` times in this quality. */
  function failing(wanted: Quality, times: number): { encoder: FrameEncoder; errors: unknown[] } {
    const errors: unknown[] = [];
    let left = times;
    const failingEncoder: FrameEncoder = {
      encode(frame, quality, size) {
        if (quality === wanted && left-- > 0) return Promise.reject(new Error("no memory"));
        return encoder.encode(frame, quality, size);
      },
    };
    broadcast = new Broadcast(source, failingEncoder, { onError: (error) => errors.push(error) });
    return { encoder: failingEncoder, errors };
  }

  test.each([
    ["a picture that stays", 0],
    ["the full quality of a view at rest", "still"],
    ["the lossless one of a view at rest", "lossless"],
  ] as const)("of %s is tried again until it is there", async (_, quality) => {
    const { errors } = failing(quality, 2);
    const patient = viewer({ lossless: quality === "lossless" });
    await write(10, true);
    const expected = quality === "lossless" ? "1 png" : quality === "still" ? "1 jpeg" : "1 0";
    await patient.has(expected);
    expect(errors).toHaveLength(2);
  });
});
