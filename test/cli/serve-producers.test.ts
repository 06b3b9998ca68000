import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EVENT } from "../../src/memory/event-row.ts";
import type { SegmentNames } from "../../src/server/renderer/renderer-link.ts";
import { MjpegClient, SocketClient } from "../server/clients.ts";
import { lines } from "../support/lines.ts";
import { RunningScenecast, remaining, until } from "../support/scenecast.ts";
import { hasPython, PythonProducer } from "./python-producer.ts";
import {
  greyOf,
  inState,
  leftClick,
  type ServeState,
  segmentOptions,
  serveNames,
  untilGrey,
} from "./viewing-serve.ts";

setDefaultTimeout(60_000);

const GONE = "the program that wrote the frames has ended";
const wheel = (time: number) => ({ type: "weel", deltaY: 10, timestampInMs: time }) as const;

/** Number of these segments that the process has mapped. */
function mapped(pid: number, names: readonly string[]): number {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  return names.filter((name) => maps.includes(name)).length;
}

/** Waits until the server has polled its producer three more times. */
async function afterThreePolls(app: RunningScenecast): Promise<ServeState> {
  const { uptimeSeconds } = await app.state<ServeState>();
  return app.state<ServeState>((state) => state.uptimeSeconds > uptimeSeconds + 3.2);
}

/** Opens a stream of the producer's frames, and waits for a frame of this grey value. */
async function streamOf(app: RunningScenecast, producer: PythonProducer, grey: number): Promise<MjpegClient> {
  app.write(producer.line);
  const stream = await MjpegClient.open(app.url);
  await untilGrey(stream, grey);
  return stream;
}

describe.skipIf(!hasPython())("a producer in CPython (needs Python)", () => {
  test("a producer is replaced by the next one after it has ended, for connected viewers", async () => {
    await using app = await serveNames();
    await using first = await PythonProducer.start("--grey", "60");
    app.write(first.line);
    const stream = await MjpegClient.open(app.url);
    const socket = await SocketClient.open(app.url);
    await untilGrey(stream, 60);
    socket.send(wheel(1));
    await socket.settle();
    expect(await pollUntil(() => first.events())).toMatchObject([[EVENT.wheel, 10, 0, 0, 0, 0, 1, 0]]);

    // More than its queue holds: the rest stays pending, since nothing is dequeued any more.
    await first.request({ command: "state", state: { dequeuing: false } });
    for (let time = 10; time < 40; time++) {
      socket.send(leftClick((time + 1) % 2, time));
    }
    await socket.settle();
    expect((await app.state<ServeState>()).events.pending).toBeGreaterThan(20);
    await first.end();
    const { renderer } = await socket.next("status", (message) => message.renderer.state === "gone");
    expect(renderer).toEqual({ state: "gone", reason: GONE, restarting: false });
    expect((await app.state<ServeState>()).renderer).toMatchObject(renderer);
    expect(app.stderr).toContain("The program that wrote the frames has ended.");
    expect((await app.state<ServeState>()).events.pending).toBe(0);
    socket.send(wheel(2));
    const refusal = await socket.next("error");
    expect([refusal.code, refusal.message]).toEqual([
      "no-renderer",
      `Your input is not accepted: the program is gone (${GONE}).`,
    ]);
    await until(
      () => mapped(app.pid, first.names.image_buffer_names as string[]) === 0,
      "the memory is unmapped",
    );

    await using second = await PythonProducer.start("--grey", "180", "--size", "128x96");
    app.write(second.line);
    await untilGrey(stream, 180);
    await socket.next("status", (message) => message.renderer.state === "running");
    socket.send(wheel(3));
    await socket.settle();
    expect((await pollUntil(() => second.events())).map((row) => row[6])).toEqual([3]);
    stream.close();
    socket.close();
  });

  test.each([
    ["was killed", "SIGKILL", []],
    ["was killed with its resource tracker", "group", []],
    ["left its segments behind", "SIGKILL", ["--leak"]],
  ] as const)("a producer is reported as gone to viewers if it %s", async (_, by, args) => {
    await using app = await serveNames();
    await using producer = await PythonProducer.start("--grey", "90", ...args);
    const stream = await streamOf(app, producer, 90);
    await producer.end(by);
    expect((await inState(app, "gone")).renderer.reason).toBe(GONE);
    await using next = await PythonProducer.start("--grey", "210");
    app.write(next.line);
    await untilGrey(stream, 210);
    stream.close();
  });

  test("a producer is not reported as gone while it is idle, stopped, or its segments are unlinked", async () => {
    await using app = await serveNames();
    await using producer = await PythonProducer.start("--grey", "70");
    const stream = await streamOf(app, producer, 70);
    await producer.request({ command: "state", state: { writing: false } });
    for (const name of producer.segments) await Bun.file(`/dev/shm/${name}`).delete();
    producer.signal("SIGSTOP");
    expect((await afterThreePolls(app)).renderer.state).toBe("running");
    producer.signal("SIGCONT");
    await producer.request({ command: "state", state: { writing: true, grey: 140 } });
    await untilGrey(stream, 140);
    stream.close();
  });

  test.each(["from the start", "by a consumer that died"])(
    "a producer receives events although its queue was locked %s",
    async (when) => {
      await using app = await serveNames();
      await using producer = await PythonProducer.start();
      const socket = await SocketClient.open(app.url);
      if (when === "from the start") await producer.request({ command: "lock" });
      app.write(producer.line);
      await inState(app, "running");
      if (when !== "from the start") await producer.request({ command: "lock" });
      for (let time = 1; time <= 3; time++) {
        for (const on of [1, 0]) socket.send(leftClick(on, time));
      }
      const events = await pollUntil(
        () => producer.events(),
        (rows) => rows.length >= 6,
      );
      expect(events.map((row) => [row[0], row[6]])).toEqual(
        [1, 2, 3].flatMap((time) => [
          [3, time],
          [4, time],
        ]),
      );
      expect(await producer.request({ command: "events" })).toMatchObject({ lock: 0 });
      socket.close();
    },
  );

  test("a producer given by options is attached again when it creates segments with the same names after a restart", async () => {
    await using producer = await PythonProducer.start("--grey", "40", "--name", `sc-test-${process.pid}`);
    const { names } = producer;
    const { image_buffer_names, info_buffer_name } = names;
    const options = segmentOptions({ image_buffer_names, info_buffer_name });
    await using app = await RunningScenecast.start(["serve", ...options]);
    const stream = await MjpegClient.open(app.url);
    await untilGrey(stream, 40);
    await producer.end();
    await inState(app, "gone");
    // With another size, as after a crash of a program that chooses its segment names.
    const size = ["--size", "128x96", "--grey", "200"];
    await using restarted = await PythonProducer.start("--name", `sc-test-${process.pid}`, ...size);
    expect(restarted.names).toEqual(names);
    await untilGrey(stream, 200);
    expect((await app.state<ServeState>()).frame).toMatchObject({ width: 128, height: 96 });
    stream.close();
  });

  test("a producer is still served after another Python program has unlinked its segments at exit", async () => {
    await using app = await serveNames();
    await using producer = await PythonProducer.start("--grey", "70");
    const stream = await streamOf(app, producer, 70);
    const attach =
      "import sys; from multiprocessing import shared_memory\nfor name in sys.argv[1:]: shared_memory.SharedMemory(name)";
    const helper = Bun.spawn(["/usr/bin/python3", "-c", attach, ...producer.segments], {
      env: { ...process.env, PYTHONWARNINGS: "ignore" },
      stderr: "ignore",
    });
    await helper.exited;
    // Since Python 3.13 track=False prevents this.
    await until(
      () => producer.segments.every((name) => !existsSync(`/dev/shm/${name}`)),
      "its tracker removes them",
    );
    await producer.request({ command: "state", state: { grey: 140 } });
    await untilGrey(stream, 140);
    expect((await app.state<ServeState>()).renderer.state).toBe("running");
    stream.close();
  });
});

