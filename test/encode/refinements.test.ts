import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { PNG } from "pngjs";
import { Broadcast, type ViewerConstraints } from "../../src/encode/broadcast.ts";
import type { FrameEncoder } from "../../src/encode/encoded-variants.ts";
import type { EncodedFrame, Quality, QualityLevel, RawFrame, Size } from "../../src/encode/frame.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { eventually } from "../server/clients.ts";
import { attachImages, PlainFuryProducer, solid, TestRenderer } from "./producers.ts";

/** The real encoder, with a list of its encodings, and a gate for refinements. */
class ListedEncoder implements FrameEncoder {
  readonly encoded: string[] = [];
  gate: Promise<void> | null = null;
  readonly #encoder = new JpegEncoder();

  async encode(frame: RawFrame, quality: Quality, size: Size | null): Promise<EncodedFrame> {
    this.encoded.push(`${frame.number} ${quality}${size === null ? "" : ` ${size.width}x${size.height}`}`);
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

/** Writes a frame and waits until the source has detected it. */
async function write(grey: number, still = false): Promise<void> {
  const before = source.frameNumber;
  renderer.images.write(...SIZE, solid(...SIZE, [grey, grey, grey, 255]), { still });
  await eventually(() => source.frameNumber > before, "the frame is detected");
}

function viewer(
  constraints: Partial<Omit<ViewerConstraints, "level">> & {
    level?: QualityLevel | (() => QualityLevel);
  } = {},
  isSlow = () => false,
) {
  const frames: EncodedFrame[] = [];
  let inFlight = Promise.withResolvers<void>();
  const subscription = broadcast.subscribe(
    (frame) => {
      frames.push(frame);
      inFlight = Promise.withResolvers();
      return isSlow() ? inFlight.promise : undefined;
    },
    {
      ...{ lossless: false, sizeFor: () => null, accepts: () => true, ...constraints },
      get level() {
        return typeof constraints.level === "function" ? constraints.level() : (constraints.level ?? 0);
      },
    },
  );
  const list = () => frames.map(({ number, format, still, level }) => `${number} ${still ? format : level}`);
  return {
    frames,
    subscription,
    list,
    acknowledge: () => inFlight.resolve(),
    receives: (what: string) =>
      eventually(() => list().includes(what), `${what} arrives; received: ${list()}`),
  };
}

describe("quality levels", () => {
  test("each level is encoded once, and only if a ready viewer has it", async () => {
    const best = [viewer(), viewer(), viewer()];
    const small = [viewer({ level: 2 }), viewer({ level: 2 })];
    const middle = viewer({ level: 1 }, () => true);
    await write(10);
    for (const each of best) await each.receives("1 0");
    for (const each of small) await each.receives("1 2");
    await middle.receives("1 1");
    await write(20);
    for (const each of best) await each.receives("2 0");
    for (const each of small) await each.receives("2 2");
    expect(encoder.encoded.toSorted()).toEqual(["1 0", "1 1", "1 2", "2 0", "2 2"]);
    expect(new Set([...best, ...small].map(({ frames }) => frames[1])).size).toBe(2);
    middle.acknowledge();
    await middle.receives("2 1");
    expect(encoder.encoded.length).toBe(6);
  });

  test("a viewer's new level applies to the next frame, and no frame is sent twice", async () => {
    let level: QualityLevel = 0;
    const moving = viewer({ level: () => level });
    await write(10);
    await moving.receives("1 0");
    level = 2;
    await write(20);
    await moving.receives("2 2");
    level = 1;
    await write(30);
    await moving.receives("3 1");
    expect(moving.list()).toEqual(["1 0", "2 2", "3 1"]);
  });
});

describe("an unchanged frame", () => {
  test("an unchanged frame is neither encoded, sent nor counted as skipped, and a new viewer gets the encoded one", async () => {
    const first = viewer();
    await write(10);
    await first.receives("1 0");
    for (let count = 0; count < 5; count++) await write(10);
    const second = viewer();
    await second.receives("1 0");
    await write(20);
    await first.receives("7 0");
    expect(encoder.encoded).toEqual(["1 0", "7 0"]);
    expect([first.subscription.skipped, first.subscription.framesBehind]).toEqual([0, 0]);
  });

  test("a frame of another size, or after a different frame, counts as changed", async () => {
    const one = viewer();
    await write(10);
    await one.receives("1 0");
    renderer.images.write(48, 64, solid(48, 64, [10, 10, 10, 255]));
    await one.receives("2 0");
    await write(20);
    await one.receives("3 0");
    await write(10);
    await one.receives("4 0");
    expect(one.frames.map(({ width }) => width)).toEqual([64, 48, 64, 64]);
  });

  test("a frame that a plain FURY producer writes repeatedly is sent once, and refined once", async () => {
    using producer = new PlainFuryProducer(...SIZE);
    using images = attachImages(producer.names);
    source.attach(images);
    const one = viewer();
    const grey = (value: number) => producer.write(...SIZE, solid(...SIZE, [value, value, value]));
    grey(50);
    await eventually(() => one.frames.length > 0, "the first frame arrives");
    using writing = setInterval(() => grey(50), 2);
    await eventually(() => one.frames.length > 1, "the refinement arrives");
    const before = source.frameNumber;
    await eventually(() => source.frameNumber > before + 50, "the producer has written it 50 times more");
    clearInterval(writing);
    expect(one.frames.map(({ still }) => still)).toEqual([false, true]);
    grey(90);
    await eventually(() => one.frames.length > 2, "a new frame arrives");
    expect(one.frames[2]?.still).toBe(false);
    source.detach();
  });
});

describe("a still view", () => {
  test("a still view is refined in high quality, and lossless for viewers that want it", async () => {
    const [plain, exact, second] = [viewer(), viewer({ lossless: true }), viewer({ level: 2 })];
    await write(70, true);
    await exact.receives("1 png");
    await plain.receives("1 jpeg");
    await second.receives("1 jpeg");
    expect(encoder.encoded.toSorted()).toEqual(["1 0", "1 2", "1 lossless", "1 still"]);
    expect(plain.list()).toEqual(["1 0", "1 jpeg"]);
    expect(exact.list()).toEqual(["1 0", "1 jpeg", "1 png"]);
    const png = PNG.sync.read(Buffer.from(exact.frames[2]?.bytes ?? []));
    expect([png.width, png.height, ...png.data.subarray(0, 4)]).toEqual([...SIZE, 70, 70, 70, 255]);
  });

  test("a still view is refined also if its full view equals the frame before", async () => {
    const one = viewer();
    await write(70);
    await one.receives("1 0");
    await write(70, true);
    await one.receives("1 jpeg");
    expect(one.list()).toEqual(["1 0", "1 jpeg"]);
  });

  test("a viewer on a slow connection gets the refinement when the view has been still for long enough", async () => {
    const checkedAt: number[] = [];
    const slow = viewer({
      accepts(_, stillMs) {
        checkedAt.push(stillMs);
        return stillMs > 700;
      },
    });
    await write(70, true);
    await slow.receives("1 jpeg");
    expect(checkedAt.length).toBeGreaterThan(1);
    expect(checkedAt.length).toBeLessThan(6);
  });

  test("a late refinement is dropped and does not delay the next frame", async () => {
    const gate = Promise.withResolvers<void>();
    encoder.gate = gate.promise;
    const one = viewer();
    await write(70, true);
    await eventually(() => encoder.encoded.includes("1 still"), "the refinement is being encoded");
    for (const grey of [80, 90, 100]) {
      await write(grey);
      await one.receives(`${source.frameNumber} 0`);
    }
    gate.resolve();
    await write(110);
    await one.receives("5 0");
    expect(one.list()).toEqual(["1 0", "2 0", "3 0", "4 0", "5 0"]);
  });

  test("a viewer that was busy gets the same refinement when it is ready again", async () => {
    const gate = Promise.withResolvers<void>();
    encoder.gate = gate.promise;
    const stays = viewer();
    const busy = viewer({}, () => true);
    await write(70, true);
    await stays.receives("1 0");
    await eventually(() => encoder.encoded.includes("1 still"), "the refinement is being encoded");
    expect(busy.list()).toEqual(["1 0"]);
    gate.resolve();
    await stays.receives("1 jpeg");
    expect(busy.list()).toEqual(["1 0"]);
    busy.acknowledge();
    await busy.receives("1 jpeg");
    expect(busy.frames[1]).toBe(stays.frames[1] as EncodedFrame);
  });

  test("no refinement is encoded for viewers that have left or are busy", async () => {
    const gone = viewer();
    await write(70);
    await gone.receives("1 0");
    gone.subscription.close();
    const busy = viewer({}, () => true);
    await busy.receives("1 0");
    await write(80, true);
    await write(90, true);
    expect(encoder.encoded).toEqual(["1 0"]);
    busy.acknowledge();
    await busy.receives("3 0");
    expect(encoder.encoded).toEqual(["1 0", "3 0"]);
  });
});

describe("a viewer with its own image size", () => {
  const SMALL = { width: 20, height: 30 };

  test("viewers of the same size share one scaled encoding, and the others get the original size", async () => {
    const scaled = [viewer({ sizeFor: () => SMALL }), viewer({ sizeFor: () => SMALL })];
    const plain = viewer();
    const same = viewer({ sizeFor: (view) => view });
    await write(10);
    for (const each of [...scaled, plain, same]) await each.receives("1 0");
    expect(encoder.encoded.toSorted()).toEqual(["1 0", "1 0 20x30"]);
    expect(scaled[0]?.frames[0]).toBe(scaled[1]?.frames[0] as EncodedFrame);
    expect(scaled[0]?.frames[0]).toMatchObject(SMALL);
    expect(plain.frames[0]).toMatchObject({ width: 64, height: 48 });
  });

  test("a scaled encoding delays no other viewer, and its viewer skips the frames that arrive meanwhile", async () => {
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
      await plain.receives(`${frame} 0`);
    }
    expect(scaled.frames).toEqual([]);
    gate.resolve();
    await scaled.receives("5 0");
    expect(scaled.list()).toEqual(["1 0", "5 0"]);
  });
});

describe("a failed encoding", () => {
  /** An encoder that fails the first `times` times in this quality. */
  function failing(failingQuality: Quality, times: number): { encoder: FrameEncoder; errors: unknown[] } {
    const errors: unknown[] = [];
    let left = times;
    const failingEncoder: FrameEncoder = {
      encode(frame, quality, size) {
        if (quality === failingQuality && left-- > 0) return Promise.reject(new Error("no memory"));
        return encoder.encode(frame, quality, size);
      },
    };
    broadcast = new Broadcast(source, failingEncoder, { onError: (error) => errors.push(error) });
    return { encoder: failingEncoder, errors };
  }

  test.each([
    ["a frame that stays the newest", 0],
    ["the high-quality refinement", "still"],
    ["the lossless refinement", "lossless"],
  ] as const)("the encoding of %s is retried until it succeeds", async (_, quality) => {
    const { errors } = failing(quality, 2);
    const patient = viewer({ lossless: quality === "lossless" });
    await write(10, true);
    const expected = quality === "lossless" ? "1 png" : quality === "still" ? "1 jpeg" : "1 0";
    await patient.receives(expected);
    expect(errors).toHaveLength(2);
  });
});
