import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { EVENT } from "../../src/memory/event-row.ts";
import { CLOSE_CODES } from "../../src/protocol/close-codes.ts";
import { type ErrorMessage, PROTOCOL_VERSION } from "../../src/protocol/server-messages.ts";
import { PlainFuryProducer, TestRenderer } from "../encode/producers.ts";
import { lines } from "../support/lines.ts";
import { dequeueRows, eventually, MjpegClient, SocketClient } from "./clients.ts";
import { servedView } from "./served-view.ts";

const view = servedView({ server: { title: "bunny.obj" } });

const dequeue = (count: number) => dequeueRows(view.renderer.queue, count);

const MOVE = { type: "mouseMove", x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 1, timestampInMs: 5 };

describe("messages to the page", () => {
  test("hello and the renderer's status are sent first", async () => {
    view.server.setRendererStatus({
      state: "loading",
      fraction: 0.5,
      phase: "reading bunny.obj",
      secondsLeft: null,
    });
    const socket = await SocketClient.open(view.server.url);
    const hello = await socket.next("hello");
    expect(hello).toMatchObject({
      protocol: PROTOCOL_VERSION,
      title: "bunny.obj",
      maxSize: null,
      maySteer: true,
      transports: ["jpeg", "mjpeg", "video", "webrtc"],
      iceServers: [],
    });
    expect((await socket.next("status")).renderer).toEqual({
      state: "loading",
      fraction: 0.5,
      phase: "reading bunny.obj",
      secondsLeft: null,
    });
    socket.close();
  });

  test("every change of the status is sent once", async () => {
    const socket = await SocketClient.open(view.server.url);
    expect((await socket.next("status")).renderer).toEqual({ state: "starting" });
    view.server.attach(view.renderer.names);
    expect((await socket.next("status")).renderer).toEqual({ state: "waiting-for-first-frame" });
    view.renderer.writeGrey(1);
    expect((await socket.next("status")).renderer).toEqual({ state: "running" });
    view.server.setRendererStatus({ state: "running" });
    view.renderer.writeGrey(2);
    expect(await socket.settle()).toEqual([]);
    view.server.detach("it ended");
    expect((await socket.next("status")).renderer).toEqual({
      state: "gone",
      reason: "it ended",
      restarting: false,
    });
    socket.close();
  });

  test("hello is sent again when a renderer has other limits", async () => {
    const socket = await SocketClient.open(view.server.url);
    expect((await socket.next("hello")).maxSize).toBeNull();
    view.renderer.images.eventCapabilities = { resize: true, keys: false, doubleClick: true };
    view.server.attach(view.renderer.names);
    expect(await socket.next("hello")).toMatchObject({
      maxSize: { width: 640, height: 480 },
      takes: { resize: true, keys: false, doubleClick: true },
    });
    socket.close();
  });

  test("a ping is answered with its own time and the server's", async () => {
    const socket = await SocketClient.open(view.server.url);
    socket.send({ type: "ping", time: 123.456 });
    const pong = await socket.next("pong");
    expect(pong.time).toBe(123.456);
    expect(Math.abs(pong.serverTimeMs - Date.now())).toBeLessThan(60_000);
    socket.close();
  });
});

