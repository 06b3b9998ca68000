import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../server/clients.ts";
import { FrameClient } from "../server/frame-client.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { XServer } from "../support/x-server.ts";

const HAS_VTK = existsSync("/usr/lib/python3/dist-packages/vtkmodules") && Bun.which("Xvfb") !== null;
const HAS_VEDO = existsSync("/usr/lib/python3/dist-packages/vedo");
const vedoSkipped = HAS_VEDO ? "" : " (skipped: python3-vedo is not installed)";
const skipped = HAS_VTK ? "" : " (skipped: python3-vtk9 or xvfb is not installed)";

const [WIDTH, HEIGHT] = [320, 240];

/** What programs/vtk_view.py prints after an event was handled. */
interface Handled {
  handled: string;
  x: number;
  y: number;
  /** VTK's events that were invoked, of those that no interactor style keeps for itself. */
  invoked: string[];
  size: [number, number];
  ctrl: number;
  shift: number;
  alt: number;
  code?: string;
  symbol?: string;
}

/** A drag in fractions of the view: button (0 left, 1 middle, 2 right), the way, ctrl, shift. */
const GESTURES = [
  {
    button: 0,
    way: [
      [0.5, 0.5],
      [0.55, 0.52],
      [0.7, 0.4],
      [0.62, 0.31],
    ],
    ctrl: 0,
    shift: 0,
  }, // rotates
  {
    button: 1,
    way: [
      [0.4, 0.6],
      [0.3, 0.5],
      [0.35, 0.45],
    ],
    ctrl: 0,
    shift: 0,
  }, // pans
  {
    button: 2,
    way: [
      [0.5, 0.5],
      [0.5, 0.6],
      [0.5, 0.55],
    ],
    ctrl: 0,
    shift: 0,
  }, // dollies
  {
    button: 0,
    way: [
      [0.2, 0.5],
      [0.3, 0.7],
    ],
    ctrl: 1,
    shift: 0,
  }, // spins
  {
    button: 0,
    way: [
      [0.5, 0.5],
      [0.6, 0.45],
    ],
    ctrl: 0,
    shift: 1,
  }, // pans
  {
    button: 0,
    way: [
      [0.5, 0.5],
      [0.6, 0.55],
    ],
    ctrl: 1,
    shift: 1,
  }, // dollies
] as const;

const BUTTONS = ["Left", "Middle", "Right"] as const;

type Direct = [name: string, x: number, y: number, ctrl: number, shift: number];

/** The events of a gesture as VTK has them: y from the lowest row of pixels. */
function direct({ button, way, ctrl, shift }: (typeof GESTURES)[number]): Direct[] {
  const at = ([x, y]: readonly [number, number]) =>
    [Math.trunc(x * WIDTH), HEIGHT - 1 - Math.trunc(y * HEIGHT)] as const;
  const name = BUTTONS[button];
  const last = way[way.length - 1] ?? way[0];
  return [
    [`${name}ButtonPressEvent`, ...at(way[0]), ctrl, shift],
    ...way.slice(1).map((point): Direct => ["MouseMoveEvent", ...at(point), ctrl, shift]),
    [`${name}ButtonReleaseEvent`, ...at(last), ctrl, shift],
  ];
}

/** The same as FURY's messages of a viewer. */
function messages({ button, way, ctrl, shift }: (typeof GESTURES)[number]): object[] {
  const position = ([x, y]: readonly [number, number]) => ({
    x,
    y,
    ctrlKey: ctrl,
    shiftKey: shift,
    timestampInMs: 1,
  });
  const last = way[way.length - 1] ?? way[0];
  return [
    { type: "mouseLeftClick", on: 1, mouseButton: button, ...position(way[0]) },
    ...way.slice(1).map((point) => ({ type: "mouseMove", ...position(point) })),
    { type: "mouseLeftClick", on: 0, mouseButton: button, ...position(last) },
  ];
}

async function startView(server: XServer, program = "vtk_view.py"): Promise<[PythonModuleProgram, string]> {
  const path = join(import.meta.dir, "programs", program);
  const started = new PythonModuleProgram([path], { env: { DISPLAY: server.display } });
  return [started, await started.next<string>()];
}

/** How a program ended. Its server may write to standard error, too. */
async function endedOf(program: PythonModuleProgram) {
  const { exitCode, stdout, stderr } = await program.ended();
  return { exitCode, stdout, traceback: stderr.includes("Traceback") && stderr };
}

