import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  type GenericImageBufferManager,
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "../../src/fury/image-buffer-manager.ts";
import { RTCServer, RTCServerReleasedError, type VideoFrame } from "../../src/fury/rtc-server.ts";
import { PlainFuryProducer, solid } from "../encode/producers.ts";
import { openNamedImages } from "../memory/kinds.ts";
import { nativeThreads } from "../native/processes.ts";
import { eventually } from "../server/clients.ts";

/** A producer, and a manager that is attached to its memory. */
interface Producer extends Disposable {
  images: GenericImageBufferManager;
  write(grey: number, size?: [width: number, height: number]): void;
}

function scenecastProducer(
  writer: RawArrayImageBufferManager | SharedMemImageBufferManager,
  images: GenericImageBufferManager,
): Producer {
  return {
    images,
    write: (grey, [width, height] = [4, 2]) =>
      writer.write(width, height, solid(width, height, [grey, 0, 7])),
    [Symbol.dispose]() {
      images.close();
      writer.close();
    },
  };
}

function plainFury(numBuffers: number): Producer {
  const fury = new PlainFuryProducer(8, 8, numBuffers);
  const images = openNamedImages(fury.names);
  return {
    images,
    write: (grey, [width, height] = [4, 2]) => fury.write(width, height, solid(width, height, [grey, 0, 7])),
    [Symbol.dispose]() {
      images.close();
      fury[Symbol.dispose]();
    },
  };
}

const KINDS: [string, () => Producer][] = [
  [
    "RawArrays",
    () => {
      const writer = new RawArrayImageBufferManager({ maxWindowSize: [8, 8] });
      return scenecastProducer(writer, new RawArrayImageBufferManager(writer.buffers));
    },
  ],
  [
    "shared memory",
    () => {
      const writer = new SharedMemImageBufferManager({ maxWindowSize: [8, 8] });
      return scenecastProducer(writer, new SharedMemImageBufferManager(writer));
    },
  ],
  ["a plain FURY producer's memory", () => plainFury(2)],
  ["one buffer of a plain FURY producer", () => plainFury(1)],
];

