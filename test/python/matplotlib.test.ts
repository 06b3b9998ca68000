import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { eventually } from "../server/clients.ts";
import { FrameClient } from "../server/frame-client.ts";
import { PythonModuleProgram } from "../support/python-module.ts";

const HAS_MATPLOTLIB = existsSync("/usr/lib/python3/dist-packages/matplotlib");
const skipped = HAS_MATPLOTLIB ? "" : " (skipped: python3-matplotlib is not installed)";

/** What programs/matplotlib_view.py prints after an event. */
interface Handled {
  handled: string;
  /** Of x and y. */
  limits: number[];
  /** Indices of the points that were picked. */
  picked: number[];
}

/** An event as matplotlib has it, in fractions of the figure: name, x, y, button or key, step of the wheel. */
type Direct = [name: string, x: number, y: number, value: number | string | null, step: number];

const press = (x: number, y: number, button = 1): Direct => ["button_press_event", x, y, button, 0];
const move = (x: number, y: number): Direct => ["motion_notify_event", x, y, null, 0];
const release = (x: number, y: number, button = 1): Direct => ["button_release_event", x, y, button, 0];
const key = (name: string): Direct[] => [
  ["key_press_event", 0, 0, name, 0],
  ["key_release_event", 0, 0, name, 0],
];

/** The page's message of an event. */
function messageOf([name, x, y, value]: Direct): object {
  if (name.startsWith("key"))
    return { event_type: name === "key_press_event" ? "key_down" : "key_up", key: value, time_stamp: 1 };
  const position = { x, y, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 };
  if (name === "motion_notify_event") return { type: "mouseMove", ...position };
  const mouseButton = Number(value) === 1 ? 0 : 2;
  return { type: "mouseLeftClick", on: name === "button_press_event" ? 1 : 0, mouseButton, ...position };
}

async function startView(): Promise<[PythonModuleProgram, string]> {
  const program = PythonModuleProgram.start("matplotlib_view.py");
  return [program, await program.next<string>()];
}

describe.skipIf(!HAS_MATPLOTLIB)(`scenecast.matplotlib${skipped}`, () => {
  test("pan, zoom, the views before and after, and pick give exactly what matplotlib gives", async () => {
    const [program, url] = await startView();
    await using _ = program;
    const viewer = await FrameClient.open(url);
    const steps: Record<string, Direct[]> = {
      "pan with the left button": [
        ...key("p"),
        press(0.5, 0.5),
        move(0.6, 0.4),
        move(0.65, 0.45),
        release(0.65, 0.45),
      ],
      "zoom with the right one": [press(0.5, 0.5, 3), move(0.7, 0.4), release(0.7, 0.4, 3)],
      "zoom to a rectangle": [
        ...key("o"),
        press(0.3, 0.3),
        move(0.4, 0.5),
        move(0.7, 0.6),
        release(0.7, 0.6),
      ],
      "the view before": key("c"),
      "the view after": key("v"),
      "the first view": [...key("o"), ...key("h")],
    };
    const reached = new Set<string>();
    for (const [what, events] of Object.entries(steps)) {
      let handled: Handled | undefined;
      for (const event of events) {
        viewer.send(messageOf(event));
        handled = await program.next<Handled>();
      }
      program.send({ do: "directly", events });
      expect([what, handled?.limits]).toEqual([what, await program.next<number[]>()]);
      reached.add(String(handled?.limits));
    }
    // The view before is that of the right button, and the one after that of the rectangle.
    expect(reached.size).toBe(Object.keys(steps).length - 2);
    program.send({ do: "same-picture" });
    expect(await program.next<boolean>()).toBe(true);
    // The point at (0, 0).
    viewer.send(messageOf(press(0.16023, 0.85)));
    expect((await program.next<Handled>()).picked).toEqual([0]);
    viewer.send(messageOf(release(0.16023, 0.85)));
    await program.next<Handled>();
    viewer.close();
    expect(await program.ended()).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("a figure is drawn when it changes and somebody looks, not otherwise", async () => {
    const [program, url] = await startView();
    await using _ = program;
    const ask = (command: string): Promise<number> => {
      program.send({ do: command });
      return program.next<number>();
    };
    program.send({ do: "change" });
    expect(await ask("draws")).toBe(0);
    const viewer = await FrameClient.open(url);
    await viewer.waitForFrame(() => true, "a frame");
    expect(await ask("draws")).toBe(1);
    for (const x of [0.4, 0.5, 0.6]) {
      viewer.send(messageOf(move(x, 0.5)));
      await program.next<Handled>();
    }
    expect(await ask("draws")).toBe(1);
    program.send({ do: "change" });
    await eventually(async () => (await ask("draws")) === 2, "the changed figure is drawn");
    viewer.send({ event_type: "resize", width: 300, height: 200, pixel_ratio: 2, time_stamp: 1 });
    await program.next<Handled>();
    await viewer.waitForFrame(
      ({ header }) => header.width === 600 && header.height === 400,
      "a frame of the new size",
    );
    program.send({ do: "animate" });
    expect(await program.next<number[]>()).toEqual([0, 1, 2, 3, 4]);
    viewer.close();
    await eventually(async () => (await ask("viewers")) === 0, "the viewer has gone");
    const draws = await ask("draws");
    program.send({ do: "change" });
    expect(await ask("draws")).toBe(draws);
    expect(await program.ended()).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });
});
