import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { eventually, MjpegClient, SocketClient } from "../server/clients.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { GreyProducer } from "./grey-producer.ts";
import { expectRefusal } from "./refusals.ts";
import { greyOf, inState, leftClick, type ServeState, serveNames, untilGrey } from "./viewing-serve.ts";

setDefaultTimeout(60_000);

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

const line = (producer: GreyProducer) => `${JSON.stringify(producer.names)}\n`;

/** Waits until `/state` and the log contain this reason for waiting. */
async function expectWaiting(app: RunningScenecast, reason: string): Promise<void> {
  await app.state<ServeState>(
    ({ renderer }) => renderer.state === "waiting-for-producer" && renderer.reason.includes(reason),
  );
  await app.state(() => app.stderr.includes(reason));
}

describe("a names file", () => {
  test("a names file may be created after the server starts and be incomplete at first, and the view follows its changes", async () => {
    const path = `${files.path}/late.json`;
    await using app = await RunningScenecast.start(["serve", "--names", path]);
    await expectWaiting(app, `${path} does not exist yet`);
    const early = await app.fetch("snapshot.png", { method: "HEAD" });
    expect(early.status).toBe(200);
    const stream = await MjpegClient.open(app.url);
    writeFileSync(path, "");
    await expectWaiting(app, `${path} is empty`);
    using first = new GreyProducer(50);
    writeFileSync(path, line(first).slice(0, 40));
    await expectWaiting(app, `${path} is not JSON`);
    writeFileSync(path, line(first));
    await untilGrey(stream, 50);
    expect(app.stderr).toContain(`Showing the frames of ${first.names.info_buffer_name}.`);

    using second = new GreyProducer(150);
    files.write("next.json", JSON.stringify({ w: 40, h: 30, ...second.names }, null, 2));
    renameSync(`${files.path}/next.json`, path);
    await untilGrey(stream, 150);

    using third = new GreyProducer(220);
    // As with `producer >> file`: other lines are skipped, and the newest names are used.
    writeFileSync(path, `${line(second)}a line of its log\n${line(third)}another line\n`);
    await untilGrey(stream, 220);
    rmSync(path);
    await app.state(() => app.stderr.split(`${path} does not exist yet`).length === 3);
    expect(await greyOf(app)).toBe(220);
    stream.close();
  });

  test("a names file may name segments before they exist", async () => {
    const path = files.write("early.json", JSON.stringify(namesOf("sc-test-early")));
    await using app = await RunningScenecast.start(["serve", "--names", path]);
    await expectWaiting(app, "/dev/shm/sc-test-early-info: cannot open");
    using producer = new GreyProducer(90);
    const { image_buffer_names, info_buffer_name } = producer.names;
    // The info segment first, still empty, as its producer creates it.
    writeFileSync("/dev/shm/sc-test-early-info", "");
    for (const index of [0, 1])
      renameSync(`/dev/shm/${image_buffer_names[index]}`, `/dev/shm/sc-test-early-image${index}`);
    renameSync(`/dev/shm/${info_buffer_name}`, "/dev/shm/sc-test-early-info");
    try {
      await inState(app, "running");
      expect(await greyOf(app)).toBe(90);
    } finally {
      for (const name of ["info", "image0", "image1"])
        rmSync(`/dev/shm/sc-test-early-${name}`, { force: true });
    }
  });

  test("a names file that is too large is not read, and its removal is reported", async () => {
    const path = files.write("large.json", "x".repeat((1 << 20) + 1));
    await using app = await RunningScenecast.start(["serve", "--names", path]);
    await expectWaiting(app, `${path} is larger than 1 MiB`);
    rmSync(path);
    writeFileSync(`${files.path}/x`, "");
    await expectWaiting(app, `${path} does not exist yet`);
  });

  test.each([
    ["in a missing directory", () => `${files.path}/none/names.json`, "there is no directory"],
    ["that is a directory", () => files.path, "is a directory"],
  ])("a names file %s ends serve with exit code 1 and a message", async (_, path, reason) => {
    const args = ["serve", "--names", path(), "--port", "0"];
    await expectRefusal(args, 1, `The names file ${path()} `, reason);
  });
});

describe("a FIFO of names", () => {
  test("a FIFO of names is read further after a program that has written to it ends", async () => {
    const path = `${files.path}/fifo`;
    expect(Bun.spawnSync(["mkfifo", path]).success).toBe(true);
    await using app = await RunningScenecast.start(["serve", "--names", path]);
    await expectWaiting(app, `No segment names were received from ${path} yet.`);
    const stream = await MjpegClient.open(app.url);
    for (const grey of [70, 170]) {
      using producer = new GreyProducer(grey);
      // A separate process writes each time, and ends.
      Bun.spawnSync(["sh", "-c", 'cat > "$0"', path], { stdin: Buffer.from(line(producer)) });
      await untilGrey(stream, grey);
    }
    stream.close();
  });
});

