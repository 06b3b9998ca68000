import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { eventually, lines, MjpegClient, SocketClient } from "./clients.ts";

const PYTHON = "/usr/bin/python3";
const PRODUCER = join(import.meta.dir, "../support/fury_producer.py");

/** Why the producer cannot be run here; empty if it can. */
function skipReason(): string {
  if (!existsSync(PYTHON)) return `${PYTHON} does not exist`;
  const numpy = Bun.spawnSync([PYTHON, "-c", "import numpy"], { stderr: "ignore" });
  return numpy.success ? "" : "python3-numpy is not installed";
}

const reason = skipReason();

interface Names {
  image_buffer_names: string[];
  info_buffer_name: string;
  queue_buffer_name: string;
  queue_head_tail_buffer_name: string;
}

/** FURY's side in real CPython: segments by multiprocessing.shared_memory, frames by numpy. */
class Producer {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<string>;

  constructor(args: string[]) {
    this.#process = Bun.spawn([PYTHON, PRODUCER, "--seconds", "60", ...args], {
      stdout: "pipe",
      stdin: "ignore",
    });
    this.#lines = lines(this.#process.stdout);
  }

  async names(): Promise<Names> {
    return JSON.parse((await this.#lines.next()).value ?? "");
  }

  /** Ends it, and returns its report. */
  async stop(): Promise<{ frames: number; events: number; ids: number[]; first_rows: number[][] } | null> {
    this.#process.kill("SIGTERM");
    const last = (await this.#lines.next()).value;
    await this.#process.exited;
    return last ? JSON.parse(last) : null;
  }
}

describe.skipIf(reason !== "")(`a FURY program in Python${reason && ` (skipped: ${reason})`}`, () => {
  let server: ScenecastServer;
  let producer: Producer | null = null;

  beforeEach(async () => {
    server = await startServer({ port: 0 });
  });

  afterEach(async () => {
    await server.stop();
    await producer?.stop();
    producer = null;
  });

  test("frames of a FURY program are shown without a torn one", async () => {
    producer = new Producer(["--mode", "solid", "--size", "640x480", "--fps", "120", "--poll-ms", "0"]);
    server.attach(await producer.names());
    const client = await MjpegClient.open(server.url);
    const greys = new Set<number>();
    for (let frame = 0; frame < 40; frame++) {
      const { data } = decodeJpeg((await client.next())?.body ?? new Uint8Array());
      const first = data[0] ?? 0;
      let furthest = 0;
      for (let i = 0; i < data.length; i += 4)
        furthest = Math.max(furthest, Math.abs((data[i] ?? 0) - first));
      expect(furthest).toBeLessThan(3);
      greys.add(first);
    }
    expect(greys.size).toBeGreaterThan(5);
    client.close();
  }, 60_000);

  test("a FURY program gets FURY's events once each and in order, and none that would make it raise", async () => {
    producer = new Producer(["--mode", "silent", "--size", "64x48", "--queue", "5"]);
    const names = await producer.names();
    server.attach(names);
    using queue = new SharedMemCircularQueue({
      bufferName: names.queue_buffer_name,
      headTailBufferName: names.queue_head_tail_buffer_name,
    });
    const socket = await SocketClient.open(server.url);
    socket.send({ event_type: "resize", width: 64, height: 48, pixel_ratio: 1 });
    socket.send({ event_type: "key_down", key: "r", time_stamp: 1 });
    for (let i = 0; i < 50; i++) {
      const on = i % 2 === 0 ? 1 : 0;
      const place = { x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 1, timestampInMs: i };
      socket.send({ type: "mouseLeftClick", on, mouseButton: 0, ...place });
    }
    await socket.settle();
    await eventually(
      () => server.state.events.pending === 0 && queue.isEmpty,
      "the producer has taken all events",
    );
    const report = await producer.stop();
    producer = null;
    expect(report).toMatchObject({ events: 50, ids: [3, 4] });
    expect(report?.first_rows.slice(0, 2)).toEqual([
      [3, 0, 0.5, 0.25, 0, 1, 0, 0],
      [4, 0, 0.5, 0.25, 0, 1, 1, 0],
    ]);
    socket.close();
  }, 60_000);
});
