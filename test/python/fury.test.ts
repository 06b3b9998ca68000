import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../server/clients.ts";
import { decodePng } from "../support/images.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { remaining, segmentsOf } from "../support/scenecast.ts";
import { XServer } from "../support/x-server.ts";

const HAS_VTK = existsSync("/usr/lib/python3/dist-packages/vtkmodules") && Bun.which("Xvfb") !== null;
const skipped = HAS_VTK ? "" : " (skipped: python3-vtk9 or xvfb is not installed)";

/** What FURY's own server is made of; here that is the executable. */
const INTERNAL = /^(get_app|index|javascript|mjpeg_handler|offer|on_shutdown|websocket_handler|RTCServer)\b/;

const NAMES = readFileSync(join(import.meta.dir, "../fury/fury-names.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const SIGNATURES = NAMES.filter((line) => !INTERNAL.test(line));

/** Rows of the event queue without time stamps: id, wheel delta, x, y, ctrl, shift. */
const EVENTS: readonly number[][] = [
  ...[3, 2, 4].map((id, step) => [id, 0, 0.5 + Math.min(step, 1) * 0.2, 0.5 - Math.min(step, 1) * 0.1, 0, 0]),
  ...[5, 2, 6].map((id, step) => [id, 0, 0.4 - Math.min(step, 1) * 0.1, 0.6, 0, 0]),
  ...[7, 2, 8].map((id, step) => [id, 0, 0.5, 0.5 + Math.min(step, 1) * 0.05, 0, 0]),
  ...[3, 2, 4].map((id, step) => [id, 0, 0.2, 0.5 + Math.min(step, 1) * 0.2, 1, 0]),
  [1, -120, 0, 0, 0, 0],
  ...[3, 2, 4].map((id, step) => [id, 0, 0.5 + Math.min(step, 1) * 0.1, 0.5, 0, 1]),
];

/** The page's message of a row. */
function messageOf([id = 0, delta = 0, x = 0, y = 0, ctrlKey = 0, shiftKey = 0]: readonly number[]): object {
  if (id === 1) return { type: "weel", deltaY: delta, timestampInMs: 1 };
  const position = { x, y, ctrlKey, shiftKey, timestampInMs: 1 };
  if (id === 2) return { type: "mouseMove", ...position };
  return { type: "mouseLeftClick", on: id % 2, mouseButton: (id - 3) >> 1, ...position };
}

const programPath = (name: string) => join(import.meta.dir, "programs", name);

async function startProgram(server: XServer, name: string, ...args: string[]): Promise<PythonModuleProgram> {
  return new PythonModuleProgram([programPath(name), ...args], { env: { DISPLAY: server.display } });
}

test("scenecast.fury has FURY's names with FURY's arguments and defaults", async () => {
  expect(SIGNATURES.length).toBeGreaterThan(80);
  await using program = PythonModuleProgram.start("fury_signatures.py");
  program.send(SIGNATURES.map((line) => line.replace(/\(.*/, "")));
  expect(await program.next<string[]>()).toEqual(SIGNATURES);
});

test("the import of a part of FURY's own server is an ImportError that says what to use instead", async () => {
  const parts = NAMES.filter((line) => INTERNAL.test(line)).map((line) => line.replace(/\(.*/, ""));
  expect(parts).toContain("get_app");
  await using program = PythonModuleProgram.start("fury_signatures.py");
  program.send(parts);
  for (const sentence of await program.next<string[]>()) {
    expect(sentence).toMatch(
      /^\w+ is a part of FURY's own server, which is not in scenecast\.fury: the server is the executable\. Use web_server\(.*\.$/,
    );
  }
});

test("buffers, queues and timers do what FURY's tests check", async () => {
  await using program = PythonModuleProgram.start("fury_memory.py");
  expect(await program.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

describe.skipIf(!HAS_VTK)(`a program with FURY's streaming${skipped}`, () => {
  test.each([
    { start_method: "fork", use_raw_array: false, end: "input" },
    { start_method: "forkserver", use_raw_array: false, end: "SIGKILL" },
    { start_method: "fork", use_raw_array: true, end: "SIGKILL" },
    { start_method: "spawn", use_raw_array: true, end: "input" },
  ])("is steered to exactly VTK's camera, and its end leaves nothing: %p", async ({ end, ...options }) => {
    await using server = await XServer.start();
    const argument = JSON.stringify({ ...options, interaction: true, events: EVENTS });
    await using program = await startProgram(server, "fury_interaction.py", argument);
    const expected = await program.next<number[]>();
    const url = (await program.line()).replace("scenecast ready ", "");
    const before = await snapshot(url);
    expect([before.width, before.height]).toEqual([240, 160]);
    const socket = new WebSocket(new URL("ws", url.replace("http", "ws")));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    // Printed after each of the five gestures.
    let camera: number[] = [];
    for (const [index, row] of EVENTS.entries()) {
      socket.send(JSON.stringify(messageOf(row)));
      if ([4, 6, 8].includes(row[0] ?? 0)) camera = await program.next<number[]>();
      expect(index).toBeGreaterThanOrEqual(0);
    }
    expect(camera).toEqual(expected);
    await eventually(
      async () => !Bun.deepEquals(await snapshot(url), before),
      "the page shows the turned scene",
    );
    socket.close();
    const segments = segmentsOf(program.pid);
    if (end === "SIGKILL") program.process.kill("SIGKILL");
    else expect((await program.ended()).exitCode).toBe(0);
    await eventually(() => isGone(url), "the server has ended");
    await eventually(() => remaining(segments).length === 0, "no segment is left");
  });

  test("without a queue the page only shows", async () => {
    await using server = await XServer.start();
    const options = { start_method: "fork", use_raw_array: true, interaction: false, events: [] };
    await using program = await startProgram(server, "fury_interaction.py", JSON.stringify(options));
    await program.next();
    const url = (await program.line()).replace("scenecast ready ", "");
    const { data } = await snapshot(url);
    expect(new Set(data).size).toBeGreaterThan(10);
    expect((await program.ended()).exitCode).toBe(0);
    await eventually(() => isGone(url), "the server has ended");
  });

  test("a Widget prints its address, takes another port if its own is taken, and leaves nothing", async () => {
    await using server = await XServer.start();
    await using program = await startProgram(server, "fury_widget.py");
    const [url, other] = [await program.line(), await program.line()].map((line) =>
      line.replace("url: ", ""),
    );
    expect(url).toMatch(/^http:\/\/localhost:\d+\/\?iframe=1&encoding=mjpeg$/);
    expect(other).not.toBe(url);
    expect(await program.next()).toEqual([["scenecast", "serve"], true]);
    for (const address of [url, other]) {
      const { data } = await snapshot(String(address));
      expect(new Set(data).size).toBeGreaterThan(10);
    }
    const segments = segmentsOf(program.pid);
    expect(segments.length).toBe(10);
    program.send("stop");
    expect(await program.line()).toBe("stopped");
    program.process.kill("SIGKILL");
    await eventually(() => isGone(String(url)), "the server has ended");
    await eventually(() => remaining(segments).length === 0, "no segment is left");
  });

  test("mistakes are exceptions with a sentence", async () => {
    await using server = await XServer.start();
    await using program = await startProgram(server, "fury_refusals.py");
    const { exitCode, stdout, stderr } = await program.ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
  });
});

async function snapshot(url: string) {
  return decodePng(await (await fetch(new URL("snapshot.png", url))).bytes());
}

async function isGone(url: string): Promise<boolean> {
  return fetch(new URL("healthz", url)).then(
    () => false,
    () => true,
  );
}
