import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { ArrayCircularQueue } from "../../src/fury/circular-queue.ts";
import { RawArrayImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { webServer, webServerRawArray } from "../../src/fury/web-server.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { ServerStartError } from "../../src/server/errors.ts";
import type { RawArrays } from "../../src/server/renderer/renderer-link.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { solid, TestRenderer } from "../encode/producers.ts";
import { nativeThreads } from "../native/processes.ts";
import { eventually, MjpegClient, SocketClient } from "../server/clients.ts";

let server: ScenecastServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** The segments of a renderer as options of webServer. */
function optionsFor(renderer: TestRenderer) {
  const { names } = renderer;
  return {
    imageBufferNames: names.image_buffer_names,
    infoBufferName: names.info_buffer_name,
    queueBufferName: names.queue_buffer_name,
    queueHeadTailBufferName: names.queue_head_tail_buffer_name,
    port: 0,
  };
}

/** Frames and events of a program in SharedArrayBuffers, which its Workers can use too. */
class RawArrayRenderer implements Disposable {
  readonly images = new RawArrayImageBufferManager({ maxWindowSize: [64, 48] });
  readonly queue = new ArrayCircularQueue({ maxSize: 20 });

  get arrays(): RawArrays {
    const { buffer: queueBuffer, headTailBuffer: queueHeadTailBuffer } = this.queue.buffers;
    return { ...this.images.buffers, queueBuffer, queueHeadTailBuffer };
  }

  writeGrey(value: number): void {
    this.images.write(64, 48, solid(64, 48, [value, value, value]));
  }

  /** Dequeues at least `count` rows. */
  async receive(count: number): Promise<number[][]> {
    const rows: number[][] = [];
    await eventually(() => {
      for (let row = this.queue.dequeue(); row !== null; row = this.queue.dequeue()) rows.push([...row]);
      return rows.length >= count;
    }, `${count} events are received`);
    return rows;
  }

  [Symbol.dispose](): void {
    this.images.close();
    this.queue.cleanup();
  }
}

/** Grey of the client's next frame. A frame that was already read is skipped: a still one is sent again, in better quality. */
async function nextGrey(client: MjpegClient): Promise<number> {
  const part = await client.nextFrame();
  return decodeJpeg(part?.body ?? new Uint8Array()).data[0] ?? -1;
}

const isNear = (grey: number) => (value: number) => Math.abs(value - grey) < 4;
const CLICK = { type: "mouseLeftClick", mouseButton: 0, x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 1 };

describe("webServer", () => {
  test("webServer serves the frames of named segments and enqueues events", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(70);
    server = await webServer(optionsFor(renderer));
    const client = await MjpegClient.open(server.url);
    expect(await nextGrey(client)).toSatisfy(isNear(70));
    const socket = await SocketClient.open(server.url);
    socket.send({ ...CLICK, on: 1, timestampInMs: 3 });
    await socket.settle();
    expect([...(renderer.queue.dequeue() ?? [])]).toEqual([3, 0, 0.5, 0.25, 0, 1, 3, 0]);
    client.close();
    socket.close();
  });

  test("without a queue webServer serves frames and refuses events", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(70);
    const { imageBufferNames, infoBufferName } = optionsFor(renderer);
    server = await webServer({ imageBufferNames, infoBufferName, port: 0 });
    const client = await MjpegClient.open(server.url);
    await client.next();
    const socket = await SocketClient.open(server.url);
    socket.send({ ...CLICK, on: 1, timestampInMs: 3 });
    expect((await socket.next("error")).code).toBe("no-renderer");
    client.close();
    socket.close();
  });

  test("webServer with runApp false has no port, reads its frames, and can be started later", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(10);
    server = await webServer({ ...optionsFor(renderer), runApp: false });
    expect(listeningPorts()).toEqual([]);
    for (const get of [() => server?.url, () => server?.port]) {
      expect(get).toThrow(ServerStartError);
      expect(get).toThrow("does not listen. Call start()");
    }
    expect(server.state.frame).toMatchObject({ number: 1, width: 64 });
    await Promise.all([server.start(), server.start()]);
    await server.start();
    expect(listeningPorts()).toEqual([server.port]);
    const client = await MjpegClient.open(server.url);
    expect(await nextGrey(client)).toSatisfy(isNear(10));
    client.close();
  });

  test("webServer with runApp false closes its segments when it is stopped or disposed", async () => {
    using renderer = new TestRenderer();
    const segments = Object.values(renderer.names).flat();
    const before = mappings(segments);
    for (let round = 0; round < 5; round++) {
      using built = await webServer({ ...optionsFor(renderer), runApp: false });
      expect(mappings(segments)).toBeGreaterThan(before);
      expect(built.state.renderer.pid).toBe(process.pid);
    }
    const stopped = await webServer({ ...optionsFor(renderer), runApp: false });
    await stopped.stop();
    await stopped.stop();
    await unmapped(segments, before);
    await expect(stopped.start()).rejects.toThrow("was stopped and cannot be started again");
    // The segments are not removed: they belong to the renderer.
    for (const name of segments) expect(existsSync(`/dev/shm/${name}`)).toBeTrue();
  });

  test("webServer rejects before it listens if a segment cannot be attached, and leaves nothing open", async () => {
    using renderer = new TestRenderer();
    const valid = optionsFor(renderer);
    const segments = Object.values(renderer.names).flat();
    const before = mappings(segments);
    const { queueBufferName, ...incomplete } = valid;
    for (const [options, error, message] of [
      [{ ...valid, infoBufferName: "psm_nothing" }, SharedMemoryError, "psm_nothing"],
      [incomplete, MemoryLayoutError, "Give both or neither"],
    ] as const) {
      const thrown = await webServer(options).catch((reason) => reason);
      expect(thrown).toBeInstanceOf(error);
      expect(thrown.message).toContain(message);
    }
    await unmapped(segments, before);
    expect(listeningPorts()).toEqual([]);
  });

  test("webServer's MJPEG interval is 16 ms by default, and an invalid one is refused", async () => {
    using renderer = new TestRenderer();
    for (const msJpeg of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const thrown = await webServer({ ...optionsFor(renderer), msJpeg }).catch((reason) => reason);
      expect(thrown).toBeInstanceOf(RangeError);
      expect(thrown.message).toBe(`msJpeg is ${msJpeg}; it must be a number of ms, 0 or more.`);
    }
  });

  test("MJPEG frames within msJpeg are skipped except for the newest", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(1);
    server = await webServer({ ...optionsFor(renderer), msJpeg: 2000 });
    const client = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-in-a-hurry");
    expect((await client.next())?.headers.get("x-frame")).toBe("1");
    for (let frame = 2; frame <= 6; frame++) {
      renderer.writeGrey(frame);
      // A round trip, so that the server reads each frame.
      await fetch(`${server.url}healthz`);
    }
    expect((await client.next())?.headers.get("x-frame")).toBe("6");
    expect(server.state.encoder.frames).toBe(2);
    client.close();
  });
});

