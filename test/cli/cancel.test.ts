import { afterAll, beforeAll, expect, test } from "bun:test";
import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import { BAD_FILES } from "../loading/bad-files.ts";
import { SocketClient } from "../server/clients.ts";
import { COMMAND, RunningScenecast, remaining, segmentsOf, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { workerThreads } from "../support/worker-threads.ts";

/** Triangles of a file that takes some seconds to load. */
const TRIANGLES = 2_000_000;
/** Points of such a file. */
const POINTS = 6_000_000;
const TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";

let files: TemporaryDirectory;
let large: string;
beforeAll(() => {
  files = new TemporaryDirectory();
  large = `${files.path}/large.obj`;
  writeLargeModel(large, "obj", TRIANGLES);
});
afterAll(() => files[Symbol.dispose]());

interface State {
  frame: object | null;
  renderer: { state: string; phase?: string; problem?: string; pid: number | null };
}

async function execute(socket: SocketClient, command: RendererCommand) {
  const id = Math.random();
  socket.send({ type: "command", id, command });
  const { error } = await socket.next("command-result", (result) => result.id === id);
  return error?.message;
}

/** Whether a load is in progress that can be cancelled, unlike the drawing of the first picture. */
const isReading = ({ renderer }: State): boolean =>
  renderer.state === "loading" && !renderer.phase?.includes(" ");
const SAMPLE =
  "Loading was cancelled; only a sample of the file is shown. Load the files again to see all of it.";

test("a cancelled first load keeps the preview with a message, and a reload then shows the files", async () => {
  await using view = await RunningScenecast.start(["view", large, "--size", "96x64"]);
  const socket = await SocketClient.open(view.url);
  const stream = await view.fetch("video/mjpeg?size=96x64");
  await view.state<State>((state) => isReading(state) && state.frame !== null);
  expect(await execute(socket, { type: "cancel" })).toBeUndefined();
  const { renderer } = await view.state<State>(({ renderer: { state } }) => state === "running");
  expect(renderer.problem).toBe(SAMPLE);
  // The preview is the final view.
  expect((await view.fetch("snapshot.png")).status).toBe(200);
  expect(await execute(socket, { type: "cancel" })).toBe("Nothing is being loaded.");
  expect(await execute(socket, { type: "reload" })).toBeUndefined();
  const reloaded = await view.state<State>(({ renderer: { state } }) => state === "running");
  expect(reloaded.renderer.problem).toBeUndefined();
  socket.close();
  await stream.body?.cancel();
});

test("a cancelled first load of a file without preview leaves an empty view with a message", async () => {
  // OFF files are not sampled.
  const path = `${files.path}/large.off`;
  const row = "0.123456 0.234567 0.345678\n";
  writeFileSync(path, `OFF\n${POINTS} 0 0\n${row.repeat(POINTS)}`);
  await using view = await RunningScenecast.start(["view", path, "--size", "96x64"]);
  const socket = await SocketClient.open(view.url);
  await view.state<State>(isReading);
  expect(await execute(socket, { type: "cancel" })).toBeUndefined();
  const { renderer } = await view.state<State>(({ renderer: { state } }) => state === "running");
  expect(renderer.problem).toBe("Loading was cancelled. Load the files again to see them.");
  socket.close();
});

test("a cancelled reload keeps the old scene and leaves no thread or segment behind", async () => {
  const path = files.write("scene.obj", TRIANGLE);
  await using view = await RunningScenecast.start(["view", path, "--size", "96x64"]);
  const { renderer } = await view.state<State>(({ renderer: { state } }) => state === "running");
  const pid = renderer.pid ?? 0;
  const [first, second] = [await SocketClient.open(view.url), await SocketClient.open(view.url)];
  rmSync(path);
  linkSync(large, path);
  const cancelled = async (): Promise<void> => {
    const reloading = execute(first, { type: "reload" });
    await view.state<State>(isReading);
    expect(await execute(second, { type: "cancel" })).toBeUndefined();
    expect(await reloading).toBe("scene.obj: loading was cancelled");
  };
  const segments = segmentsOf(pid);
  for (let i = 0; i < 3; i += 1) await cancelled();
  await until(() => workerThreads(pid) === 0, "the Workers have ended");
  expect(segmentsOf(pid)).toEqual(segments);
  const state = await view.state<State>(({ renderer: { state } }) => state === "running");
  expect(state.renderer).toMatchObject({
    pid,
    problem: "The old scene stays: scene.obj: loading was cancelled.",
  });
  first.close();
  second.close();
});

test("Ctrl+C while a file is loaded ends the program and its renderer, and removes its segments", async () => {
  await using view = await RunningScenecast.start(["view", large, "--size", "96x64"]);
  const { renderer } = await view.state<State>((state) => isReading(state) && state.renderer.pid !== null);
  const pid = renderer.pid ?? 0;
  const segments = segmentsOf(pid);
  expect(segments).not.toEqual([]);
  expect((await view.stop("SIGINT")).exitCode).toBe(0);
  expect(remaining(segments)).toEqual([]);
  expect(() => process.kill(pid, 0)).toThrow();
});

test("Ctrl+C while render loads a file ends the program and leaves no picture", async () => {
  const folder = `${files.path}/pictures`;
  mkdirSync(folder);
  const child = Bun.spawn([...COMMAND, "render", large, "--output", `${folder}/large.png`], {
    stderr: "ignore",
  });
  await until(() => workerThreads(child.pid) === 1, "the file is read");
  child.kill("SIGINT");
  expect(await child.exited).not.toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test("the renderer survives damaged files, leaves no Workers running and loads the next file", async () => {
  const path = files.write("damaged.obj", TRIANGLE);
  await using view = await RunningScenecast.start(["view", path, "--size", "96x64"]);
  const { renderer } = await view.state<State>(({ renderer: { state } }) => state === "running");
  const pid = renderer.pid ?? 0;
  const socket = await SocketClient.open(view.url);
  for (const { name, bytes } of BAD_FILES) {
    writeFileSync(path, bytes);
    const error = await execute(socket, { type: "reload" });
    expect(error ?? "", name).not.toContain("stopped unexpectedly");
    await until(() => workerThreads(pid) === 0, "the Worker has ended");
  }
  writeFileSync(path, TRIANGLE);
  expect(await execute(socket, { type: "reload" })).toBeUndefined();
  const state = await view.state<State>(({ renderer: { state: name } }) => name === "running");
  expect(state.renderer.pid).toBe(pid);
  socket.close();
});
