import { describe, expect, test } from "bun:test";
import {
  DEFAULT_CHOICES,
  fpsOf,
  hasFrames,
  requestOf,
  type SceneTime,
  secondsOf,
} from "../../src/web/record/record-choices.ts";

const film = { ...DEFAULT_CHOICES, kind: "steps" } as const;
const played = { isPlaying: false, speed: 5 };

describe("the defaults of a film", () => {
  test.each<[string, SceneTime, number, number | undefined, boolean]>([
    ["time steps: each once, at the speed of the view", { steps: 20, ...played }, 5, 4, false],
    ["an animation of a file: once", { steps: 1, duration: 2.5, ...played }, 30, 2.5, false],
    ["an animation without an end: as many as are chosen", { steps: 1, ...played }, 30, 4, true],
  ])("of %s", (_, time, fps, seconds, choosesFrames) => {
    expect([fpsOf(film, time), secondsOf(film, time), hasFrames(film, time)]).toEqual([
      fps,
      seconds,
      choosesFrames,
    ]);
    expect(requestOf(film, [160, 120], time)).toEqual({
      ...{ kind: "steps", format: "webm", fps },
      ...(choosesFrames && { frames: 120 }),
    });
  });

  test("of what is done have no duration, and a speed that was chosen stays", () => {
    const live = { ...DEFAULT_CHOICES, kind: "live", fps: 12 } as const;
    expect(secondsOf(live, { steps: 20, ...played })).toBeUndefined();
    expect(requestOf(live, undefined, undefined)).toEqual({ kind: "live", format: "webm", fps: 12 });
  });
});