describe("a producer of this package", () => {
  /** Starts a process that creates segments and writes one grey frame, until its input ends. */
  async function startProducer() {
    const program = join(import.meta.dir, "programs/own-producer.ts");
    const child = Bun.spawn([process.execPath, program], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const line = (await lines(child.stdout).next()).value ?? "";
    return { child, line, names: JSON.parse(line) as Required<SegmentNames> };
  }

  test("a producer is reported as gone when it is killed, but not while it is stopped", async () => {
    await using app = await serveNames();
    const { child, line, names } = await startProducer();
    app.write(`${line}\n`);
    expect(await greyOf(app)).toBe(77);
    child.kill("SIGSTOP");
    expect((await afterThreePolls(app)).renderer.state).toBe("running");
    child.kill("SIGKILL");
    await child.exited;
    expect((await inState(app, "gone")).renderer.reason).toBe(GONE);
    // They may already be removed by another program on this machine.
    for (const name of Object.values(names).flat()) rmSync(`/dev/shm/${name}`, { force: true });
  });

  test("a producer is reported as gone when it has ended and removed its segments", async () => {
    await using app = await serveNames();
    const { child, line, names } = await startProducer();
    app.write(`${line}\n`);
    await inState(app, "running");
    child.stdin.end();
    await child.exited;
    await inState(app, "gone");
    expect(remaining(Object.values(names).flat() as string[])).toEqual([]);
  });
});

/** Polls until the result is accepted; by default, until it is not empty. */
async function pollUntil<T>(
  poll: () => Promise<T[]>,
  accept = (result: T[]) => result.length > 0,
): Promise<T[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const result = await poll();
    if (accept(result)) return result;
    if (Date.now() > deadline) throw new Error(`The result stays ${JSON.stringify(result)}.`);
    await Bun.sleep(5);
  }
}
