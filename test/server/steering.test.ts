import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { EVENT } from "../../src/memory/event-row.ts";
import { startServer } from "../../src/page-server.ts";
import type { ResizeMessage } from "../../src/protocol/client-messages.ts";
import type { ErrorMessage } from "../../src/protocol/server-messages.ts";
import { type InputSource, Steering } from "../../src/server/input/steering.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { dequeueAll, eventually, SocketClient } from "./clients.ts";

let server: ScenecastServer;
let renderer: TestRenderer;
let anna: SocketClient;
let ben: SocketClient;

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ port: 0, ...options });
  renderer = new TestRenderer();
  renderer.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
  server.attach(renderer.names);
  [anna, ben] = [await SocketClient.open(server.url), await SocketClient.open(server.url)];
}

afterEach(async () => {
  anna.close();
  ben.close();
  await server.stop();
  renderer[Symbol.dispose]();
});

const rows = () => dequeueAll(renderer.queue);

/** Sends an event. Returns the time stamps of the resulting rows, and the errors. */
async function act(
  viewer: SocketClient,
  message: object,
): Promise<{ stamps: (number | undefined)[]; errors: ErrorMessage[] }> {
  viewer.send(message);
  const errors = (await viewer.settle()).filter(({ type }) => type === "error") as ErrorMessage[];
  return { stamps: rows().map((row) => row[6]), errors };
}

const position = { x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 1 };
const press = (timestampInMs: number, mouseButton = 0) => ({
  ...{ type: "mouseLeftClick", on: 1, mouseButton, ...position, timestampInMs },
});
const release = (timestampInMs: number, mouseButton = 0) => ({ ...press(timestampInMs, mouseButton), on: 0 });
const move = (timestampInMs: number) => ({ type: "mouseMove", ...position, timestampInMs });
const wheel = (timestampInMs: number) => ({ type: "weel", deltaY: 1, timestampInMs });
const key = (timestampInMs: number) => ({
  ...{ event_type: "key_down", key: "r", time_stamp: timestampInMs / 1000 },
});
const resize = (width: number, height: number) => ({ event_type: "resize", width, height, pixel_ratio: 1 });

describe("two viewers", () => {
  beforeEach(() => start());

  test("the viewer that presses first steers until its release, and the other's drag is dropped", async () => {
    const steps: [SocketClient, object, number[]][] = [
      [ben, move(1), [1]],
      [anna, press(2), [2]],
      [ben, move(3), []],
      [ben, press(4), []],
      [ben, move(5), []],
      [anna, move(6), [6]],
      [ben, release(7), []],
      [anna, move(8), [8]],
      [ben, press(9, 2), []],
      [anna, release(10), [10]],
      // Ben's drag began during Anna's.
      [ben, move(11), []],
      [ben, release(12, 2), []],
      [ben, move(13), [13]],
      [ben, press(14), [14]],
      [anna, move(15), []],
      [anna, release(16), []],
      [ben, release(17), [17]],
      [anna, move(18), [18]],
    ];
    for (const [viewer, message, stamps] of steps) {
      expect({ message, stamps: (await act(viewer, message)).stamps }).toEqual({ message, stamps });
    }
  });

  test("wheel turns and keys during another viewer's drag are refused, with one error per drag", async () => {
    await act(anna, press(1));
    expect(await act(ben, wheel(2))).toMatchObject({
      stamps: [],
      errors: [
        {
          code: "another-steers",
          message:
            "Another viewer is steering at the moment. Your input is accepted again when its drag has ended.",
        },
      ],
    });
    for (const message of [
      key(3),
      wheel(4),
      { event_type: "double_click", button: 1, x: 1, y: 1, time_stamp: 1 },
    ]) {
      expect(await act(ben, message)).toEqual({ stamps: [], errors: [] });
    }
    expect((await act(anna, wheel(5))).stamps).toEqual([5]);
    await act(anna, release(6));
    expect(await act(ben, wheel(7))).toEqual({ stamps: [7], errors: [] });
    await act(anna, press(8));
    expect((await act(ben, key(9))).errors).toMatchObject([{ code: "another-steers" }]);
  });

  test("a viewer that disconnects during a drag has its button released, and the other may press", async () => {
    await act(anna, press(1));
    anna.close();
    await eventually(() => !renderer.queue.isEmpty, "the button is released");
    expect(rows().map(([id]) => id)).toEqual([EVENT.leftRelease]);
    expect((await act(ben, press(2))).stamps).toEqual([2]);
  });

  test("a button that was down when the renderer ended does not block the other viewer on the next renderer", async () => {
    await act(anna, press(1));
    server.detach("it ended");
    await act(anna, release(2));
    server.attach(renderer.names);
    expect((await act(ben, press(3))).stamps).toEqual([3]);
  });
});

