// Pictures and films of a view that moves by itself: scene modules with their controls, and animations of glTF files.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SceneDocument } from "../../src/document/scene-document.ts";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import type { RecordingRequest, RecordingStatus } from "../../src/protocol/recording.ts";
import { decodeWebm, missingFilmPrograms } from "../film/decoded-film.ts";
import { SocketClient } from "../server/clients.ts";
import { FrameClient } from "../server/frame-client.ts";
import { decodePng, type RgbaImage } from "../support/images.ts";
import { COMMAND, RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { BAR_CAMERA, BAR_MODULE, type Bar, barGltf, barOf } from "./moving-bar.ts";

// On a busy machine.
setDefaultTimeout(60_000);

const SIZE = ["--size", "160x120", "--fixed-size"];

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

/** A running view with a viewer, for whom it plays. */
class PlayedView implements AsyncDisposable {
  #id = 0;

  private constructor(
    readonly app: RunningScenecast,
    readonly viewer: SocketClient,
    readonly frames: FrameClient,
  ) {}

  static async start(file: string): Promise<PlayedView> {
    const app = await RunningScenecast.start(["view", file, ...SIZE]);
    const viewer = await SocketClient.open(app.url);
    // Time is described after the first picture, the controls of a module before.
    await viewer.next("panel", ({ panel }) => panel.time !== undefined);
    return new PlayedView(app, viewer, await FrameClient.open(app.url));
  }

  async command(command: RendererCommand): Promise<void> {
    this.#id += 1;
    const id = this.#id;
    this.viewer.send({ type: "command", id, command });
    const { error } = await this.viewer.next("command-result", (result) => result.id === id);
    if (error !== undefined) throw new Error(error.message);
  }

  async snapshot(): Promise<RgbaImage> {
    return decodePng(await (await this.app.fetch("snapshot.png")).bytes());
  }

  /** Waits until the animation has played for this time from now, s. */
  async played(seconds: number): Promise<void> {
    const start = barOf(await this.snapshot()).seconds;
    while (between(start, barOf(await this.snapshot()).seconds) < seconds);
  }

  async request(path: string, init?: RequestInit): Promise<Response> {
    const response = await this.app.fetch(path, init);
    if (!response.ok) throw new Error(await response.text());
    return response;
  }

  async start(request: RecordingRequest): Promise<string> {
    const response = await this.request("record", { method: "POST", body: JSON.stringify(request) });
    return ((await response.json()) as RecordingStatus).id;
  }

  /** Waits for the file of a recording. @throws Error if it fails */
  async file(id: string): Promise<string> {
    for (;;) {
      const status = (await (await this.request(`record/${id}`)).json()) as RecordingStatus;
      if (status.state === "failed") throw new Error(status.error);
      if (status.state === "done") break;
      await Bun.sleep(20);
    }
    const bytes = await (await this.request(`record/${id}/film`)).arrayBuffer();
    return files.write(id, Buffer.from(bytes));
  }

  async film(request: RecordingRequest): Promise<Bar[]> {
    return barsOf(await this.file(await this.start(request)));
  }

  async picture(): Promise<RgbaImage> {
    return decodePng(readFileSync(await this.file(await this.start({ kind: "picture" }))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.viewer.close();
    this.frames.close();
    await this.app.stop();
  }
}

async function barsOf(path: string): Promise<Bar[]> {
  return (await decodeWebm(path)).frames.map(barOf);
}

/** The time from one to another, s: at 10 s the bar begins again. */
function between(from: number, to: number): number {
  return (to - from + 10) % 10;
}

/** Checks the times of bars, which are found to within a pixel. */
function expectTimes(bars: readonly Bar[], seconds: readonly number[]): void {
  expect(bars).toHaveLength(seconds.length);
  for (const [n, bar] of bars.entries())
    expect(between((seconds[n] ?? Number.NaN) - 0.05, bar.seconds)).toBeLessThan(0.1);
}

/** Checks a film of 10 pictures per second: it plays, until it stands still. */
function expectStop(bars: readonly Bar[], end: number): void {
  const start = bars[0]?.seconds ?? Number.NaN;
  const duration = between(start, end);
  expect(duration).toBeGreaterThan(0.3);
  // The last picture is at the end of the film, up to 0.15 s after its place.
  expectTimes(
    bars,
    bars.map((_, n) => (n === bars.length - 1 ? end : start + Math.min(n / 10, duration))),
  );
}

const NAMES = ["module", "gltf"] as const;

/** A file that shows the bar. */
function barFile(name: (typeof NAMES)[number]): string {
  if (name === "module") return files.write("bar.ts", BAR_MODULE);
  files.write("bar.gltf", barGltf());
  const view = { background: "black", camera: BAR_CAMERA };
  return files.write(
    "bar.scenecast.json",
    JSON.stringify({ version: 1, layers: [{ file: "bar.gltf" }], view }),
  );
}

describe.each(NAMES)("a view of an animated %s", (name) => {
  let view: PlayedView;
  beforeAll(async () => {
    view = await PlayedView.start(barFile(name));
  });
  afterAll(() => view[Symbol.asyncDispose]());

  testIf(missingFilmPrograms)(
    "a film of what is done plays as the view did and stops with it; a picture and a turntable then show where it stands",
    async () => {
      await view.played(0.1);
      const id = await view.start({ kind: "live", fps: 10 });
      await view.played(0.4);
      await view.command({ type: "play", isPlaying: false });
      const still = await view.snapshot();
      await view.request(`record/${id}/stop`, { method: "POST" });
      const { seconds } = barOf(still);
      expectStop(await barsOf(await view.file(id)), seconds);
      expect(Buffer.compare((await view.picture()).data, still.data)).toBe(0);
      const turning = { kind: "turntable", degrees: 0, frames: 3, fps: 10 } as const;
      expectTimes(await view.film(turning), [seconds, seconds, seconds]);
      await view.command({ type: "play", isPlaying: true });
      const playing = await view.film(turning);
      const start = playing[0]?.seconds ?? Number.NaN;
      expectTimes(playing, [start, start + 0.1, start + 0.2]);
    },
  );

  testIf(missingFilmPrograms)("a film of the animation begins at its start", async () => {
    const bars = await view.film({ kind: "steps", frames: 10, fps: 10 });
    const times = name === "module" ? bars.map((_, n) => n / 10) : bars.map((_, n) => n);
    expectTimes(bars, times);
  });
});

describe("a view of a module with controls", () => {
  let view: PlayedView;
  beforeAll(async () => {
    view = await PlayedView.start(barFile("module"));
  });
  afterAll(() => view[Symbol.asyncDispose]());

  testIf(missingFilmPrograms)(
    "a film of what is done has the changes of its controls, and begins with their values, also those that the program has set",
    async () => {
      await view.command({ type: "control", control: "Short" });
      await view.viewer.next("control-values");
      await view.command({ type: "play", isPlaying: false });
      expect(barOf(await view.snapshot()).height).toBeCloseTo(1 / 3);
      expect(barOf(await view.picture()).height).toBeCloseTo(1 / 3);
      const id = await view.start({ kind: "live", fps: 10 });
      await view.command({ type: "control", control: "Height", value: 1.5 });
      await view.command({ type: "control", control: "Height", value: 2 });
      await view.command({ type: "control", control: "Red" });
      await view.request(`record/${id}/stop`, { method: "POST" });
      const bars = await barsOf(await view.file(id));
      expect(bars[0]).toMatchObject({ height: expect.closeTo(1 / 3), isRed: false });
      expect(bars.at(-1)).toMatchObject({ height: expect.closeTo(2 / 3), isRed: true });
      await view.command({ type: "play", isPlaying: true });
      const page = await SocketClient.open(view.app.url);
      const { panel } = await page.next("panel");
      expect(panel.program[0]).toMatchObject({ name: "Height", value: 2 });
      page.close();
    },
  );

  test("an error of the module is the recording's, with its line, and without its folder", async () => {
    await view.played(0.1);
    await view.command({ type: "play", isPlaying: false });
    await view.command({ type: "control", control: "Fail", value: true });
    const failed = view.film({ kind: "turntable", frames: 3 });
    expect(await failed.catch((error: Error) => error.message)).toMatch(
      /^bar\.ts:\d+:\d+: there is no bar\.$/,
    );
  });
});

describe("the process that records", () => {
  const document: SceneDocument = {
    version: 1,
    layers: [],
    view: { background: "black", camera: BAR_CAMERA },
  };

  /** Records a film as `view` has it recorded. */
  async function record(name: string, job: object): Promise<string> {
    const path = join(files.path, name);
    const fd = openSync(path, "w");
    const child = Bun.spawn([...COMMAND, "__recording", String(process.pid)], {
      stdio: ["pipe", "pipe", "inherit", fd],
    });
    closeSync(fd);
    child.stdin.write(JSON.stringify(job));
    child.stdin.end();
    const reports = (await new Response(child.stdout).text()).trim().split("\n");
    expect(JSON.parse(reports.at(-1) ?? "")).toMatchObject({ state: "done" });
    return path;
  }

  testIf(missingFilmPrograms)(
    "shows each change at the first picture after it, at the exact time of the animation, and makes the same file again",
    async () => {
      const capture = {
        documents: [document, { ...document, view: { ...document.view, title: "MMMM" } }],
        moments: [
          { ms: 0, document: 0, camera: BAR_CAMERA },
          { ms: 450, document: 1, camera: BAR_CAMERA },
        ],
        animation: [
          { sinceMs: 0, seconds: 3, isRunning: true },
          // Reported 20 ms late.
          { sinceMs: 320, seconds: 3.3, isRunning: false },
          { sinceMs: 600, seconds: 3.3, isRunning: true },
        ],
        controls: [
          { ms: 250, control: "Height", value: 1 },
          { ms: 250, control: "Gone", value: 1 },
          { ms: 650, control: "Red" },
        ],
        durationMs: 1000,
      };
      const job = {
        ...{ type: "film", format: "webm", shot: { kind: "live", capture }, fps: 10, document },
        ...{ module: barFile("module"), size: [320, 240], glBackend: "auto", logLevel: "warning" },
      };
      const [path, again] = await Promise.all([record("a.webm", job), record("b.webm", job)]);
      const { frames } = await decodeWebm(path);
      const bars = frames.map(barOf);
      // The last one is at the end.
      expectTimes(bars, [3, 3.1, 3.2, 3.3, 3.3, 3.3, 3.3, 3.4, 3.5, 3.7]);
      for (const [n, { height }] of bars.entries()) expect(height).toBeCloseTo(n < 3 ? 2 / 3 : 1 / 3);
      expect(bars.map(({ isRed }) => isRed)).toEqual(bars.map((_, n) => n >= 7));
      const hasTitle = ({ data }: RgbaImage) =>
        data.subarray(0, 320 * 40 * 4).some((value, i) => i % 4 < 3 && value > 127);
      expect(frames.map(hasTitle)).toEqual(frames.map((_, n) => n >= 5));
      expect(Buffer.compare(readFileSync(path), readFileSync(again))).toBe(0);
    },
  );
});