describe.each(KINDS)("an RTCServer on %s", (_, make) => {
  let producer: Producer;
  let server: RTCServer;
  beforeEach(() => {
    producer = make();
    server = new RTCServer(producer.images);
  });
  afterEach(() => {
    server.release();
    producer[Symbol.dispose]();
  });

  test("recv returns the current frame immediately, with its pixels", async () => {
    producer.write(10);
    expect(await server.recv()).toEqual({
      width: 4,
      height: 2,
      format: "rgb",
      bottomUp: true,
      data: solid(4, 2, [10, 0, 7]),
      pts: 0,
      timeBase: { numerator: 1, denominator: 90_000 },
      repeated: false,
    } as never);
  });

  test("recv waits for the first frame, and then for each new one", async () => {
    const values: number[] = [];
    for (let grey = 1; grey <= 8; grey++) {
      const next = newFrame(server);
      expect(await Promise.race([next, Bun.sleep(0)])).toBeUndefined();
      producer.write(grey, grey % 2 === 0 ? [4, 2] : [2, 4]);
      values.push((await next).data[0] ?? -1);
    }
    expect(values).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("recv skips frames that arrived between calls and returns the newest once", async () => {
    producer.write(1);
    await server.recv();
    for (let grey = 2; grey <= 5; grey++) producer.write(grey);
    expect((await server.recv()).data[0]).toBe(5);
    const next = newFrame(server);
    expect(await Promise.race([next, Bun.sleep(0)])).toBeUndefined();
    producer.write(6);
    expect((await next).data[0]).toBe(6);
  });

  test("recv repeats a still frame as FURY does, each time with its own copy of the pixels", async () => {
    producer.write(7);
    const first = await server.recv();
    first.data.fill(99);
    const second = await server.recv();
    const third = await server.recv();
    expect([second.repeated, third.repeated]).toEqual([true, true]);
    expect([second.data[0], third.data[0]]).toEqual([7, 7]);
    expect(first.pts < second.pts && second.pts < third.pts).toBe(true);
    producer.write(8);
    expect((await newFrame(server)).data[0]).toBe(8);
  });

  test("concurrent calls of recv get the same frame", async () => {
    const early = [server.recv(), server.recv(), server.recv()];
    producer.write(1);
    const frames = await Promise.all(early);
    expect(new Set(frames).size).toBe(1);
    producer.write(2);
    const [first, second] = await Promise.all([server.recv(), server.recv()]);
    expect(first).toBe(second);
    expect(first.data[0]).toBe(2);
  });

  test("the pixels of a returned frame are not shared with later frames", async () => {
    producer.write(1);
    const first = await server.recv();
    first.data.fill(99);
    producer.write(2);
    const second = await server.recv();
    expect([first.data[0], second.data[0]]).toEqual([99, 2]);
  });

  test("the pts of frames starts at 0 and grows with the clock, by 1 at least", async () => {
    const stamps: number[] = [];
    const start = performance.now();
    for (let grey = 1; grey <= 6; grey++) {
      producer.write(grey);
      stamps.push((await server.recv()).pts);
    }
    const ticks = (performance.now() - start) * 90;
    expect(stamps[0]).toBe(0);
    for (const [i, stamp] of stamps.entries()) {
      expect(Number.isInteger(stamp)).toBeTrue();
      if (i > 0) expect(stamp).toBeGreaterThan(stamps[i - 1] ?? 0);
    }
    expect(stamps.at(-1)).toBeLessThan(ticks + stamps.length);
  });

  test("after release pending and later calls of recv reject, and release may be called twice", async () => {
    const waiting = server.recv();
    server.release();
    server.release();
    for (const frame of [waiting, server.recv()]) {
      const error = await frame.catch((reason) => reason);
      expect(error).toBeInstanceOf(RTCServerReleasedError);
      expect(error.message).toContain("was released");
    }
    // The caller's manager stays open.
    producer.write(3);
    expect(producer.images.read()?.data[0]).toBe(3);
  });

  test("an RTCServer watches the image only during recv", async () => {
    const before = watchThreads();
    producer.write(1);
    await server.recv();
    expect(watchThreads()).toBe(before);
    const next = server.recv();
    producer.write(2);
    await next;
    await eventually(() => watchThreads() === before, "the watch thread has ended");
    {
      using other = new RTCServer(producer.images);
      await other.recv();
      const waiting = other.recv().catch(() => "released");
      other.release();
      expect(await waiting).toBe("released");
    }
    await eventually(() => watchThreads() === before, "the watch thread has ended");
  });
});

test("a pending recv keeps the program alive until a frame arrives", async () => {
  using producer = new SharedMemImageBufferManager({ maxWindowSize: [8, 8] });
  const program = `
    import { RTCServer } from ${JSON.stringify(new URL("../../src/fury/rtc-server.ts", import.meta.url).href)};
    import { SharedMemImageBufferManager } from ${JSON.stringify(new URL("../../src/fury/image-buffer-manager.ts", import.meta.url).href)};
    const { image_buffer_names: imageBufferNames, info_buffer_name: infoBufferName } = ${JSON.stringify(producer.names)};
    const server = new RTCServer(new SharedMemImageBufferManager({ imageBufferNames, infoBufferName }));
    const next = server.recv();
    console.log("waiting");
    console.log((await next).data[0]);
  `;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });
  const reader = child.stdout.getReader();
  const text = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await text()).toBe("waiting\n");
  producer.write(1, 1, Uint8Array.of(42, 0, 0));
  expect(await text()).toBe("42\n");
  expect(await child.exited).toBe(0);
});

/** The next frame that is not a repeated one. */
async function newFrame(server: RTCServer): Promise<VideoFrame> {
  for (;;) {
    const frame = await server.recv();
    if (!frame.repeated) return frame;
  }
}

/** Native threads of this process that watch a word. */
const watchThreads = () => nativeThreads().filter((name) => name.startsWith("sc-watch")).length;
