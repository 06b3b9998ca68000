import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { QueueLockedError } from "../../src/memory/event-queue.ts";
import { EVENT, encodeEvent, type SceneEvent } from "../../src/memory/event-row.ts";
import { applyEvents } from "../../src/stream/apply-events.ts";
import { attachQueue } from "../memory/kinds.ts";
import { boxShow } from "./box-show.ts";

setDefaultTimeout(60_000);

const WHEEL = [EVENT.wheel, 100, 0, 0, 0, 0, 5, 0];
const MOVE = [EVENT.mouseMove, 0, 0.5, 0.5, 0, 0, 7, 0];

test("applyEvents applies all queued events and renders once, only if the view changed and renderAfter is not false", () => {
  using show = boxShow();
  using queue = new SharedMemCircularQueue({ maxSize: 20 });
  using server = attachQueue(queue);
  expect(applyEvents(queue, show)).toEqual({ events: 0, newestTimestamp: null, changed: false });
  const before = show.cameraState;
  for (const row of [WHEEL, MOVE, MOVE, WHEEL, [99, 0, 0, 0, 0, 0, 9, 0]]) server.enqueue(row);
  const applied = { events: 5, newestTimestamp: 5, changed: true };
  expect(applyEvents(queue, show)).toEqual(applied);
  expect([show.renders, queue.isEmpty]).toEqual([1, true]);
  expect(show.cameraState).not.toEqual(before);

  server.enqueue(WHEEL);
  expect(applyEvents(queue, show, { renderAfter: false }).changed).toBeTrue();
  expect(show.renders).toBe(1);
  server.enqueue(MOVE);
  expect(applyEvents(queue, show, { renderAfter: true })).toEqual({
    events: 1,
    newestTimestamp: 7,
    changed: false,
  });
  expect(show.renders).toBe(1);
});

test("listeners of the show get keys and pointer events with modifiers, after the camera was moved", () => {
  using show = boxShow();
  using queue = new SharedMemCircularQueue({ maxSize: 20 });
  using server = attachQueue(queue);
  const cameras: unknown[] = [];
  const events: object[] = [];
  show.on("pointer", (event) => {
    events.push({ ...event });
    cameras.push(show.cameraState);
  });
  show.on("key", (event) => events.push(event));
  const held = { ctrl: false, shift: true, alt: false, meta: true };
  const none = { ctrl: false, shift: false, alt: false, meta: false };
  const sent: SceneEvent[] = [
    { type: "mousePress", button: 0, x: 0.5, y: 0.5, ...none, timestamp: 1 },
    { type: "mouseMove", x: 0.75, y: 0.5, ...none, timestamp: 2 },
    { type: "mouseRelease", button: 0, x: 0.75, y: 0.5, ...none, timestamp: 3 },
    { type: "keyDown", key: "ArrowLeft", repeat: true, ...held, timestamp: 4 },
    { type: "keyUp", key: "é", repeat: false, ...none, timestamp: 5 },
    { type: "wheel", deltaX: 0, deltaY: 1, ...none, timestamp: 6 },
  ];
  for (const event of sent) server.enqueue(encodeEvent(event));
  applyEvents(queue, show);
  expect(events).toEqual([
    { type: "down", button: 0, x: 0.5, y: 0.5, ...none, point: undefined },
    { type: "move", x: 0.75, y: 0.5, ...none, point: undefined },
    { type: "up", button: 0, x: 0.75, y: 0.5, ...none, point: undefined },
    { type: "down", key: "ArrowLeft", repeat: true, ...held },
    { type: "up", key: "é", repeat: false, ...none },
  ]);
  expect(cameras[1]).not.toEqual(cameras[0]);
  expect(cameras[2]).toEqual(cameras[1]);
});

test("a pointer event has the world point that the last frame shows there", () => {
  using show = boxShow();
  show.cameraState = { position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
  show.render();
  using queue = new SharedMemCircularQueue({ maxSize: 20 });
  using server = attachQueue(queue);
  const points: unknown[] = [];
  show.on("pointer", ({ point }) => points.push(point));
  const none = { ctrl: false, shift: false, alt: false, meta: false };
  for (const x of [0.5, 0.01, 1.5])
    server.enqueue(encodeEvent({ type: "mousePress", button: 1, x, y: 0.5, ...none, timestamp: 1 }));
  applyEvents(queue, show);
  const [front, ...others] = points;
  // The face of the box that is nearest to the camera.
  const [x = 0, y = 0, z = 0] = front as readonly number[];
  expect(Math.hypot(x, y)).toBeLessThan(0.2);
  expect(z).toBeCloseTo(1.5, 3);
  expect(others).toEqual([undefined, undefined]);
});

test("applyEvents applies at most as many events as the queue holds, so that a fast server does not prevent rendering", () => {
  using show = boxShow();
  let left = 25;
  const refilled = {
    maxSize: 10,
    isEmpty: false,
    dequeue: () => (left-- > 0 ? Float64Array.of(...WHEEL) : null),
  };
  expect([1, 2, 3].map(() => applyEvents(refilled, show).events)).toEqual([10, 10, 5]);
  expect(show.renders).toBe(3);
});

test("events dequeued before another process locked the queue permanently are applied", () => {
  using show = boxShow();
  let left = 2;
  const locked = {
    maxSize: 10,
    isEmpty: false,
    dequeue() {
      if (left-- > 0) return Float64Array.of(...WHEEL);
      throw new QueueLockedError("locked");
    },
  };
  expect(applyEvents(locked, show).events).toBe(2);
  expect(() => applyEvents(locked, show)).toThrow(QueueLockedError);
});

test("an error of a listener is an uncaught exception, and the other events are applied", async () => {
  const program = fileURLToPath(new URL("programs/throwing-listener.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe(
    "applied 3, rendered 1, turned: true\nuncaught: no press, please\n",
  );
  expect(await child.exited).toBe(0);
});
