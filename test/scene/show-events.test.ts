import { expect, test } from "bun:test";
import { ShowEvents } from "../../src/scene/show-events.ts";

class Events extends ShowEvents {
  animate(seconds: number, onMoved = () => {}): void {
    this.emitAnimate(seconds, onMoved);
  }
}

test("a new listener of animate is a change, so that streams begin to render", () => {
  const events = new Events();
  let changes = 0;
  events.on("change", () => changes++);
  events.on("resize", () => {});
  expect(changes).toBe(0);
  const off = events.on("animate", () => {});
  expect(changes).toBe(1);
  expect(events.isAnimated).toBe(true);
  off();
  expect(events.isAnimated).toBe(false);
});

test("objects are moved before the view is fitted to them, and not without a listener", () => {
  const events = new Events();
  const calls: unknown[] = [];
  events.animate(1, () => calls.push("fitted"));
  expect(calls).toEqual([]);
  events.on("animate", ({ seconds }) => calls.push(seconds));
  events.animate(2, () => calls.push("fitted"));
  expect(calls).toEqual([2, "fitted"]);
});

test.each(["a listener", "fitting the view"])(
  "if %s fails, all listeners of animate are removed",
  (failing) => {
    const events = new Events();
    const fail = () => {
      throw new Error("no vertices");
    };
    events.on("animate", () => {});
    events.on("animate", failing === "a listener" ? fail : () => {});
    expect(() => events.animate(1, failing === "a listener" ? () => {} : fail)).toThrow("no vertices");
    expect(events.isAnimated).toBe(false);
  },
);
