import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import type { Control } from "../../src/protocol/panel.ts";
import { SocketClient } from "../server/clients.ts";
import { lines } from "../support/lines.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { ControlProducer } from "./control-producer.ts";
import { serveNames } from "./viewing-serve.ts";

setDefaultTimeout(60_000);

const NUMBER = { type: "number", name: "n", label: "Number", min: 0, max: 1, value: 0.5 } satisfies Control;
const BUTTON = { type: "action", name: "b", label: "Button" } satisfies Control;

/** The next panel with so many controls of the program. */
const panelWith = async (viewer: SocketClient, count: number) =>
  (await viewer.next("panel", ({ panel }) => panel.program.length === count)).panel.program;

/** Sends a command, and returns its id. */
let newestId = 0;
function change(viewer: SocketClient, control: string, value?: unknown): number {
  const id = ++newestId;
  viewer.send({ type: "command", id, command: { type: "control", control, value } });
  return id;
}

const resultOf = (viewer: SocketClient, id: number) =>
  viewer.next("command-result", (result) => result.id === id);

/** A producer whose control a viewer of `serve` sees. */
class ControlledServe implements AsyncDisposable {
  private constructor(
    readonly producer: ControlProducer,
    readonly app: RunningScenecast,
    readonly viewer: SocketClient,
    readonly connection: Awaited<ReturnType<ControlProducer["accept"]>>,
  ) {}