describe("the size of the view", () => {
  /** The sizes requested from the renderer. */
  const sizes = () =>
    rows()
      .filter(([id]) => id === EVENT.resize)
      .map(([, , width, height]) => `${width}x${height}`);
  /** Sends a message, and returns the resulting size requests. */
  const sizesOf = async (viewer: SocketClient, message: object) => {
    viewer.send(message);
    await viewer.settle();
    return sizes();
  };

  test("the view has the window size of the viewer that steers, not of one that watches, and at the end its default size", async () => {
    await start({ size: [320, 240] });
    expect(await sizesOf(anna, resize(400, 300))).toEqual(["400x300"]);
    // Ben does not steer.
    expect(await sizesOf(ben, resize(200, 400))).toEqual([]);
    expect(await sizesOf(ben, move(1))).toEqual([]);
    expect(await sizesOf(anna, resize(410, 300))).toEqual(["410x300"]);
    expect(await sizesOf(ben, press(2))).toEqual(["200x400"]);
    await act(ben, release(3));
    expect(await sizesOf(anna, resize(420, 300))).toEqual([]);
    expect(await sizesOf(anna, wheel(4))).toEqual(["420x300"]);
    expect(await sizesOf(ben, key(5))).toEqual(["200x400"]);
    ben.close();
    await eventually(
      () => !renderer.queue.isEmpty,
      "the size of the viewer that steered before is requested",
    );
    expect(sizes()).toEqual(["420x300"]);
    anna.close();
    await eventually(() => !renderer.queue.isEmpty, "the default size is requested");
    expect(sizes()).toEqual(["320x240"]);
  });

  test("the view returns to its size before the first window if the server has no default size", async () => {
    await start();
    renderer.writeGrey(50, [128, 96]);
    await eventually(() => server.state.frame !== null, "the frame is detected");
    await sizesOf(anna, resize(400, 300));
    anna.close();
    await eventually(() => !renderer.queue.isEmpty, "the default size is requested");
    expect(sizes()).toEqual(["128x96"]);
  });

  test("a fixed size is not changed by any window, and hello declares it", async () => {
    await start({ size: [320, 240], fixedSize: true });
    expect((await anna.next("hello", ({ takes }) => takes.keys)).takes.resize).toBeFalse();
    expect(await sizesOf(anna, resize(400, 300))).toEqual([]);
    // The window size still scales pointer positions.
    anna.send({ event_type: "pointer_move", x: 100, y: 150, time_stamp: 1 });
    await anna.settle();
    expect(rows().map((row) => row.slice(2, 4))).toEqual([[0.25, 0.5]]);
  });
});

describe("arbitration between viewers", () => {
  beforeEach(() => start());

  function inputSource(id: string): InputSource & { hasButtonDown: boolean; released: number } {
    const source = {
      ...{ id, hasButtonDown: false, released: 0 },
      releaseButtons() {
        source.hasButtonDown = false;
        source.released++;
      },
    };
    return source;
  }

  test("a drag without an event for ten seconds is ended by another viewer's press", () => {
    const steering = new Steering(() => {});
    const [first, second] = [inputSource("first"), inputSource("second")];
    first.hasButtonDown = true;
    steering.onEvent(first, EVENT.leftPress, 0);
    steering.onEvent(first, EVENT.mouseMove, 5000);
    expect([steering.isOtherDragging(second), steering.tryPress(second, 14_999)]).toEqual([true, false]);
    expect([steering.tryPress(second, 15_000), first.released]).toEqual([true, 1]);
    expect(steering.isOtherDragging(second)).toBeFalse();
  });

  test("the WebSocket and the data channels of one viewer count as one viewer", async () => {
    const sizes: (ResizeMessage | null)[] = [];
    const steering = new Steering((size) => sizes.push(size), 0);
    const [socket, channels] = [inputSource("viewer"), inputSource("viewer")];
    steering.add(socket);
    steering.add(channels);
    const window: ResizeMessage = { event_type: "resize", width: 3, height: 4, pixel_ratio: 1 };
    steering.setWindowSize(socket, window);
    channels.hasButtonDown = true;
    steering.onEvent(channels, EVENT.leftPress);
    expect([steering.isOtherDragging(socket), steering.tryPress(socket)]).toEqual([false, true]);
    channels.hasButtonDown = false;
    steering.remove(channels);
    expect(steering.size).toBe(window);
    steering.remove(socket);
    await eventually(() => sizes.length === 2, "the default size is requested");
    expect(sizes).toEqual([window, null]);
  });
});