describe.skipIf(!HAS_VTK)(`scenecast.vtk${skipped}`, () => {
  test("drags and the wheel give exactly the camera that VTK gives without scenecast, and its picture", async () => {
    await using server = await XServer.start();
    const [program, url] = await startView(server);
    await using _ = program;
    const viewer = await FrameClient.open(url, { requestsFrames: false });
    for (const gesture of GESTURES) {
      const expected = direct(gesture);
      for (const [index, message] of messages(gesture).entries()) {
        viewer.send(message);
        const [, x, y, ctrl, shift] = expected[index] ?? [];
        expect(await program.next<Handled>()).toMatchObject({ x, y, ctrl, shift });
      }
      program.send({ do: "directly", events: expected });
      const wanted = await program.next<number[]>();
      program.send({ do: "camera" });
      expect(await program.next<number[]>()).toEqual(wanted);
    }
    // A notch of 100 px, and one in two halves.
    const invoked: string[][] = [];
    for (const deltaY of [-100, 50, 50]) {
      viewer.send({ type: "weel", deltaY, timestampInMs: 1 });
      invoked.push((await program.next<Handled>()).invoked);
    }
    expect(invoked).toEqual([["MouseWheelForwardEvent"], [], ["MouseWheelBackwardEvent"]]);
    program.send({ do: "same-picture" });
    expect(await program.next()).toBe(true);
    viewer.close();
    expect(await endedOf(program)).toEqual({ exitCode: 0, stdout: "", traceback: false });
  });

  test("keys, double clicks and the size of the viewer's window reach the interactor", async () => {
    await using server = await XServer.start();
    const [program, url] = await startView(server);
    await using _ = program;
    const viewer = await FrameClient.open(url);
    const send = (message: object): Promise<Handled> => {
      viewer.send({ time_stamp: 1, ...message });
      return program.next<Handled>();
    };
    const typed = { invoked: ["KeyPressEvent", "CharEvent"], shift: 0, ctrl: 0, alt: 0 };
    expect(await send({ event_type: "key_down", key: "f" })).toMatchObject({
      code: "f",
      symbol: "f",
      ...typed,
    });
    expect(await send({ event_type: "key_up", key: "f" })).toMatchObject({
      symbol: "f",
      invoked: ["KeyReleaseEvent"],
    });
    expect(await send({ event_type: "key_down", key: "+", modifiers: ["Shift"] })).toMatchObject({
      ...{ code: "+", symbol: "plus" },
      ...typed,
      shift: 1,
    });
    expect(
      await send({ event_type: "key_down", key: "ArrowLeft", modifiers: ["Control", "Alt"] }),
    ).toMatchObject({
      ...{ code: "", symbol: "Left", invoked: ["KeyPressEvent"], ctrl: 1, alt: 1 },
    });
    const resized = await send({ event_type: "resize", width: 250, height: 150, pixel_ratio: 2 });
    expect(resized).toMatchObject({ size: [500, 300], invoked: ["ConfigureEvent"] });
    await viewer.waitForFrame(
      ({ header }) => header.width === 500 && header.height === 300,
      "a frame of the new size",
    );
    program.send({ do: "same-picture" });
    expect(await program.next()).toBe(true);
    const clicked = await send({ event_type: "double_click", x: 125, y: 30, button: 1 });
    expect(clicked).toMatchObject({ x: 250, y: 239, invoked: ["LeftButtonDoubleClickEvent"] });
    viewer.close();
    expect(await endedOf(program)).toEqual({ exitCode: 0, stdout: "", traceback: false });
  });

  test("VTK's timers run, and nothing is rendered while there are no viewers", async () => {
    await using server = await XServer.start();
    const [program, url] = await startView(server);
    await using _ = program;
    const renders = (): Promise<number> => {
      program.send({ do: "renders" });
      return program.next<number>();
    };
    program.send({ do: "draw" });
    program.send({ do: "timers" });
    expect(await program.next()).toEqual([5, 1]);
    expect(await renders()).toBe(0);
    const viewer = await FrameClient.open(url);
    await viewer.waitForFrame(() => true, "a frame");
    expect(await renders()).toBeGreaterThan(0);
    viewer.close();
    await eventually(async () => {
      program.send({ do: "viewers" });
      return (await program.next()) === 0;
    }, "the viewer has gone");
    const before = await renders();
    program.send({ do: "draw" });
    program.send({ do: "timers" });
    expect(await program.next()).toEqual([5, 1]);
    expect(await renders()).toBe(before);
    // The request was kept for the next viewer.
    const next = await FrameClient.open(url);
    await next.waitForFrame(() => true, "a frame");
    await eventually(async () => (await renders()) === before + 1, "the window was rendered once");
    next.close();
    expect(await endedOf(program)).toEqual({ exitCode: 0, stdout: "", traceback: false });
  });

  test.skipIf(!HAS_VEDO)(`a plotter of vedo is such a window${vedoSkipped}`, async () => {
    await using server = await XServer.start();
    await using program = new PythonModuleProgram([join(import.meta.dir, "programs/vedo_view.py")], {
      env: { DISPLAY: server.display },
    });
    const [url, before] = await program.next<[string, number[]]>();
    const viewer = await FrameClient.open(url);
    await viewer.waitForFrame(() => true, "a frame");
    const [gesture] = GESTURES;
    const positions: number[][] = [];
    for (const message of messages(gesture)) {
      viewer.send(message);
      positions.push(await program.next<number[]>());
    }
    expect(positions[0]).toEqual(before);
    expect(positions.at(-1)).not.toEqual(before);
    viewer.close();
    expect(await endedOf(program)).toEqual({
      exitCode: 0,
      stdout:
        "A vtkRenderWindow is needed, or an object with one as .render_window or .window, and not an object of type module.\n",
      traceback: false,
    });
  });
});
