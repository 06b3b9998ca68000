import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { EVENT } from "../../src/memory/event-row.ts";
import { startServer } from "../../src/page-server.ts";
import type { ResizeMessage } from "../../src/protocol/client-messages.ts";
import type { ErrorMessage } from "../../src/protocol/server-messages.ts";
import type { InputSource } from "../../src/server/input/grip.ts";
import { Steering } from "../../src/server/input/steering.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { dequeueAll, eventually, SocketClient } from "./clients.ts";

let server: ScenecastServer;
let renderer: TestRenderer;
let anna: SocketClient;
let ben: SocketClient;
/** Sees who steers, and does nothing. */
let watcher: SocketClient;

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ port: 0, ...options });
  renderer = new TestRenderer();
  renderer.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
  server.attach(renderer.names);
  const path = `ws?token=${server.token ?? ""}`;
  [anna, ben] = [await SocketClient.open(server.url, path), await SocketClient.open(server.url, path)];
  watcher = await SocketClient.open(server.url, path);
}

/** Waits until the grip of the viewer that has steered is over, once for each grip. */
async function gripEnds(): Promise<void> {
  await watcher.next("viewers", ({ steers }) => steers === "another");
  await watcher.next("viewers", ({ steers }) => steers === null);
}

afterEach(async () => {
  anna.close();
  ben.close();
  watcher.close();
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
    const steps: ([SocketClient, object, number[]] | "the grip ends")[] = [
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
      "the grip ends",
      [ben, press(14), [14]],
      [anna, move(15), []],
      [anna, release(16), []],
      [ben, release(17), [17]],
      [anna, move(18), [18]],
    ];
    for (const step of steps) {
      if (step === "the grip ends") {
        await gripEnds();
        continue;
      }
      const [viewer, message, stamps] = step;
      expect({ message, stamps: (await act(viewer, message)).stamps }).toEqual({ message, stamps });
    }
  });

  test("wheel turns and keys are refused while another viewer steers and for a second after, with one error each time", async () => {
    await act(anna, press(1));
    expect(await act(ben, wheel(2))).toMatchObject({
      stamps: [],
      errors: [
        {
          code: "another-steers",
          message: "Another viewer is steering. Your input is accepted again a second after it has stopped.",
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
    expect(await act(ben, press(7))).toEqual({ stamps: [], errors: [] });
    await act(ben, release(8));
    // Hovering does not steer, and does not keep the grip.
    expect((await act(ben, move(9))).stamps).toEqual([9]);
    await gripEnds();
    expect(await act(ben, wheel(10))).toEqual({ stamps: [10], errors: [] });
    expect((await act(anna, press(11))).errors).toMatchObject([{ code: "another-steers" }]);
    expect((await act(anna, key(12))).errors).toEqual([]);
    await act(anna, release(13));
    await gripEnds();
    expect((await act(anna, key(14))).stamps).toEqual([14]);
    expect((await act(ben, wheel(15))).errors).toMatchObject([{ code: "another-steers" }]);
  });

  test("each viewer learns how many there are and whether it steers itself, and the grip of one that leaves is free at once", async () => {
    expect(await ben.next("viewers", ({ count }) => count === 3)).toEqual({
      type: "viewers",
      count: 3,
      steers: null,
    });
    anna.send(wheel(1));
    expect((await anna.next("viewers", ({ steers }) => steers !== null)).steers).toBe("you");
    expect((await ben.next("viewers", ({ steers }) => steers !== null)).steers).toBe("another");
    anna.close();
    expect(await ben.next("viewers", ({ count }) => count === 2)).toEqual({
      type: "viewers",
      count: 2,
      steers: null,
    });
    rows();
    expect(await act(ben, wheel(2))).toEqual({ stamps: [2], errors: [] });
  });

  test("a viewer that disconnects during a drag has its button released, and the other may press", async () => {
    await act(anna, press(1));
    anna.close();
    await eventually(() => !renderer.queue.isEmpty, "the button is released");
    expect(rows().map(([id]) => id)).toEqual([EVENT.leftRelease]);
    // Without the second that it would have after a release of its own.
    expect((await act(ben, press(2))).stamps).toEqual([2]);
  });

  test("a button that was down when the renderer ended does not block the other viewer on the next renderer", async () => {
    await act(anna, press(1));
    server.detach("it ended");
    await act(anna, release(2));
    server.attach(renderer.names);
    await gripEnds();
    expect((await act(ben, press(3))).stamps).toEqual([3]);
  });
});

test("a viewer that may only look is counted, and never steers", async () => {
  await start({ viewToken: "view-only-token-1" });
  const guest = await SocketClient.open(server.url, "ws?token=view-only-token-1");
  await guest.next("viewers", ({ count }) => count === 4);
  expect((await act(guest, wheel(1))).errors).toMatchObject([{ code: "may-not-steer" }]);
  expect((await act(anna, wheel(2))).stamps).toEqual([2]);
  expect((await guest.next("viewers")).steers).toBe("another");
  guest.close();
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
    await gripEnds();
    expect(await sizesOf(anna, wheel(4))).toEqual(["420x300"]);
    await gripEnds();
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

  const steeringOf = (onSize: (size: ResizeMessage | null) => void = () => {}) =>
    new Steering({ onSize, onHolder: () => {}, restoreDelayMs: 0 });

  test("a drag without an event for ten seconds is ended by another viewer's input", () => {
    for (const take of [EVENT.leftPress, EVENT.wheel]) {
      const steering = steeringOf();
      const [first, second] = [inputSource("first"), inputSource("second")];
      first.hasButtonDown = true;
      steering.onEvent(first, EVENT.leftPress, 0);
      steering.onEvent(first, EVENT.mouseMove, 5000);
      expect([steering.isOtherDragging(second), steering.tryTake(second, 14_999)]).toEqual([true, false]);
      expect([steering.tryTake(second, 15_000), first.released]).toEqual([true, 1]);
      steering.onEvent(second, take, 15_000);
      expect(steering.isOtherDragging(second)).toBeFalse();
      expect(steering.tryTake(first, 15_999)).toBeFalse();
      steering.close();
    }
  });

  test("the grip lasts for a second after the last steering event, whatever the pointer does meanwhile", () => {
    const steering = steeringOf();
    const [first, second] = [inputSource("first"), inputSource("second")];
    steering.onEvent(first, EVENT.wheel, 0);
    steering.onEvent(first, EVENT.mouseMove, 900);
    expect([steering.isSteering("second", 999), steering.isSteering("first", 999)]).toEqual([true, false]);
    expect([steering.isSteering(null, 999), steering.isSteering(null, 1000)]).toEqual([true, false]);
    steering.onEvent(second, EVENT.keyDown, 1000);
    expect([steering.tryTake(first, 1999), steering.tryTake(first, 2000)]).toEqual([false, true]);
    steering.close();
  });

  test("the WebSocket and the data channels of one viewer count as one viewer", async () => {
    const sizes: (ResizeMessage | null)[] = [];
    const steering = steeringOf((size) => sizes.push(size));
    const [socket, channels] = [inputSource("viewer"), inputSource("viewer")];
    steering.add(socket);
    steering.add(channels);
    const window: ResizeMessage = { event_type: "resize", width: 3, height: 4, pixel_ratio: 1 };
    steering.setWindowSize(socket, window);
    channels.hasButtonDown = true;
    steering.onEvent(channels, EVENT.leftPress);
    expect([steering.isOtherDragging(socket), steering.tryTake(socket)]).toEqual([false, true]);
    steering.onEvent(socket, EVENT.wheel);
    expect(steering.isOtherDragging(inputSource("other"))).toBeTrue();
    channels.hasButtonDown = false;
    steering.remove(channels);
    expect(steering.size).toBe(window);
    steering.remove(socket);
    await eventually(() => sizes.length === 2, "the default size is requested");
    expect(sizes).toEqual([window, null]);
  });
});
