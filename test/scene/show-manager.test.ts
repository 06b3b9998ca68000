import { describe, expect, test } from "bun:test";
import { Mesh, MeshBasicMaterial, SphereGeometry } from "three";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { pixel } from "./images.ts";
import { box, showOpener } from "./shows.ts";

const open = showOpener();

describe("a show manager", () => {
  test("a show emits render and resize events with their sizes, until the listener is removed", () => {
    const show = open();
    const received: unknown[] = [];
    const removeListener = show.on("render", (event) => received.push(event));
    const listener = (event: unknown): void => void received.push(event);
    show.on("resize", listener);
    show.render();
    show.resize(200, 100);
    show.resize(200, 100);
    show.render();
    expect(received).toEqual([
      { width: 160, height: 120, renders: 1, complete: true },
      { width: 200, height: 100 },
      { width: 200, height: 100, renders: 2, complete: true },
    ]);
    expect(show.snapshot().data.byteLength).toBe(200 * 100 * 4);
    removeListener();
    show.off("resize", listener);
    show.resize(100, 100);
    show.render();
    expect(received).toHaveLength(3);
    expect(show.renders).toBe(3);
  });

  test("a show renders a complete, undistorted frame after a resize", () => {
    const show = open({ background: "black" });
    show.add(new Mesh(new SphereGeometry(1, 48, 24), new MeshBasicMaterial({ color: "white" })));
    show.camera.position.set(0, 0, 5);
    show.render();
    show.resize(300, 100);
    show.render({ samples: 4 });
    const frame = show.snapshot();
    const row = frame.data
      .subarray(50 * 300 * 4, 51 * 300 * 4)
      .filter((value, i) => i % 4 === 0 && value > 128);
    const column = Array.from({ length: 100 }, (_, y) => frame.data[(y * 300 + 150) * 4] ?? 0);
    expect(Math.abs(row.length - column.filter((value) => value > 128).length)).toBeLessThanOrEqual(2);
  });

  test("a show refuses an invalid size and keeps its size", () => {
    const show = open();
    for (const [width, height] of [
      [0, 0],
      [-1, 10],
      [100_000, 100_000],
      [10.5, 10],
      [Number.NaN, 10],
    ] as const) {
      expect(() => show.resize(width, height)).toThrow("cannot be rendered: 1x1 to 8192x8192");
    }
    expect(() => open({ size: [0, 0] })).toThrow("a size of 0x0 pixels");
    expect(show.size).toEqual([160, 120]);
    show.render();
  });

  test("a show fires a repeating timer until it is destroyed, and a single timer once", async () => {
    const show = open();
    let single = 0;
    let repeated = 0;
    await new Promise<void>((resolve) => {
      show.addTimerCallback(false, 1, (argument) => {
        expect(argument).toBe(show);
        single += 1;
      });
      const id = show.addTimerCallback(true, 2, () => {
        repeated += 1;
        if (repeated < 3) return;
        expect(show.destroyTimer(id)).toBe(true);
        expect(show.destroyTimer(id)).toBe(false);
        show.addTimerCallback(false, 20, () => resolve());
      });
    });
    expect([single, repeated]).toEqual([1, 3]);
    expect(() => show.addTimerCallback(true, 0, () => {})).toThrow("must be above 0 ms, not 0");
  });

  test("a show calls interactor callbacks for mouse and key events", () => {
    const show = open();
    const received: unknown[] = [];
    const removeListener = show.addIrenCallback((event) => received.push([event.x, event.y, event.shift]));
    show.addIrenCallback((event) => received.push(event.key), "keyPress");
    show.style.onMouseMove(0.25, 0.75, { shift: true });
    show.style.onKeyPress("x");
    removeListener();
    show.style.onMouseMove(0.5, 0.5);
    expect(received).toEqual([[0.25, 0.75, true], "x"]);
  });

  test("a show stops its timers when it is disposed, twice without effect, and throws when it is used afterwards", async () => {
    let fired = 0;
    {
      using show = new ShowManager({ size: [16, 16] });
      show.addTimerCallback(true, 1, () => {
        fired += 1;
      });
      show.render();
      show.dispose();
      expect(show.disposed).toBe(true);
      expect(() => show.render()).toThrow("has been disposed");
    }
    // A later timer with a longer interval: timers fire in the order of their deadlines.
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(fired).toBe(0);
  });

  test("the twentieth show of a process renders correctly", () => {
    for (let i = 0; i < 20; i += 1) {
      using show = new ShowManager({ size: [64, 64], background: "#102030" });
      show.add(box());
      show.render();
      expect(pixel(show.snapshot(), 0.02, 0.02)).toEqual([0x10, 0x20, 0x30, 255]);
    }
  });
});