  static async start(control: Control): Promise<ControlledServe> {
    const [producer, app] = [await ControlProducer.start(), await serveNames()];
    app.write(producer.line);
    const connection = await producer.accept();
    connection.sendPanel([control]);
    const viewer = await SocketClient.open(app.url);
    expect(await panelWith(viewer, 1)).toEqual([control]);
    return new ControlledServe(producer, app, viewer, connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.viewer.close();
    await this.app[Symbol.asyncDispose]();
    await this.producer[Symbol.asyncDispose]();
  }
}

describe("the control socket of a producer", () => {
  test("shows its controls; viewers' changes are checked and reach it, and its answers and values reach them", async () => {
    await using producer = await ControlProducer.start();
    await using app = await serveNames();
    const viewer = await SocketClient.open(app.url, "ws?viewer=viewer-number-one");
    expect((await viewer.next("hello")).commands).toEqual([]);
    app.write(producer.line);
    const connection = await producer.accept();
    connection.sendPanel([NUMBER, BUTTON]);
    expect(await panelWith(viewer, 2)).toEqual([NUMBER, BUTTON]);
    await viewer.next("hello", ({ commands }) => Bun.deepEquals(commands, ["control"]));
    const other = await SocketClient.open(app.url, "ws?viewer=viewer-number-two");
    expect(await panelWith(other, 2)).toEqual([NUMBER, BUTTON]);

    const first = change(viewer, "n", 0.25);
    const command = { type: "control", control: "n", value: 0.25 };
    expect(await connection.next()).toEqual({ type: "command", id: 1, command });
    expect((await other.next("control-values")).values).toEqual({ n: 0.25 });
    connection.send({ type: "command-result", id: 1 });
    expect(await resultOf(viewer, first)).toEqual({ type: "command-result", id: first });

    const second = change(other, "b");
    expect(await connection.next()).toEqual({
      type: "command",
      id: 2,
      command: { type: "control", control: "b" },
    });
    connection.send({ type: "command-result", id: 2, error: "It is out of paper." });
    expect((await resultOf(other, second)).error).toEqual({ code: "failed", message: "It is out of paper." });

    for (const [control, value, message] of [
      ["n", 2, '"Number" takes a number from 0 to 1; 2 is not one.'],
      ["n", undefined, '"Number" takes a number from 0 to 1; undefined is not one.'],
      ["b", 1, '"Button" is a button, which has no value.'],
      ["toString", 1, "The program has no control of this name; it may have removed it."],
    ] as const)
      expect((await resultOf(viewer, change(viewer, control, value))).error?.message).toBe(message);

    connection.send({ type: "control-values", values: { n: 0.75 } });
    await viewer.next("control-values", ({ values }) => values.n === 0.75);
    connection.sendPanel([BUTTON]);
    expect(await panelWith(viewer, 1)).toEqual([BUTTON]);
    expect(app.stderr).not.toContain("refused");
  });

  test("lines that are not valid are answered and logged with a sentence, and the connection stays", async () => {
    await using producer = await ControlProducer.start();
    await using app = await serveNames();
    app.write(producer.line);
    const connection = await producer.accept();
    const answerTo = async (line: object | string) => {
      connection.send(typeof line === "string" ? `${line}\n` : line);
      return connection.next();
    };
    const refused: [object | string, string][] = [
      ["{", "The line is not JSON."],
      [{ type: "shutdown" }, "The message is not valid: type:"],
      [{ type: "panel", panel: { program: [{ ...NUMBER, max: Number.NaN }] } }, "panel.program.0.max:"],
      [
        { type: "panel", panel: { program: [{ ...NUMBER, value: 2 }] } },
        '"Number" takes a number from 0 to 1',
      ],
      [{ type: "panel", panel: { program: [{ ...NUMBER, value: undefined }] } }, "undefined is not one."],
      [{ type: "panel", panel: { program: [NUMBER, NUMBER] } }, 'Two controls have the name "n".'],
      [{ type: "panel", panel: { program: Array(1001).fill(BUTTON) } }, "panel.program: Too big"],
      [{ type: "control-values", values: { n: 1 } }, 'The panel has no control "n".'],
      ['{"type":"control-values","values":{"n":1e999}}', "The message is not valid: values.n:"],
    ];
    for (const [line, message] of refused)
      expect(await answerTo(line)).toEqual({ type: "error", message: expect.stringContaining(message) });
    expect(app.stderr).toContain("A line on the control socket");
    // An answer to no command is ignored.
    connection.send({ type: "command-result", id: 77 });
    connection.sendPanel([NUMBER]);
    const viewer = await SocketClient.open(app.url);
    expect(await panelWith(viewer, 1)).toEqual([NUMBER]);
  });

  test("a line that is too long ends the connection and is logged, and the server connects again", async () => {
    await using serve = await ControlledServe.start(NUMBER);
    const { producer, app, viewer, connection } = serve;
    connection.send("x".repeat((1 << 20) + 1));
    expect(await panelWith(viewer, 0)).toEqual([]);
    await app.state(() => app.stderr.includes("A line is longer than 1048576 characters."));
    const again = await producer.accept();
    again.sendPanel([NUMBER]);
    expect(await panelWith(viewer, 1)).toEqual([NUMBER]);
  });

  test("a producer that floods is read slowly, and the server answers meanwhile", async () => {
    await using serve = await ControlledServe.start(NUMBER);
    const { app, viewer, connection } = serve;
    // 20 MB, far more than the socket and the server's buffers hold.
    const flood = `${JSON.stringify({ type: "control-values", values: { n: 1 } })}\n`.repeat(400_000);
    connection.send(flood);
    await viewer.next("control-values");
    for (let request = 0; request < 20; request++) expect((await app.fetch("healthz")).status).toBe(200);
    expect(connection.socket.writableLength).toBeGreaterThan(flood.length / 2);
  });

  test("the end of the connection removes the panel and fails commands in progress; another socket takes its place", async () => {
    await using serve = await ControlledServe.start(NUMBER);
    const { producer, app, viewer, connection } = serve;
    const id = change(viewer, "n", 0.1);
    await connection.next();
    connection.socket.destroy();
    expect(await panelWith(viewer, 0)).toEqual([]);
    expect((await resultOf(viewer, id)).error).toEqual({
      code: "failed",
      message: "The program has ended or closed its panel before it answered.",
    });
    expect((await resultOf(viewer, change(viewer, "n", 0.1))).error?.code).toBe("not-supported");

    const again = await producer.accept();
    again.sendPanel([BUTTON]);
    expect(await panelWith(viewer, 1)).toEqual([BUTTON]);

    await using next = await ControlProducer.start();
    app.write(next.line);
    const other = await next.accept();
    await again.closed;
    expect(await panelWith(viewer, 0)).toEqual([]);
    other.sendPanel([NUMBER]);
    expect(await panelWith(viewer, 1)).toEqual([NUMBER]);
    // Names without a socket: the panel is gone.
    app.write(`${JSON.stringify(producer.frames.names)}\n`);
    await other.closed;
    expect(await panelWith(viewer, 0)).toEqual([]);
  });

  test("a producer that was killed leaves neither socket nor folder if the folder is scenecast's", async () => {
    await using app = await RunningScenecast.start(["serve", "--names", "-", "--log-level", "debug"], {
      stdin: "pipe",
    });
    const program = (prefix: string) =>
      `
      import json, os, socket, sys, tempfile
      folder = tempfile.mkdtemp(prefix=${JSON.stringify(prefix)})
      listener = socket.socket(socket.AF_UNIX)
      listener.bind(folder + "/control")
      listener.listen()
      print(folder, flush=True)
      connection = listener.accept()[0]
      print("connected", flush=True)
      connection.recv(1)
    `.replace(/^ {6}/gm, "");
    for (const [prefix, remains] of [
      ["scenecast-", false],
      ["other-", true],
    ] as const) {
      await using frames = await ControlProducer.start();
      const child = Bun.spawn(["/usr/bin/python3", "-c", program(prefix)], { stdout: "pipe" });
      const output = lines(child.stdout);
      const folder = (await output.next()).value;
      app.write(`${JSON.stringify({ ...frames.frames.names, control: `${folder}/control` })}\n`);
      expect((await output.next()).value).toBe("connected");
      child.kill("SIGKILL");
      await child.exited;
      if (!remains) while (existsSync(folder)) await Bun.sleep(10);
      const before = app.stderr.split("ECONNREFUSED").length;
      if (remains) await app.state(() => app.stderr.split("ECONNREFUSED").length > before + 1);
      app.write(frames.line);
      await frames.accept();
      expect(existsSync(folder)).toBe(remains);
      if (remains) Bun.spawnSync(["rm", "-r", folder]);
    }
  });

  test("a path that cannot be one is named in the reason for waiting", async () => {
    await using producer = await ControlProducer.start();
    await using app = await serveNames();
    const controls = ["relative/control", `/${"x".repeat(107)}`, 7];
    for (const [index, control] of controls.entries()) {
      app.write(`${JSON.stringify({ ...producer.frames.names, control })}\n`);
      const reason = "control must be an absolute path of at most 107 bytes";
      await app.state(() => app.stderr.split(reason).length === index + 2);
      // One line is reported between two valid ones.
      app.write(`${JSON.stringify(producer.frames.names)}\n`);
    }
  });
});
