import { describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import type { ArrayCircularQueue, SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { FuryStreamInteraction } from "../../src/fury/fury-stream.ts";
import {
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "../../src/fury/image-buffer-manager.ts";
import { EVENT, encodeEvent, type SceneEvent } from "../../src/memory/event-row.ts";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { attachImages, attachQueue } from "../memory/kinds.ts";
import { attachFloats, leftOver } from "../memory/segments.ts";
import { timerThreads, untilTimerThreads } from "../native/processes.ts";
import { eventually } from "../server/clients.ts";
import { boxShow } from "../stream/box-show.ts";
import { KINDS, severalTicks, TIMERS } from "./stream-options.ts";

setDefaultTimeout(60_000);

const at = (x: number, y: number, timestamp: number, keys: { ctrl?: boolean; shift?: boolean } = {}) => ({
  x,
  y,
  ctrl: keys.ctrl ?? false,
  shift: keys.shift ?? false,
  alt: false,
  meta: false,
  timestamp,
});

const wheel = (deltaY: number, timestamp = 1): SceneEvent => ({
  type: "wheel",
  deltaX: 0,
  deltaY,
  ctrl: false,
  shift: false,
  alt: false,
  meta: false,
  timestamp,
});

/** Puts events into the queue, as a server does. */
function send(
  interaction: { readonly circularQueue: ArrayCircularQueue | SharedMemCircularQueue },
  ...events: SceneEvent[]
): void {
  using queue = attachQueue(interaction.circularQueue);
  for (const event of events) expect(queue.enqueue(encodeEvent(event))).toBeTrue();
}

test("a render is pending from before an event leaves the queue until it is applied, unless it changed nothing", () => {
  using show = boxShow();
  using manager = new RawArrayImageBufferManager();
  using interaction = new FuryStreamInteraction(show, { imageBufferManager: manager });
  const pending: boolean[] = [];
  const style = spyOn(show.style, "onMouseMove").mockImplementation(() => {
    pending.push(interaction.circularQueue.isEmpty && manager.hasPendingRender);
    return false;
  });
  for (const before of [false, true]) {
    manager.hasPendingRender = before;
    send(interaction, { type: "mouseMove", ...at(0.6, 0.4, 2) });
    expect(interaction.drain()).toBeFalse();
    expect(manager.hasPendingRender).toBe(before);
  }
  expect(pending).toEqual([true, true]);
  style.mockRestore();
});

/** The camera of a new show after `act`, which calls its style directly. */
function cameraAfter(act: (show: ShowManager) => void): CameraState {
  using show = boxShow();
  act(show);
  return show.cameraState;
}

test("events from the queue rotate, spin, pan, dolly, zoom and reset the camera in one render", () => {
  using show = boxShow();
  using interaction = new FuryStreamInteraction(show);
  send(
    interaction,
    { type: "mousePress", button: 0, ...at(0.5, 0.5, 1) },
    { type: "mouseMove", ...at(0.6, 0.4, 2) },
    { type: "mouseRelease", button: 0, ...at(0.6, 0.4, 3) },
    { type: "mousePress", button: 0, ...at(0.5, 0.5, 4, { ctrl: true }) },
    { type: "mouseMove", ...at(0.7, 0.5, 5, { ctrl: true }) },
    { type: "mouseRelease", button: 0, ...at(0.7, 0.6, 6, { ctrl: true }) },
    { type: "mousePress", button: 1, ...at(0.5, 0.5, 7) },
    { type: "mouseRelease", button: 1, ...at(0.4, 0.6, 8) },
    { type: "mousePress", button: 2, ...at(0.5, 0.5, 9) },
    { type: "mouseRelease", button: 2, ...at(0.5, 0.4, 10) },
    wheel(-100, 11.5),
  );
  expect(interaction.drain()).toBeTrue();
  expect([show.renders, interaction.newestEventTimestamp, interaction.applied]).toEqual([1, 11.5, 11]);
  const expected = cameraAfter(({ style }) => {
    style.onButtonPress(0, 0.5, 0.5);
    style.onMouseMove(0.6, 0.4);
    style.onButtonRelease(0, 0.6, 0.4);
    style.onButtonPress(0, 0.5, 0.5, { ctrl: true });
    style.onMouseMove(0.7, 0.5, { ctrl: true });
    style.onButtonRelease(0, 0.7, 0.6, { ctrl: true });
    style.onButtonPress(1, 0.5, 0.5);
    style.onButtonRelease(1, 0.4, 0.6);
    style.onButtonPress(2, 0.5, 0.5);
    style.onButtonRelease(2, 0.5, 0.4);
    style.onWheel(-100);
  });
  expect(show.cameraState).toEqual(expected);
  send(interaction, {
    type: "keyDown",
    key: "r",
    alt: false,
    meta: false,
    repeat: false,
    ctrl: false,
    shift: false,
    timestamp: 12,
  });
  interaction.drain();
  expect(show.cameraState).toEqual(cameraAfter(() => {}));
});

test("of consecutive moves only the newest is applied, and all presses and releases between them", () => {
  using show = boxShow();
  const calls: string[] = [];
  show.addIrenCallback((event) => calls.push(`move ${event.x}`));
  show.addIrenCallback((event) => calls.push(`press ${event.button}`), "buttonPress");
  show.addIrenCallback((event) => calls.push(`release ${event.button}`), "buttonRelease");
  using interaction = new FuryStreamInteraction(show);
  send(
    interaction,
    { type: "mouseMove", ...at(0.1, 0.5, 1) },
    { type: "mouseMove", ...at(0.2, 0.5, 2) },
    { type: "mousePress", button: 0, ...at(0.2, 0.5, 3) },
    { type: "mouseMove", ...at(0.3, 0.5, 4) },
    { type: "mouseMove", ...at(0.4, 0.5, 5) },
    { type: "mouseMove", ...at(0.5, 0.5, 6) },
    { type: "mouseRelease", button: 0, ...at(0.5, 0.5, 7) },
    { type: "mousePress", button: 0, ...at(0.5, 0.5, 8) },
    { type: "mouseRelease", button: 0, ...at(0.5, 0.5, 9) },
  );
  interaction.drain();
  // A release first moves to its own position.
  expect(calls).toEqual([
    "move 0.2",
    "press 0",
    "move 0.5",
    "move 0.5",
    "release 0",
    "press 0",
    "move 0.5",
    "release 0",
  ]);
});

test("events that do not change the view do not render", () => {
  using show = boxShow();
  using interaction = new FuryStreamInteraction(show);
  send(interaction, { type: "mouseMove", ...at(0.3, 0.3, 5) });
  expect([interaction.drain(), show.renders, interaction.newestEventTimestamp]).toEqual([false, 0, 5]);
  expect(interaction.drain()).toBeFalse();
});

test("unknown ids, NaN and absurd numbers in the queue are ignored, and later events are applied", () => {
  using show = boxShow();
  using interaction = new FuryStreamInteraction(show, { useRawArray: false });
  using queue = attachQueue(interaction.circularQueue);
  const before = show.cameraState;
  for (const row of [
    [99, 0, 0, 0, 0, 0, 1, 0],
    [-1, 0, 0, 0, 0, 0, 1, 0],
    [EVENT.mouseMove, 0, 1e300, -1e300, 0, 0, 1, 0],
    [EVENT.resize, 1e300, 1e300, 1e300, 0, 0, 1, 0],
    [EVENT.resize, 1, 0, 0, 0, 0, 1, 0],
    [EVENT.keyDown, 0.5, 0, 0, 0, 0, 1, 0],
    [EVENT.leftPress, 0, 0.5, 0.5, 0, 0, 2, 0],
  ]) {
    queue.enqueue(row);
  }
  using rows = attachFloats(interaction.circularQueue.bufferName);
  rows.values[2 + 8 * 4 + 2] = Number.NaN;
  interaction.drain();
  expect(Math.max(...show.size)).toBeLessThanOrEqual(8192);
  expect(show.cameraState).toEqual(before);
  expect([interaction.newestEventTimestamp, interaction.circularQueue.refusedRows]).toEqual([2, 1]);
});

test("a resize changes the show's size in device pixels, within the buffers", () => {
  using show = boxShow();
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [200, 100] });
  let changes = 0;
  using interaction = new FuryStreamInteraction(show, {
    imageBufferManager: manager,
    onChange: () => changes++,
  });
  const resize = (width: number, height: number, pixelRatio: number) => {
    send(interaction, { type: "resize", width, height, pixelRatio, timestamp: 1 });
    interaction.drain();
    return show.size;
  };
  expect(resize(50, 40, 1.5)).toEqual([75, 60]);
  expect(resize(50, 40, 1.5)).toEqual([75, 60]);
  expect(changes).toBe(1);
  expect(resize(400, 200, 2)).toEqual([200, 100]);
  expect(show.renders).toBe(0);
});

describe.each(KINDS)("with $kind", ({ useRawArray }) => {
  test.each(TIMERS)(
    "without a server the interaction polls the queue by $timer, and not after stop",
    async ({ withoutIrenStart, useAsyncio }) => {
      using show = boxShow();
      using interaction = new FuryStreamInteraction(show, { useRawArray, withoutIrenStart });
      await untilTimerThreads(0);
      interaction.start(1, useAsyncio);
      expect(interaction.isRunning).toBeTrue();
      expect(timerThreads()).toBe(withoutIrenStart && !useAsyncio ? 1 : 0);
      for (const applied of [1, 2, 3]) {
        send(interaction, wheel(100));
        await eventually(() => interaction.applied === applied, `${applied} events were applied`);
      }
      expect(show.renders).toBe(3);
      expect([interaction.stop(), interaction.isRunning, interaction.stop()]).toEqual([true, false, false]);
      await untilTimerThreads(0);
      send(interaction, wheel(100));
      await severalTicks();
      expect(interaction.applied).toBe(3);
      interaction.start(1, useAsyncio);
      expect(interaction.applied).toBe(4); // immediately
    },
  );

  test("a server wakes the interaction, reads its capabilities, and makes polling unnecessary", async () => {
    using show = boxShow();
    using manager = useRawArray ? new RawArrayImageBufferManager() : new SharedMemImageBufferManager();
    let changed = Promise.withResolvers<void>();
    let woken = Promise.withResolvers<void>();
    using interaction = new FuryStreamInteraction(show, {
      useRawArray,
      withoutIrenStart: true,
      imageBufferManager: manager,
      onChange: () => changed.resolve(),
      onWake: () => woken.resolve(),
    });
    await untilTimerThreads(0);
    interaction.start();
    expect(timerThreads()).toBe(1);
    using server = attachImages(manager);
    expect(server.eventCapabilities).toEqual({ resize: true, keys: true, doubleClick: false });
    server.viewers = 1;
    await woken.promise;
    await untilTimerThreads(0);
    for (let round = 0; round < 2; round++) {
      woken = Promise.withResolvers();
      changed = Promise.withResolvers();
      send(interaction, wheel(100));
      server.wakeRenderer();
      await changed.promise;
      await woken.promise;
    }
  });

  test("start twice is a restart, cleanup stops and releases the memory, and may be called twice", () => {
    using show = boxShow();
    const interaction = new FuryStreamInteraction(show, { maxQueueSize: 7, useRawArray });
    expect(interaction.circularQueue.maxSize).toBe(7);
    interaction.start();
    interaction.start();
    interaction.cleanup();
    interaction.cleanup();
    expect([interaction.isRunning, interaction.stop()]).toEqual([false, false]);
  });
});

test("the option useRawArray decides the type of the memory: names or buffers", () => {
  using show = boxShow();
  const shared = new FuryStreamInteraction(show, { useRawArray: false });
  const names = Object.values(shared.circularQueue.names);
  expect(leftOver(names).length).toBe(2);
  shared.cleanup();
  expect(leftOver(names)).toEqual([]);
  using arrays = new FuryStreamInteraction(show);
  expect(arrays.circularQueue.headTailBuffer).toBeInstanceOf(SharedArrayBuffer);
});

test("an interval that is not positive, or too long, is an error", () => {
  using show = boxShow();
  using interaction = new FuryStreamInteraction(show);
  for (const ms of [0, -3, Number.NaN]) expect(() => interaction.start(ms)).toThrow("must be more than 0 ms");
  expect(() => interaction.start(2 ** 31)).toThrow("An interval is at most 2147483647 ms");
  expect(interaction.isRunning).toBeFalse();
});