describe("messages from the page", () => {
  test("events reach the queue as rows, in order", async () => {
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url);
    socket.send({ type: "weel", deltaY: 120, timestampInMs: 4 });
    socket.send({ ...MOVE, type: "mouseLeftClick", on: 1, mouseButton: 2 });
    socket.send(MOVE);
    socket.send({ ...MOVE, type: "mouseLeftClick", on: 0, mouseButton: 2 });
    expect(await dequeue(4)).toEqual([
      [1, 120, 0, 0, 0, 0, 4, 0],
      [7, 0, 0.5, 0.25, 0, 1, 5, 0],
      [2, 0, 0.5, 0.25, 0, 1, 5, 0],
      [8, 0, 0.5, 0.25, 0, 1, 5, 0],
    ]);
    socket.close();
  });

  test("pointer positions refer to the viewer's own size, and before its first resize to the frame's", async () => {
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(1, [200, 100]);
    await eventually(() => view.server.state.frame !== null, "the frame is detected");
    const first = await SocketClient.open(view.server.url);
    const second = await SocketClient.open(view.server.url);
    second.send({ event_type: "resize", width: 400, height: 400, pixel_ratio: 2 });
    for (const socket of [first, second]) {
      socket.send({ event_type: "pointer_move", x: 100, y: 100, time_stamp: 1 });
      // One at a time, since waiting moves are merged.
      const [row = []] = await dequeue(1);
      expect(row.slice(2, 4)).toEqual(socket === first ? [0.5, 1] : [0.25, 0.25]);
    }
    first.close();
    second.close();
  });

  test("a plain FURY consumer gets its eight events only, and the others are ignored without an error", async () => {
    view.renderer.images.eventCapabilities = { resize: false, keys: false, doubleClick: false };
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url);
    socket.send({ event_type: "resize", width: 300, height: 200, pixel_ratio: 1 });
    socket.send({ event_type: "key_down", key: "r", time_stamp: 1 });
    socket.send({ event_type: "double_click", button: 1, x: 1, y: 1, time_stamp: 1 });
    socket.send({ type: "weel", deltaY: 1, timestampInMs: 1 });
    expect((await dequeue(1)).map((row) => row[0])).toEqual([EVENT.wheel]);
    expect((await socket.settle()).filter((message) => message.type === "error")).toEqual([]);
    socket.close();
  });

  test("a resize requests no more pixels than the buffers hold, at the same aspect ratio", async () => {
    view.renderer.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url);
    socket.send({ event_type: "resize", width: 320, height: 200, pixel_ratio: 1.5 });
    socket.send({ event_type: "resize", width: 800, height: 200, pixel_ratio: 2 });
    const rows = await dequeue(2);
    expect(rows[0]?.slice(0, 4)).toEqual([EVENT.resize, 1.5, 320, 200]);
    expect(rows[1]?.slice(0, 4)).toEqual([EVENT.resize, 0.8, 800, 200]);
    socket.close();
  });

  test("the size of a window is sent to a renderer that is attached later, and again to the next one", async () => {
    const socket = await SocketClient.open(view.server.url);
    socket.send({ event_type: "resize", width: 320, height: 200, pixel_ratio: 1 });
    expect((await socket.settle()).filter((message) => message.type === "error")).toEqual([]);
    view.server.attach(view.renderer.names);
    // This renderer declares its event capabilities only after its segments were attached.
    view.renderer.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
    view.renderer.writeGrey(1);
    expect((await dequeue(1))[0]?.slice(0, 4)).toEqual([EVENT.resize, 1, 320, 200]);
    view.server.detach("it was killed", { restarting: true });
    using second = new TestRenderer();
    second.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
    view.server.attach(second.names);
    expect(second.queue.dequeue()?.[0]).toBe(EVENT.resize);
    socket.close();
  });

  describe("invalid messages are answered with an error, and the WebSocket stays open", () => {
    const WHEEL = { type: "weel", deltaY: 1, timestampInMs: 1 };
    const CLICK = { ...MOVE, type: "mouseLeftClick", on: 1, mouseButton: 0 };
    const DOWN = { event_type: "pointer_down", button: 1, x: 1, y: 1, time_stamp: 1 };
    const KEY = { event_type: "key_down", key: "r", time_stamp: 1 };
    const RESIZE = { event_type: "resize", width: 3, height: 4, pixel_ratio: 1 };

    /** Checks the error for each message: its code, and a word of its message. */
    async function expectErrors(
      messages: readonly (readonly [string | Uint8Array<ArrayBuffer>, string, string])[],
    ) {
      view.server.attach(view.renderer.names);
      const socket = await SocketClient.open(view.server.url);
      await socket.settle();
      for (const [message, code, word] of messages) {
        socket.send(message);
        const replies = await socket.settle();
        expect(replies).toMatchObject([{ type: "error", code }]);
        expect((replies[0] as ErrorMessage).message).toContain(word);
      }
      expect(view.server.state.events).toEqual({ accepted: 0, merged: 0, refused: 0, pending: 0 });
      socket.send(MOVE);
      expect(await dequeue(1)).toHaveLength(1);
      socket.close();
    }

    test("a message that is not JSON, or not an object, is an error", () =>
      expectErrors([
        ["", "bad-json", "must be valid JSON"],
        ["{", "bad-json", "must be valid JSON"],
        ["close ", "bad-json", "must be valid JSON"],
        ["{'type':'weel'}", "bad-json", "must be valid JSON"],
        ['{"type":"weel","deltaY":1,"timestampInMs":1}}', "bad-json", "must be valid JSON"],
        ['{"type":"weel","deltaY":NaN,"timestampInMs":1}', "bad-json", "must be valid JSON"],
        ['{"type":"mouseMove","x":Infinity}', "bad-json", "must be valid JSON"],
        ["\u0000\ud800", "bad-json", "must be valid JSON"],
        ["null", "bad-json", "must be a JSON object"],
        ["true", "bad-json", "must be a JSON object"],
        ["17", "bad-json", "must be a JSON object"],
        ['"weel"', "bad-json", "must be a JSON object"],
        ["[]", "bad-json", "must be a JSON object"],
        [JSON.stringify([MOVE]), "bad-json", "must be a JSON object"],
      ]));

    test("a message of an unknown type is an error", () =>
      expectErrors([
        ["{}", "unknown-type", "weel"],
        ['{"type":null}', "unknown-type", "weel"],
        ['{"type":["weel"],"deltaY":1,"timestampInMs":1}', "unknown-type", "weel"],
        ['{"type":"wheel","deltaY":1,"timestampInMs":1}', "unknown-type", "weel"],
        ['{"type":"mouseDance"}', "unknown-type", "mouseMove"],
        ['{"event_type":"pointer_dance"}', "unknown-type", "pointer_move"],
        ['{"type":"constructor"}', "unknown-type", "weel"],
      ]));

    test("a message that is binary or too long is an error", () =>
      expectErrors([
        [new Uint8Array(0), "binary", "text"],
        [new Uint8Array([1, 2, 3]), "binary", "text"],
        [new TextEncoder().encode(JSON.stringify(MOVE)), "binary", "text"],
        ["x".repeat(60_000), "too-long", "4096"],
        [JSON.stringify({ ...MOVE, more: "x".repeat(5000) }), "too-long", "4096"],
        ["[".repeat(4000), "bad-json", "must be valid JSON"],
      ]));

    const REQUIRED: readonly [Record<string, unknown>, readonly string[]][] = [
      [WHEEL, ["deltaY", "timestampInMs"]],
      [MOVE, ["x", "y", "ctrlKey", "shiftKey", "timestampInMs"]],
      [CLICK, ["on", "mouseButton", "x", "y", "ctrlKey", "shiftKey", "timestampInMs"]],
      [DOWN, ["button", "x", "y", "time_stamp"]],
      [KEY, ["key", "time_stamp"]],
      [RESIZE, ["width", "height", "pixel_ratio"]],
      [{ type: "ping", time: 1 }, ["time"]],
      [{ type: "hello", viewer: "viewer-0001" }, ["viewer"]],
    ];
    for (const [valid, fields] of REQUIRED) {
      const name = String(valid.type ?? valid.event_type);
      test(`a ${name} message with a missing field, a wrong type or a number that is not finite is an error`, () =>
        expectErrors(
          fields.flatMap((field) => {
            const { [field]: _, ...without } = valid;
            const values = ["null", "[]", "[1]", "{}", "1e999", "-1e999", '"1"', '""'].filter(
              (value) => !(field === "key" && value === '"1"'),
            );
            const withValue = (value: string) =>
              JSON.stringify({ ...without, [field]: "?" }).replace('"?"', value);
            return [JSON.stringify(without), ...values.map(withValue)].map(
              (text) => [text, "bad-message", field] as const,
            );
          }),
        ));
    }

    test("a number out of range is an error", () =>
      expectErrors([
        [JSON.stringify({ ...CLICK, mouseButton: 3 }), "bad-message", "mouseButton"],
        [JSON.stringify({ ...CLICK, mouseButton: -1 }), "bad-message", "mouseButton"],
        [JSON.stringify({ ...CLICK, on: 2 }), "bad-message", "on"],
        [JSON.stringify({ ...MOVE, ctrlKey: 2 }), "bad-message", "ctrlKey"],
        [JSON.stringify({ ...MOVE, shiftKey: -1 }), "bad-message", "shiftKey"],
        [JSON.stringify({ ...MOVE, x: 1e300 }), "bad-message", "x"],
        [JSON.stringify({ ...WHEEL, deltaY: -1e9 }), "bad-message", "deltaY"],
        [JSON.stringify({ ...WHEEL, timestampInMs: -5 }), "bad-message", "timestampInMs"],
        [JSON.stringify({ ...RESIZE, width: 0 }), "bad-message", "width"],
        [JSON.stringify({ ...RESIZE, pixel_ratio: 0 }), "bad-message", "pixel_ratio"],
      ]));
  });

  test("a message over 64 KiB closes its WebSocket and no other", async () => {
    const other = await SocketClient.open(view.server.url);
    const socket = await SocketClient.open(view.server.url);
    socket.send("x".repeat(70_000));
    expect((await socket.closed).code).toBe(CLOSE_CODES.tooBig);
    await other.settle();
    other.close();
  });

  test('FURY\'s text "close" closes the WebSocket cleanly', async () => {
    const socket = await SocketClient.open(view.server.url);
    socket.send("close");
    expect((await socket.closed).code).toBe(1000);
    await eventually(() => view.server.state.viewers.length === 0, "the viewer is removed");
  });

  test("events without a renderer, or with one that accepts none, are answered with one error", async () => {
    const socket = await SocketClient.open(view.server.url);
    for (let i = 0; i < 5; i++) socket.send(MOVE);
    const errors = (await socket.settle()).filter((message) => message.type === "error");
    expect(errors).toMatchObject([{ code: "no-renderer" }]);
    using fury = new PlainFuryProducer(10, 10);
    view.server.attach(fury.names);
    socket.send(MOVE);
    expect(view.server.state.events.accepted).toBe(0);
    socket.close();
  });

  test("events keep their order when messages arrive before the parser is loaded", async () => {
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url);
    for (let i = 0; i < 15; i++) {
      socket.send({ ...MOVE, type: "mouseLeftClick", on: (i + 1) % 2, mouseButton: 0, timestampInMs: i });
    }
    expect((await dequeue(15)).map((row) => row[6])).toEqual(Array.from({ length: 15 }, (_, i) => i));
    socket.close();
  });
});

