import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { TimePlayer } from "../../src/cli/time-player.ts";
import { ScenePatchError } from "../../src/server/renderer/scene-control.ts";
import { SocketClient } from "../server/clients.ts";
import { FrameClient } from "../server/frame-client.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const STEPS = 4;
const TIME = { steps: STEPS, isPlaying: false, speed: 10 };

/** A player of four steps at 1000 a second, whose `show` fails with the errors, in this order. */
function player({ errors = [], isSeen = () => true }: { errors?: Error[]; isSeen?: () => boolean }) {
  const shown: number[] = [];
  let step = 0;
  let wake = Promise.withResolvers<void>();
  const report = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const playing = new TimePlayer({
    step: () => step,
    async show(next) {
      const error = errors.shift();
      if (error !== undefined) throw error;
      step = next;
      shown.push(next);
      report();
    },
    isSeen,
    onChange: report,
  });
  return { playing, shown, changed: () => wake.promise };
}

describe("playing time steps", () => {
  test("shows one after another in a loop, until it is stopped", async () => {
    const { playing, shown, changed } = player({});
    playing.describe(TIME);
    await playing.play(true, 1000);
    expect(playing.time).toEqual({ ...TIME, isPlaying: true, speed: 1000 });
    while (shown.length < 6) await changed();
    expect(shown.slice(0, 6)).toEqual([1, 2, 3, 0, 1, 2]);
    await playing.play(false);
    expect(playing.time).toEqual({ ...TIME, speed: 1000 });
    playing[Symbol.dispose]();
  });

  test("pauses while nobody looks", async () => {
    let asked = 0;
    const { playing, shown, changed } = player({
      isSeen() {
        asked += 1;
        return asked > 2;
      },
    });
    playing.describe(TIME);
    await playing.play(true, 1000);
    await changed();
    expect(shown).toEqual([1]);
    expect(asked).toBe(3);
    playing[Symbol.dispose]();
  });

  test("continues after the renderer was restarted, and ends at a step that cannot be shown", async () => {
    const errors = [new ScenePatchError(503, "gone"), new ScenePatchError(409, "damaged")];
    const { playing, shown, changed } = player({ errors });
    playing.describe(TIME);
    await playing.play(true, 1000);
    while (playing.isPlaying) await changed();
    expect(errors).toHaveLength(0);
    expect(shown).toEqual([]);
    playing[Symbol.dispose]();
  });

  test("shows one step at a time, and has stopped when the stop is answered", async () => {
    let started = 0;
    const asked = Promise.withResolvers<void>();
    const shown = Promise.withResolvers<void>();
    using playing = new TimePlayer({
      step: () => 0,
      show() {
        started += 1;
        asked.resolve();
        return shown.promise;
      },
      isSeen: () => true,
      onChange: () => {},
    });
    playing.describe(TIME);
    await playing.play(true, 1000);
    await asked.promise;
    playing.describe(TIME);
    await playing.play(true, 900);
    let hasStopped = false;
    const stopped = playing.play(false).then(() => {
      hasStopped = true;
    });
    await playing.play(true, 1000);
    // Two intervals of the player.
    await Bun.sleep(40);
    expect([started, hasStopped]).toEqual([1, false]);
    const stoppedAgain = playing.play(false);
    shown.resolve();
    await Promise.all([stopped, stoppedAgain]);
    await Bun.sleep(40);
    expect(started).toBe(1);
  });

  test("is refused where there is one step", async () => {
    const { playing } = player({});
    await expect(playing.play(true)).rejects.toThrow(
      "There is nothing to play: the scene has one time step.",
    );
  });
});

describe("a view of time steps", () => {
  const files = new TemporaryDirectory();
  let view: RunningScenecast;
  beforeAll(async () => {
    const paths = Array.from({ length: STEPS }, (_, i) =>
      files.write(`step_${i}.obj`, `v 0 0 0\nv ${1 + i} 0 0\nv 0 1 0\nf 1 2 3\n`),
    );
    const options = ["--gl-backend", "mesa", "--size", "160x120"];
    view = await RunningScenecast.start(["view", paths[0] ?? "", "--series", ...options]);
  });
  afterAll(async () => {
    await view[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  test("plays for its viewers, who see the steps move and complete pictures, and stops", async () => {
    const client = await SocketClient.open(view.url);
    const { panel } = await client.next("panel");
    expect(panel.time).toEqual(TIME);
    const frames = await FrameClient.open(view.url);
    const command = async (id: number, isPlaying: boolean) => {
      client.send({ type: "command", id, command: { type: "play", isPlaying, speed: 12 } });
      expect((await client.next("command-result", (result) => result.id === id)).error).toBeUndefined();
    };
    await command(1, true);
    const isAt = (step: number) => client.next("scene", ({ document }) => document.time === step);
    for (const step of [3, 1, 2, 0]) await isAt(step);
    expect((await view.fetch("snapshot.png")).status).toBe(200);
    await command(2, false);
    const second = await SocketClient.open(view.url);
    expect((await second.next("panel")).panel.time).toEqual({ ...TIME, speed: 12 });
    const time = async () => ((await (await view.fetch("scene")).json()) as { time: number }).time;
    const stopped = await time();
    client.send({ type: "command", id: 3, command: { type: "scene", patch: { view: { axes: true } } } });
    await client.next("command-result", (result) => result.id === 3);
    expect(await time()).toBe(stopped);
    frames.close();
    client.close();
    second.close();
  });
});
