import { afterAll, describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { LoadingProgress } from "../../src/cli/loading-progress.ts";
import { secondsLeft } from "../../src/util/load-progress.ts";
import { glb, texturedQuad } from "../formats/samples.ts";
import { SocketClient } from "../server/clients.ts";
import { lines } from "../support/lines.ts";
import { loggedWhile } from "../support/logged.ts";
import { cornerObj } from "../support/model.ts";
import { COMMAND, RunningScenecast, runUntilReady } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
const model = files.write("corner.obj", cornerObj());
afterAll(() => files[Symbol.dispose]());

interface State {
  renderer: { state: string; driver: string; problem?: string };
  camera: unknown;
  title: string;
}

const snapshotHash = async (app: RunningScenecast) =>
  Bun.hash(await (await app.fetch("snapshot.png")).bytes());

describe("view", () => {
  test("view prints only the ready line on standard output", async () => {
    const { exitCode, stdout } = await runUntilReady(["view", model, "--port", "0"]);
    expect(stdout).toMatch(/^scenecast ready http:\/\/localhost:\d+\/\n$/);
    expect(exitCode).toBe(0);
  });

  test("view prints the ready line as JSON with --json", async () => {
    const child = Bun.spawn([...COMMAND, "view", model, "--port", "0", "--json"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const { url, port, pid } = JSON.parse((await lines(child.stdout).next()).value ?? "");
    expect({ url, pid }).toEqual({ url: `http://localhost:${port}/`, pid: child.pid });
    child.kill("SIGTERM");
    await child.exited;
  });

  test("view shows the animated demo scene without a file", async () => {
    await using app = await RunningScenecast.start(["view", "--size", "320x240"]);
    await app.state<State>(({ renderer }) => renderer.state === "running");
    const first = await snapshotHash(app);
    const stream = (await app.fetch("video/mjpeg")).body?.getReader();
    let other = first;
    for (let read = 0; other === first && read < 500; read++) {
      await stream?.read();
      other = await snapshotHash(app);
    }
    await stream?.cancel();
    expect(other).not.toBe(first);
  });

  test("view reports the file and the driver in its state", async () => {
    await using app = await RunningScenecast.start(["view", model, "--gl-backend", "angle"]);
    const state = await app.state<State>(({ renderer }) => renderer.state === "running");
    expect(state.title).toBe("corner.obj");
    expect(state.renderer.driver).toContain("SwiftShader");
  });

  test("view prints the tunnel command in an SSH session", async () => {
    await using app = await RunningScenecast.start(["view", model], {
      env: { SSH_CONNECTION: "192.0.2.1 50000 192.0.2.9 22" },
    });
    const { port } = new URL(app.url);
    await app.state<State>(({ renderer }) => renderer.state === "running");
    expect(app.stderr).toContain(`ssh -N -L ${port}:localhost:${port} `);
    expect(app.stderr).toContain("@192.0.2.9");
  });

  test("view prints a URL with the token, and refuses requests without it", async () => {
    await using app = await RunningScenecast.start(["view", model, "--token", "open-sesame-1"]);
    expect(new URL(app.url).searchParams.get("token")).toBe("open-sesame-1");
    expect((await fetch(app.url)).status).toBe(200);
    for (const path of ["", "state", "snapshot.png", "video/mjpeg"]) {
      expect((await fetch(new URL(path, new URL("/", app.url)))).status).toBe(401);
    }
  });

  test("view reloads a replaced file with --watch, with the same camera", async () => {
    const watched = files.write("watched.obj", cornerObj());
    await using app = await RunningScenecast.start(["view", watched, "--watch", "--size", "320x240"]);
    const before = await app.state<State>(
      ({ renderer, camera }) => renderer.state === "running" && camera !== null,
    );
    const first = await snapshotHash(app);
    // As many programs save: to another file, which is then renamed.
    const beside = files.write("beside.obj", cornerObj().split("\n").slice(0, 14).join("\n"));
    renameSync(beside, watched);
    await app.state<State>(() => app.stderr.includes("Reloaded"));
    let other = first;
    for (let tries = 0; other === first && tries < 200; tries++) other = await snapshotHash(app);
    expect(other).not.toBe(first);
    writeFileSync(watched, "not an OBJ file");
    const after = await app.state<State>(
      ({ renderer }) => app.stderr.includes("The old scene stays") && renderer.state === "running",
    );
    const problem = await app.state<State>(({ renderer }) => renderer.problem !== undefined);
    expect(problem.renderer.problem).toStartWith("The old scene stays: watched.obj: ");
    expect(after.camera).toEqual(before.camera);
  });

  test("view reports why nothing is visible, until something is visible again", async () => {
    const flat = cornerObj().replaceAll(/^v .*$/gm, "v 1 1 1");
    const watched = files.write("flat.obj", flat);
    await using app = await RunningScenecast.start(["view", watched, "--watch", "--size", "96x64"]);
    const reason = /^Nothing is visible in the picture: all of it is in one point: /;
    const first = await app.state<State>(({ renderer }) => renderer.problem !== undefined);
    expect(first.renderer).toMatchObject({ state: "running", problem: expect.stringMatching(reason) });
    // A reload is rendered only while there is a viewer.
    const viewer = await app.fetch("video/mjpeg");
    writeFileSync(watched, cornerObj());
    await app.state<State>(({ renderer }) => renderer.problem === undefined);
    writeFileSync(watched, flat);
    const again = await app.state<State>(({ renderer }) => renderer.problem !== undefined);
    expect(again.renderer.problem).toMatch(reason);
    writeFileSync(watched, "not an OBJ file");
    const both = await app.state<State>(
      ({ renderer }) => renderer.problem?.startsWith("The old scene") === true,
    );
    expect(both.renderer.problem).toContain(". Nothing is visible");
    await viewer.body?.cancel();
  });

  test("view clears the report of a blank frame when the camera moves to something visible", async () => {
    const { json, body } = texturedQuad();
    const turned = { ...json, nodes: [{ mesh: 0, rotation: [0, 1, 0, 0] }], animations: [] };
    const path = files.write("back.glb", glb({ json: turned, body }));
    await using app = await RunningScenecast.start(["view", path, "--size", "96x64"]);
    const { renderer } = await app.state<State>((state) => state.renderer.problem !== undefined);
    expect(renderer.problem).toContain("only the back faces");
    const viewer = await app.fetch("video/mjpeg");
    const socket = await SocketClient.open(app.url);
    const pointer = { y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 };
    const click = { type: "mouseLeftClick", mouseButton: 0, ...pointer };
    socket.send({ ...click, on: 1, x: 0.1 });
    socket.send({ ...pointer, type: "mouseMove", x: 0.8 });
    socket.send({ ...click, on: 0, x: 0.8 });
    await app.state<State>((state) => state.renderer.problem === undefined);
    socket.close();
    await viewer.body?.cancel();
  });
});

describe("the progress line of a load", () => {
  const record = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, write: (text: string) => written.push(text) };
  };

  const [SMALL, LARGE] = [1000, 100_000_000];

  test("the progress line of a small file is not shown at first", () => {
    for (const terminal of [record(false), record(true)]) {
      const progress = new LoadingProgress("bunny.obj", SMALL, terminal);
      progress.update(0.5, "reading");
      progress.clear();
      expect(terminal.written).toEqual([]);
    }
  });

  test("the progress line is shown during a long step", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const progress = new LoadingProgress("bunny.obj", SMALL, { isTTY: true, write: resolve });
    progress.update(0.1, "parsing");
    expect(await promise).toBe("\r\x1b[KParsing bunny.obj 10 %");
    progress.clear();
  });

  test("the progress line of a large file is shown immediately, overwritten by updates and erased at the end", () => {
    const terminal = record(true);
    const progress = new LoadingProgress("brain.ply", LARGE, terminal);
    progress.update(0, "reading");
    progress.update(0.426, "reading");
    progress.clear();
    expect(terminal.written).toEqual([
      "\r\x1b[KReading brain.ply 0 %",
      "\r\x1b[KReading brain.ply 42 %",
      "\r\x1b[K",
    ]);
  });

  test("a long load is logged once if standard error is not a terminal", async () => {
    const terminal = record(false);
    const messages = await loggedWhile(async (logged) => {
      const progress = new LoadingProgress("brain.ply", LARGE, terminal);
      for (let i = 0; logged.length === 0 && i < 1000; i += 1) {
        progress.update(0.5, "reading");
        await Bun.sleep(10);
      }
      progress.update(0.6, "reading");
      progress.clear();
    }, "info");
    expect(messages).toEqual([expect.stringMatching(/^Reading brain\.ply 50 %/)]);
    expect(terminal.written).toEqual([]);
  });

  test("the remaining time is extrapolated from the elapsed time, and unknown at the start and the end", () => {
    expect(secondsLeft(0.5, 999)).toBeNull();
    expect(secondsLeft(0.04, 60_000)).toBeNull();
    expect(secondsLeft(1, 60_000)).toBeNull();
    expect(secondsLeft(0.4, 8000)).toBe(12);
  });
});
