import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { SocketClient } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { cornerObj, largeObj } from "../support/model.ts";
import { COMMAND, RunningScenecast, remaining, segmentsOf, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForStatus, waitForView } from "../web/page-assertions.ts";

interface State {
  renderer: { state: string; pid: number };
  frame: { width: number; height: number; still: boolean } | null;
  camera: CameraState | null;
}

let browser: TestBrowser;
const files = new TemporaryDirectory();
const model = files.write("corner.obj", cornerObj());
const VIEW = ["view", model, "--gl-backend", "angle", "--size", "320x240"];

beforeAll(async () => {
  browser = await launchBrowser({ viewport: { width: 320, height: 240 } });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

const isRunning = (pid: number) => existsSync(`/proc/${pid}`);
const running = (app: RunningScenecast) => app.state<State>(({ renderer }) => renderer.state === "running");

describe("a killed renderer", () => {
  test("view informs the page about a killed renderer and restarts it with the same camera", async () => {
    await using app = await RunningScenecast.start(VIEW);
    const page = await browser.context.newPage();
    await page.goto(app.url);
    await waitForView(page);
    const first = (await running(app)).camera;
    await page.mouse.move(100, 100);
    await page.mouse.down();
    await page.mouse.move(160, 120, { steps: 3 });
    await page.mouse.up();
    const rotated = await app.state<State>(
      ({ camera, frame }) => frame?.still === true && !Bun.deepEquals(camera, first),
    );
    const segments = segmentsOf(app.pid);
    const { pid } = rotated.renderer;

    const reported = waitForStatus(page, { renderer: { state: "gone", reason: "", restarting: true } });
    process.kill(pid, "SIGKILL");
    await reported;
    const restarted = await app.state<State>(
      ({ renderer }) => renderer.state === "running" && renderer.pid !== pid,
    );
    await waitForView(page);
    expect(restarted.camera).toEqual(rotated.camera);
    expect(remaining(segments)).toEqual([]);
    expect(isRunning(app.pid)).toBe(true);
    expect(app.stderr).toContain("The renderer stopped: it was killed (SIGKILL");
    await page.close();
  });

  test("view restarts the renderer after each of two kills", async () => {
    await using app = await RunningScenecast.start(VIEW);
    let { pid } = (await running(app)).renderer;
    for (let time = 0; time < 2; time++) {
      const killed = pid;
      process.kill(killed, "SIGKILL");
      const state = await app.state<State>(
        ({ renderer }) => renderer.state === "running" && renderer.pid !== killed,
      );
      pid = state.renderer.pid;
    }
    expect(isRunning(pid)).toBe(true);
  });
});

describe("a killed server", () => {
  test("a renderer ends and removes its segments after its server was killed", async () => {
    await using app = await RunningScenecast.start(VIEW);
    const { pid } = (await running(app)).renderer;
    const segments = segmentsOf(app.pid);
    expect(segments.length).toBe(5);
    await app.kill();
    await until(() => !isRunning(pid), "the renderer ends");
    expect(remaining(segments)).toEqual([]);
  });

  test("the page reports a killed server, and resumes when it is restarted", async () => {
    await using app = await RunningScenecast.start(VIEW);
    const { pid } = (await running(app)).renderer;
    const page = await browser.context.newPage();
    await page.goto(app.url);
    await waitForView(page);
    const reported = waitForStatus(page, { connection: { name: "disconnected", retryAt: null } });
    await app.kill();
    await reported;
    await until(() => !isRunning(pid), "the renderer ends");
    await using restarted = await RunningScenecast.start(VIEW, { port: Number(new URL(app.url).port) });
    await running(restarted);
    await waitForView(page);
    await page.close();
  });
});

test("the next start of view removes the segments of a server and a renderer that were killed together", async () => {
  await using app = await RunningScenecast.start(VIEW);
  const { pid } = (await running(app)).renderer;
  const segments = segmentsOf(app.pid);
  // Stopped first, so that it cannot clean up between the two kills.
  process.kill(pid, "SIGSTOP");
  await app.kill();
  process.kill(pid, "SIGKILL");
  await until(() => !isRunning(pid), "the renderer ends");
  await using next = await RunningScenecast.start(VIEW);
  await running(next);
  expect(remaining(segments)).toEqual([]);
});

test.each(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const)(
  "%s makes view close its viewers with 1001, remove its segments and exit with 0",
  async (signal) => {
    await using app = await RunningScenecast.start(VIEW);
    const { pid } = (await running(app)).renderer;
    const segments = segmentsOf(app.pid);
    const socket = await SocketClient.open(app.url);
    const { exitCode } = await app.stop(signal);
    expect(exitCode).toBe(0);
    expect((await socket.closed).code).toBe(1001);
    expect(isRunning(pid)).toBe(false);
    expect(remaining(segments)).toEqual([]);
  },
);

test("view started by nohup outlives its terminal", async () => {
  await using app = await RunningScenecast.start(VIEW, { command: ["nohup", ...COMMAND] });
  process.kill(app.pid, "SIGHUP");
  await running(app);
  expect((await app.stop()).exitCode).toBe(0);
});

test("SIGTERM ends view while it is loading", async () => {
  await using app = await RunningScenecast.start(["view", "--gl-backend", "angle"]);
  const { exitCode } = await app.stop();
  expect(exitCode).toBe(0);
});

test("two Ctrl+C while a file is loading end view with 0 and without a stack trace", async () => {
  const large = files.write("large.obj", largeObj(100_000));
  // In its own session, as in a terminal: Ctrl+C also reaches the renderer.
  await using app = await RunningScenecast.start(["view", large, "--gl-backend", "angle"], {
    command: ["setsid", ...COMMAND],
  });
  await app.state<State>(({ renderer }) => renderer.state === "loading");
  const ctrlC = () => process.kill(-app.pid, "SIGINT");
  ctrlC();
  ctrlC();
  const { exitCode, stderr } = await app.ended();
  expect(exitCode).toBe(0);
  expect(stderr).not.toMatch(/EPIPE|\n\s+at /);
});