describe("viewers that disconnect", () => {
  test("the buttons of a viewer that disconnects are released at its last position", async () => {
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url);
    socket.send({ ...MOVE, type: "mouseLeftClick", on: 1, mouseButton: 0 });
    socket.send({ ...MOVE, type: "mouseLeftClick", on: 1, mouseButton: 1 });
    socket.send({ ...MOVE, type: "mouseLeftClick", on: 0, mouseButton: 1 });
    socket.send({ ...MOVE, x: 0.75, timestampInMs: 8 });
    await socket.settle();
    socket.close();
    const rows = await dequeue(5);
    expect(rows.slice(4)).toEqual([[EVENT.leftRelease, 0, 0.75, 0.25, 0, 1, 8, 0]]);
  });

  test("a second WebSocket of the same viewer closes the first", async () => {
    const first = await SocketClient.open(view.server.url, "ws?viewer=viewer-0001");
    const second = await SocketClient.open(view.server.url, "ws?viewer=viewer-0001");
    await first.closed;
    await second.settle();
    expect(view.server.state.viewers).toHaveLength(1);
    second.close();
  });

  test("a program whose server has stopped ends immediately, even with connected viewers", async () => {
    const program = fileURLToPath(new URL("programs/serve-until-line.ts", import.meta.url));
    const child = Bun.spawn([process.execPath, program], { stdin: "pipe", stdout: "pipe" });
    const output = lines(child.stdout);
    const url = (await output.next()).value ?? "";
    const socket = await SocketClient.open(url);
    const client = await MjpegClient.open(url);
    await client.next();
    child.stdin.write("stop\n");
    child.stdin.end();
    expect(await client.next()).toBeNull();
    expect((await socket.closed).code).toBe(1001);
    expect((await output.next()).done).toBeTrue();
    expect(await child.exited).toBe(0);
  });

  test("a stop sends its reason, closes WebSockets with 1001 and ends streams, and is idempotent", async () => {
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(3);
    const socket = await SocketClient.open(view.server.url);
    const client = await MjpegClient.open(view.server.url);
    await client.next();
    await Promise.all([view.server.stop("The job is over."), view.server.stop()]);
    expect((await socket.closed).code).toBe(1001);
    expect((await socket.next("end")).reason).toBe("The job is over.");
    expect(await client.next()).toBeNull();
    expect(view.renderer.images.viewers).toBe(0);
    await view.server.stop();
    await expect(fetch(view.server.url)).rejects.toThrow();
  });
});
