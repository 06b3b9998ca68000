import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { ControlValue, PanelDescription } from "../../src/protocol/panel.ts";
import { untilGrey } from "../cli/viewing-serve.ts";
import { MjpegClient, SocketClient } from "../server/clients.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

/** A viewer that waits for the panel of a program. */
class PanelViewer {
  readonly socket: SocketClient;
  #newestId = 0;

  constructor(socket: SocketClient) {
    this.socket = socket;
  }

  static async open(url: string): Promise<PanelViewer> {
    return new PanelViewer(await SocketClient.open(url));
  }

  /** The next panel with so many controls. */
  async panel(count: number) {
    return (await this.socket.next("panel", ({ panel }) => panel.program.length === count)).panel.program;
  }

  /** Waits for these values, in one message or several. */
  async untilValues(expected: Readonly<Record<string, ControlValue>>): Promise<void> {
    let seen: Readonly<Record<string, ControlValue>> = {};
    while (!Object.entries(expected).every(([name, value]) => Bun.deepEquals(seen[name], value)))
      seen = { ...seen, ...(await this.socket.next("control-values")).values };
  }

  /** Sends a change of a control. @returns the id of its result */
  send(control: string, value?: unknown): number {
    const id = ++this.#newestId;
    this.socket.send({ type: "command", id, command: { type: "control", control, value } });
    return id;
  }

  /** The sentence by which a command failed; undefined if it did not. */
  async result(id: number): Promise<string | undefined> {
    return (await this.socket.next("command-result", (result) => result.id === id)).error?.message;
  }

  /** Changes a control, and returns as {@link result}. */
  change(control: string, value?: unknown): Promise<string | undefined> {
    return this.result(this.send(control, value));
  }
}

/** Environment by which the sockets of a program are in this folder. */
const runtimeIn = (folder: TemporaryDirectory) => ({ env: { XDG_RUNTIME_DIR: folder.path } });

function start(name: string, folder: TemporaryDirectory): PythonModuleProgram {
  return new PythonModuleProgram([`${import.meta.dir}/programs/${name}`], runtimeIn(folder));
}

