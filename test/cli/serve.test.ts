import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { EVENT } from "../../src/memory/event-row.ts";
import type { SegmentNames } from "../../src/server/renderer/renderer-link.ts";
import { MjpegClient, SocketClient } from "../server/clients.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { COMMAND, RunningScenecast, remaining } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { GreyProducer } from "./grey-producer.ts";
import { expectRefusal } from "./refusals.ts";
import { greyOf, inState, type ServeState, segmentOptions, serveNames, untilGrey } from "./viewing-serve.ts";

setDefaultTimeout(60_000);

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

/** The names of a producer as environment variables. */
function environmentFor(producer: GreyProducer): Record<string, string> {
  const options = segmentOptions(producer.names);
  const pairs = Array.from({ length: options.length / 2 }, (_, i) => options.slice(2 * i, 2 * i + 2));
  return Object.fromEntries(
    pairs.map(([option = "", value = ""]) => [
      `SCENECAST_${option.slice(2).replaceAll("-", "_").toUpperCase()}`,
      value,
    ]),
  );
}

describe("serve", () => {
  test("serve with one option per segment serves frames and forwards events", async () => {
    using producer = new GreyProducer(77);
    await using app = await RunningScenecast.start(["serve", ...segmentOptions(producer.names)]);
    expect(await greyOf(app)).toBe(77);
    const socket = await SocketClient.open(app.url);
    socket.send({ type: "weel", deltaY: 30, timestampInMs: 5 });
    await app.state<ServeState>(({ events }) => events.accepted === 1 && events.pending === 0);
    const row = producer.queue.dequeue();
    expect([row?.[0], row?.[1]]).toEqual([EVENT.wheel, 30]);
    socket.close();
  });

  test("serve accepts each option as an environment variable", async () => {
    using producer = new GreyProducer(88);
    await using app = await RunningScenecast.start(["serve"], {
      env: {
        ...environmentFor(producer),
        SCENECAST_NO_MJPEG: "1",
        SCENECAST_NO_WEBRTC: "1",
        SCENECAST_MS_JPEG: "40",
      },
    });
    expect(await greyOf(app)).toBe(88);
    expect((await app.fetch("video/mjpeg")).status).toBe(404);
    expect((await app.fetch("offer", { method: "POST" })).status).toBe(404);
  });

  test("serve provides MJPEG and WebRTC unless they are disabled", async () => {
    using producer = new GreyProducer(99);
    await using app = await RunningScenecast.start(["serve", ...segmentOptions(producer.names)]);
    const stream = await MjpegClient.open(app.url);
    await untilGrey(stream, 99);
    stream.close();
    expect((await app.fetch("offer", { method: "POST" })).status).toBe(400);
    await app.stop();
    await using restricted = await RunningScenecast.start([
      "serve",
      ...segmentOptions(producer.names),
      "--no-mjpeg",
      "--no-webrtc",
    ]);
    expect((await restricted.fetch("video/mjpeg")).status).toBe(404);
    const offer = await restricted.fetch("offer", { method: "POST" });
    expect([offer.status, await offer.text()]).toEqual([404, expect.stringContaining("--no-webrtc")]);
  });

  test("serve limits the MJPEG frame rate to --ms-jpeg, and sends the newest frame", async () => {
    using producer = new GreyProducer(1);
    await using app = await RunningScenecast.start([
      "serve",
      ...segmentOptions(producer.names),
      "--ms-jpeg",
      "500",
    ]);
    const stream = await MjpegClient.open(app.url);
    await untilGrey(stream, 1);
    const start = performance.now();
    for (let grey = 2; grey <= 250; grey++) {
      producer.images.write(40, 30, new Uint8Array(40 * 30 * 3).fill(grey));
      await Bun.sleep(1);
    }
    await untilGrey(stream, 250);
    const { viewers } = await app.state<{ viewers: { frames: number }[] }>();
    expect(viewers[0]?.frames).toBeLessThanOrEqual(2 + (performance.now() - start) / 500);
    stream.close();
  });

  test.each([
    [["serve"], 2, "--image-buffers"],
    [["serve", "--names", "x", "--info-buffer", "y"], 2, "not both"],
    [["serve", "--image-buffers", "a,b", "--info-buffer", "c", "--queue-buffer", "d"], 2, "belong together"],
    [["serve", "--image-buffers", "a,,b", "--info-buffer", "c"], 2, "1 to 510 names"],
    [["serve", "--image-buffers", Array(511).fill("a").join(), "--info-buffer", "c"], 2, "1 to 510 names"],
    [["serve", "--names", "-", "--ms-jpeg", "-1"], 2, "--ms-jpeg"],
    [["serve", "--names", "-", "--ms-jpeg", "NaN"], 2, "from 0 to 60000"],
    [["serve", "--image-buffers", "nope_1", "--info-buffer", "nope_2", "--port", "0"], 1, "nope_2"],
    [["serve", "--image-buffers", "../x", "--info-buffer", "../y", "--port", "0"], 1, "without '/'"],
  ] as const)("%p exits with %d and one sentence", async (args, code, reason) => {
    await expectRefusal(args, code, reason);
  });

  test("serve exits with 1 and the reason if the segments given by options are invalid", async () => {
    using producer = new GreyProducer(1);
    using queue = new SharedMemCircularQueue({ maxSize: 5, dimension: 6 });
    const { names } = producer;
    const { queue_buffer_name: _, queue_head_tail_buffer_name: __, ...images } = names;
    const invalid: [SegmentNames, string][] = [
      [
        { ...images, info_buffer_name: names.queue_head_tail_buffer_name },
        "has 12 bytes, but the info of 2 image buffers needs 32",
      ],
      [
        { ...images, image_buffer_names: names.image_buffer_names.slice(0, 1) },
        "for 1 image buffers it must be 4",
      ],
      [{ ...images, ...queue.names }, "rows of 6 values"],
    ];
    for (const [segments, reason] of invalid) {
      await expectRefusal(["serve", ...segmentOptions(segments), "--port", "0"], 1, reason);
    }
  });
});