describe("names on standard input", () => {
  test("names on standard input are used among other lines, and the first ignored line is logged", async () => {
    await using app = await serveNames();
    await expectWaiting(app, "No segment names were received from standard input yet.");
    using producer = new GreyProducer(110);
    const tooMany = Array.from({ length: 511 }, (_, i) => `psm_${i}`);
    app.write(`${JSON.stringify({ ...producer.names, image_buffer_names: tooMany })}\n`);
    await expectWaiting(app, "has no valid segment names: its image_buffer_names has more than 510 names");
    app.write(`[1]\nnull\n"x"\n{}\nlog line\n${"9".repeat(3 << 20)}\n${"x".repeat(70_000)}`);
    app.write(`${"x".repeat(70_000)}\n\u0000\u0007\n${line(producer)}\u001b[2J\u0007title\n`);
    expect(await greyUntil(app, 110)).toBe(110);
    await app.state(() => app.stderr.split("Ignored a line").length - 1 === 2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not reach a terminal
    expect(app.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test("names on standard input may be pretty-printed over several lines, also after lines that resemble the start of an object", async () => {
    await using app = await serveNames();
    using producer = new GreyProducer(120);
    const pretty = (names: object) => `${JSON.stringify({ w: 40, ...names }, null, 2)}\n`;
    app.write(`{\nnot this\n{"image_buffer_names": [\n${pretty(producer.names)}`);
    expect(await greyUntil(app, 120)).toBe(120);
    using next = new GreyProducer(200);
    app.write(`a line of its log\n${pretty(next.names)}`);
    expect(await greyUntil(app, 200)).toBe(200);
    app.write("{'image_buffer_names': ['psm_1'], 'info_buffer_name': 'psm_2'}\n");
    await app.state(() => app.stderr.includes("which is not JSON: {'image_buffer_names'"));
  });

  test("names on standard input may be pretty-printed for the maximum number of buffers", async () => {
    await using app = await serveNames();
    using images = new SharedMemImageBufferManager({ maxWindowSize: [8, 6], numBuffers: 100 });
    images.write(8, 6, new Uint8Array(8 * 6 * 3).fill(140));
    app.write(`${JSON.stringify(images.names, null, 2)}\n`);
    expect(await greyUntil(app, 140)).toBe(140);
  });

  test("names on standard input may have null for the queue, as in Python, and the leading slash of POSIX names", async () => {
    await using app = await serveNames();
    using producer = new GreyProducer(130);
    const { image_buffer_names, info_buffer_name } = producer.names;
    const names = {
      image_buffer_names: image_buffer_names.map((name) => `/${name}`),
      info_buffer_name: `/${info_buffer_name}`,
      queue_buffer_name: null,
      queue_head_tail_buffer_name: null,
    };
    app.write(`${JSON.stringify(names)}\n`);
    expect(await greyUntil(app, 130)).toBe(130);
  });

  test("names on standard input of invalid segments are refused with a reason, and the current view stays", async () => {
    await using app = await serveNames();
    using good = new GreyProducer(140);
    app.write(line(good));
    expect(await greyUntil(app, 140)).toBe(140);
    const { info_buffer_name, image_buffer_names } = good.names;
    const invalid: [object, string][] = [
      [{ info_buffer_name: "psm_nope" }, "psm_nope: cannot open"],
      [{ info_buffer_name: "../../etc/passwd" }, "without '/'"],
      [{ image_buffer_names: image_buffer_names.slice(1) }, "for 1 image buffers it must be 4"],
      [{ queue_buffer_name: undefined }, "Give both or neither"],
      [{ queue_buffer_name: info_buffer_name }, info_buffer_name],
    ];
    for (const [change, reason] of invalid) {
      app.write(`${JSON.stringify({ ...good.names, ...change })}\n`);
      await app.state(() => app.stderr.includes(reason));
      expect(await greyOf(app)).toBe(140);
    }
    using next = new GreyProducer(240);
    app.write(line(next));
    expect(await greyUntil(app, 240)).toBe(240);
  });

  test("names on standard input that never arrive end serve with exit code 1 when the input ends", async () => {
    const { exitCode, stderr } = await runScenecast(["serve", "--names", "-", "--port", "0"]);
    expect(exitCode).toBe(1);
    expect(stderr).toEndWith(
      "scenecast: No segment names were received from standard input, and it has ended.\n",
    );
  });

  test("names on standard input that are repeated cause no new attachment and lose no events", async () => {
    await using app = await serveNames();
    using producer = new GreyProducer(180);
    app.write(line(producer));
    expect(await greyUntil(app, 180)).toBe(180);
    // The queue holds 7 events besides the one dequeued last; the others are pending in the server.
    const socket = await SocketClient.open(app.url);
    for (let time = 0; time < 20; time++) {
      socket.send(leftClick((time + 1) % 2, time));
    }
    await socket.settle();
    app.write(line(producer).repeat(100));
    app.write(`${JSON.stringify({ ...producer.names, image_buffer_names: [] })}\n`);
    await app.state(() => app.stderr.includes("Ignored a line"));
    expect(app.stderr.split("Showing the frames").length - 1).toBe(1);
    const dequeued: number[] = [];
    await eventually(() => {
      for (let row = producer.queue.dequeue(); row; row = producer.queue.dequeue())
        dequeued.push(row[6] ?? -1);
      return dequeued.length >= 20;
    }, "all events arrive");
    expect(dequeued).toEqual(Array.from({ length: 20 }, (_, time) => time));
    socket.close();
  });

  test("names on standard input stay in use after the input ends", async () => {
    await using app = await serveNames();
    using producer = new GreyProducer(160);
    app.write(line(producer));
    app.process.stdin?.end();
    expect(await greyUntil(app, 160)).toBe(160);
    expect(await greyOf(app)).toBe(160);
  });
});

/** Segment names chosen by a program. */
function namesOf(name: string) {
  return { image_buffer_names: [`${name}-image0`, `${name}-image1`], info_buffer_name: `${name}-info` };
}

/** Polls snapshots until they have this grey value. @returns the last grey value */
async function greyUntil(app: RunningScenecast, expected: number): Promise<number | undefined> {
  await app.state<ServeState>(({ frame }) => frame !== null);
  let grey = await greyOf(app);
  for (let tries = 0; grey !== expected && tries < 200; tries++) grey = await greyOf(app);
  return grey;
}