describe("webServerRawArray", () => {
  test("webServerRawArray serves the program's own SharedArrayBuffers", async () => {
    using renderer = new RawArrayRenderer();
    server = await webServerRawArray({ ...renderer.arrays, port: 0 });
    const client = await MjpegClient.open(server.url);
    renderer.writeGrey(90);
    expect(await nextGrey(client)).toSatisfy(isNear(90));
    expect(renderer.images.viewers).toBe(1);
    await server.stop();
    // The program can still use its arrays.
    renderer.writeGrey(91);
    expect(renderer.images.read()?.data[0]).toBe(91);
    client.close();
  });

  test("invalid arrays are refused with a message", async () => {
    using renderer = new RawArrayRenderer();
    const small = new SharedArrayBuffer(8);
    for (const [arrays, message] of [
      [{ ...renderer.arrays, infoBuffer: small }, "infoBuffer has 8 bytes"],
      [{ ...renderer.arrays, imageBuffers: [] }, "1 to 510 image buffers"],
      [{ ...renderer.arrays, queueHeadTailBuffer: undefined }, "Give both or neither"],
      [{ ...renderer.arrays, queueBuffer: new ArrayBuffer(64) as never }, "SharedArrayBuffer"],
    ] as const) {
      expect((await webServerRawArray({ ...arrays, port: 0 }).catch((reason) => reason)).message).toContain(
        message,
      );
    }
    expect(listeningPorts()).toEqual([]);
  });

  describe("webServerRawArray in a Worker", () => {
    /** Starts the Worker. Returns it with its URL and a promise of its end. */
    async function start(renderer: RawArrayRenderer) {
      const worker = new Worker(new URL("programs/raw-array-server.ts", import.meta.url).href);
      const ended = new Promise<void>((resolve) => worker.addEventListener("close", () => resolve()));
      const url = new Promise<string>((resolve, reject) => {
        worker.addEventListener("message", ({ data }) => resolve(data), { once: true });
        worker.addEventListener("error", ({ message }) => reject(new Error(message)), { once: true });
      });
      worker.postMessage(renderer.arrays);
      return { worker, ended, url: await url };
    }

    for (const [end, how] of [
      ["stops its server and ends", (worker: Worker) => worker.postMessage("stop")],
      ["is terminated while it sends a frame", (worker: Worker) => worker.terminate()],
    ] as const) {
      test(`a Worker serves frames and enqueues events, and leaves no thread or port when it ${end}`, async () => {
        using renderer = new RawArrayRenderer();
        const threads = nativeThreads().length;
        for (let round = 0; round < 5; round++) {
          renderer.writeGrey(40);
          const { worker, ended, url } = await start(renderer);
          const client = await MjpegClient.open(url);
          for (const grey of [40, 120, 200]) {
            if (grey !== 40) renderer.writeGrey(grey);
            expect(await nextGrey(client)).toSatisfy(isNear(grey));
          }
          const socket = await SocketClient.open(url);
          for (const on of [1, 0]) socket.send({ ...CLICK, on, timestampInMs: round });
          expect((await renderer.receive(2)).map((row) => [row[0], row[6]])).toEqual([
            [3, round],
            [4, round],
          ]);
          using writing = setInterval(() => renderer.writeGrey(round), 1);
          how(worker);
          await ended;
          clearInterval(writing);
          expect(await client.next().then((part) => part === null || part.body.length > 0)).toBeTrue();
          client.close();
          socket.close();
        }
        await eventually(() => nativeThreads().length <= threads, "no thread of the Workers is left");
        expect(listeningPorts()).toEqual([]);
      });
    }
  });
});

/** The TCP ports on which this process listens. */
function listeningPorts(): number[] {
  const sockets = new Set(
    readdirSync("/proc/self/fd").map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      } catch {
        return undefined; // closed in the meantime
      }
    }),
  );
  const LISTEN = "0A";
  return readFileSync("/proc/self/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && sockets.has(fields[9]))
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16));
}

/** Number of mappings of these segments in this process. */
function mappings(segments: readonly string[]): number {
  const maps = readFileSync("/proc/self/maps", "utf8");
  return maps.split("\n").filter((line) => segments.some((name) => line.includes(name))).length;
}

/**
 * Waits until the memory of stopped servers is unmapped. One set of segments may remain: the garbage collector may still find a
 * reference to the last one.
 */
async function unmapped(segments: readonly string[], before: number): Promise<void> {
  await eventually(() => {
    Bun.gc(true);
    return mappings(segments) <= before + segments.length;
  }, "the segments are unmapped");
}