describe("a shutdown signal to serve", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s makes serve close its viewers, keep the producer's segments, and exit with 0",
    async (signal) => {
      using producer = new GreyProducer(66);
      const app = await serveNames();
      const snapshot = app.fetch("snapshot.png");
      app.write(`${JSON.stringify(producer.names)}\n`);
      const stream = await MjpegClient.open(app.url);
      const socket = await SocketClient.open(app.url);
      await untilGrey(stream, 66);
      expect((await snapshot).status).toBe(200);
      const { exitCode } = await app.stop(signal);
      expect(exitCode).toBe(0);
      expect((await socket.closed).code).toBe(1001);
      while (await stream.readMore());
      const segments = Object.values(producer.names).flat();
      expect(remaining(segments)).toEqual(segments);
      expect(producer.images.viewers).toBe(0);
    },
  );

  test("SIGTERM while serve waits for names makes it close its viewers and exit with 0", async () => {
    await using app = await RunningScenecast.start(["serve", "--names", `${files.path}/never.json`]);
    const socket = await SocketClient.open(app.url);
    const stream = await MjpegClient.open(app.url);
    const snapshot = app.fetch("snapshot.png");
    await inState(app, "waiting-for-producer");
    expect((await app.stop()).exitCode).toBe(0);
    expect((await socket.closed).code).toBe(1001);
    while (await stream.readMore());
    await snapshot.catch(() => {});
  });
});

describe("serve whose output is not read, as with FURY's Widget", () => {
  /** Starts a command whose standard output and error are a pipe that is never read, or whose other end is closed. */
  async function startUnread(args: readonly string[], closed: boolean) {
    const port = freeTcpPort();
    const script = closed
      ? 'mkfifo "$0/o"; exec 7<>"$0/o" 8>"$0/o"; exec 7<&-; exec "$@" >&8 2>&8'
      : 'mkfifo "$0/o"; exec 7<>"$0/o"; exec "$@" >"$0/o" 2>&1';
    const directory = new TemporaryDirectory();
    const options = ["--port", String(port), "--log-level", "debug"];
    const child = Bun.spawn(["sh", "-c", script, directory.path, ...COMMAND, ...args, ...options], {
      stdin: "pipe",
      stdout: "ignore",
      stderr: "ignore",
      env: { ...process.env },
    });
    return { child, url: `http://127.0.0.1:${port}/`, directory };
  }

  test.each([
    ["unread", false],
    ["closed", true],
  ])("serve continues with %s pipes", async (_, closed) => {
    using first = new GreyProducer(44);
    using second = new GreyProducer(144);
    const { child, url, directory } = await startUnread(["serve", "--names", "-"], closed);
    using _directory = directory;
    await using _program = child;
    child.stdin.write(`${JSON.stringify(first.names)}\n`);
    child.stdin.flush();
    let stream: MjpegClient | null = null;
    for (let tries = 0; stream === null && tries < 1000; tries++) {
      stream = await MjpegClient.open(url).catch(() => null);
      if (stream === null) await Bun.sleep(10);
    }
    if (stream === null) throw new Error("The server does not listen.");
    await untilGrey(stream, 44);
    // Each update logs about 100 bytes: in total more than the 64 KiB of a pipe and the log's own buffer.
    for (let time = 0; time < 1000; time++) {
      for (const { names } of [second, first]) child.stdin.write(`${JSON.stringify(names)}\nno names\n`);
    }
    child.stdin.write(`${JSON.stringify(second.names)}\n`);
    child.stdin.flush();
    await untilGrey(stream, 144);
    stream.close();
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });
});