describe("stream.panel", () => {
  test("describes controls to viewers, calls the program with their changes, and shows what it sets", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls.py", folder);
    const [, url] = await program.next<[string, string]>();
    const viewer = await PanelViewer.open(url);
    expect(await viewer.panel(10)).toEqual([
      { type: "number", name: "Threshold", label: "Threshold", min: 0, max: 1, value: 0.3 },
      { type: "number", name: "Slices", label: "Slices", min: 0, max: 10, step: 1, value: 3 },
      {
        ...{ type: "range", name: "View/Window", label: "Window", folder: ["View"] },
        ...{ min: 0, max: 100, unit: "HU", value: [10, 90] },
      },
      {
        ...{ type: "choice", name: "View/Shading", label: "Shading", folder: ["View"], value: "flat" },
        choices: [
          { value: "flat", label: "Flat" },
          { value: "smooth", label: "Smooth" },
        ],
      },
      { type: "boolean", name: "View/Axes", label: "Axes", folder: ["View"], value: false },
      {
        ...{ type: "color", name: "View/Colors/Surface", label: "Surface" },
        ...{ folder: ["View", "Colors"], value: "#ff8000" },
      },
      {
        ...{ type: "text", name: "Title", label: "Title", description: "Above the picture." },
        ...{ placeholder: "none", value: "" },
      },
      { type: "action", name: "Run", label: "Run" },
      { type: "action", name: "Fail", label: "Fail" },
      { type: "number", name: "Slow", label: "Slow", value: 0 },
    ]);
    const thread = "scenecast-events";
    for (const [control, name, value, received] of [
      ["Threshold", "threshold", 1, 1],
      ["Slices", "slices", 7, 7],
      ["View/Window", "window", [5, 50.5], [5, 50.5]],
      ["View/Shading", "shading", "smooth", "smooth"],
      ["View/Axes", "axes", true, true],
      ["View/Colors/Surface", "color", "tomato", "#ff6347"],
      ["Title", "title", "Bündel\u2028A", "Bündel\u2028A"],
    ] as const) {
      const changed = viewer.change(control, value);
      expect(await program.next<unknown>()).toEqual([name, received, thread]);
      expect(await changed).toBeUndefined();
    }
    const clicked = viewer.change("Run");
    expect(await program.line()).toBe('["run", 1.0, [5, 50.5], 7]');
    expect(await clicked).toBeUndefined();

    program.send("set");
    const values = { Threshold: 0.75, "View/Window": [20, 30], "View/Colors/Surface": "#0000ff" };
    await viewer.untilValues(values);

    program.send("remove");
    // The label is changed last.
    const isLast = ({ panel }: { panel: PanelDescription }) =>
      panel.program.some(({ label }) => label === "Heading");
    const shown = (await viewer.socket.next("panel", isLast)).panel.program;
    expect(shown.map(({ name, label }) => [name, label])).toEqual([
      ["Slices", "Slices"],
      ["Title", "Heading"],
      ["Run", "Run"],
      ["Fail", "Fail"],
      ["Slow", "Slow"],
      ["Added", "Added"],
    ]);
    expect(await viewer.change("Threshold", 0.1)).toBe(
      "The program has no control of this name; it may have removed it.",
    );
    expect(await viewer.change("Slices", 11)).toBe('"Slices" takes a number from 0 to 10; 11 is not one.');
    const added = viewer.change("Added");
    expect(await program.next<unknown>()).toEqual(["added"]);
    expect(await added).toBeUndefined();
  });

  test("an exception in a callback is logged and shown to the viewer, and a coroutine is called again with the newest value", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls.py", folder);
    const [, url] = await program.next<[string, string]>();
    const viewer = await PanelViewer.open(url);
    await viewer.panel(10);
    const failed = '"Fail" failed in the program: division by zero.';
    const failing = viewer.change("Fail");
    expect(await program.next<unknown>()).toEqual([
      "log",
      `The callback of ${failed} The program continues.`,
    ]);
    expect(await failing).toBe(failed);

    const watching = await PanelViewer.open(url);
    const ids = [viewer.send("Slow", 1)];
    expect(await program.next<unknown>()).toEqual(["slow", 1]);
    ids.push(viewer.send("Slow", 2), viewer.send("Slow", 3));
    await watching.socket.next("control-values", ({ values }) => values.Slow === 3);
    program.send("gate");
    expect(await program.next<unknown>()).toEqual(["slow ends", 1]);
    expect(await program.next<unknown>()).toEqual(["slow", 3]);
    expect(await program.next<unknown>()).toEqual(["slow ends", 3]);
    for (const id of ids) expect(await viewer.result(id)).toBeUndefined();
  });

  test("sys.exit() in a callback ends the program where that serves, else nothing, and says so", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls_exit.py", folder);
    const viewer = await PanelViewer.open((await program.next<[string, string]>())[1]);
    await viewer.panel(3);
    const log = ["log", expect.stringMatching(/^sys\.exit\(\) in a handler or a callback ends nothing/)];
    expect(await viewer.change("Exit")).toBe('"Exit" called sys.exit() in the program.');
    expect(await program.next<unknown>()).toEqual(log);
    expect(await viewer.change("Leave")).toBe('"Leave" called sys.exit() in the program.');
    expect(await program.next<unknown>()).toEqual(log);
    viewer.socket.send({ event_type: "key_down", key: "a", time_stamp: 1 });
    expect(await program.next<unknown>()).toEqual(log);
    expect(await viewer.change("Number", 2)).toBeUndefined();
    expect(await program.next<unknown>()).toEqual(["number", 2]);

    program.send("next");
    const other = await PanelViewer.open((await program.next<[string, string]>())[1]);
    await other.panel(1);
    other.send("Exit");
    expect(await program.ended()).toMatchObject({ exitCode: 3, stderr: "" });
  });

  test("close() removes the socket, its folder and the threads", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls.py", folder);
    const [, url] = await program.next<[string, string]>();
    await (await PanelViewer.open(url)).panel(10);
    const [name = ""] = readdirSync(folder.path).filter((entry) => entry.startsWith("scenecast-panel-"));
    const socket = `${folder.path}/${name}/control`;
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    program.send("close");
    expect(await program.next<unknown>()).toEqual(["closed", []]);
    expect(readdirSync(folder.path)).toEqual([]);
    expect(await program.ended()).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("a program that was killed leaves neither socket nor folder, although its forked child lives on", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls_abandoned.py", folder);
    const { url, child } = await program.next<{ url: string; child: number }>();
    try {
      const viewer = await PanelViewer.open(url);
      expect((await viewer.panel(1))[0]).toMatchObject({ name: "Number", value: 0 });
      program.process.kill("SIGKILL");
      await viewer.socket.closed;
      await until(() => readdirSync(folder.path).length === 0, "the folder is removed");
      expect(process.kill(child, 0)).toBe(true);
    } finally {
      process.kill(child, "SIGKILL");
    }
  });

  test("what a program leaves that was killed with its server is removed by the next one", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls_abandoned.py", folder);
    const { server, child } = await program.next<{ server: number; child: number }>();
    process.kill(child, "SIGKILL");
    program.process.kill("SIGSTOP");
    process.kill(server, "SIGKILL");
    program.process.kill("SIGKILL");
    await program.process.exited;
    const [abandoned] = readdirSync(folder.path);
    expect(abandoned).toStartWith("scenecast-panel-");
    await using next = start("controls.py", folder);
    await next.next();
    expect(readdirSync(folder.path)).toEqual([expect.not.stringMatching(String(abandoned))]);
  });

  test("callbacks run in asyncio's loop or in an adapter's, which draws afterwards, and do not keep a stream", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls_loops.py", folder);
    const viewer = await PanelViewer.open((await program.next<[string, string]>())[1]);
    await viewer.panel(2);
    expect(await viewer.change("Number", 2)).toBeUndefined();
    expect(await program.next<unknown>()).toEqual(["asyncio", 2, true]);
    expect(await viewer.change("Finish")).toBeUndefined();
    expect(await program.next<unknown>()).toEqual(["asyncio", "finish", true]);
    viewer.socket.send({ event_type: "key_up", key: "a", time_stamp: 1 });

    const [, url] = await program.next<[string, string]>();
    const other = await PanelViewer.open(url);
    await other.panel(2);
    const frames = await MjpegClient.open(url);
    await untilGrey(frames, 10);
    expect(await other.change("Level", 200)).toBeUndefined();
    expect(await program.next<unknown>()).toEqual(["adapter", 200, true]);
    await untilGrey(frames, 200);
    other.send("Close");
    expect(await program.next<unknown>()).toEqual(["collected", true]);
    expect(await program.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("what is not valid is refused with a sentence, and changes nothing", async () => {
    using folder = new TemporaryDirectory();
    await using program = start("controls_refusals.py", folder);
    const { exitCode, stdout, stderr } = await program.ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
  });
});
