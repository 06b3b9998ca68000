import { describe, expect, test } from "bun:test";
import type { ShownFrame } from "../../src/web/status/frame-statistics.ts";
import { statusFigures } from "../../src/web/status/status-line.ts";

const newest = { width: 1280, height: 720, bytes: 30_000, eventMs: null, qualityLevel: 1 } as const;
const moving = {
  ...{ framesPerSecond: 58, bitsPerSecond: 13_920_000, inputMs: 23.6, roundTripMs: 1.2 },
  ...{ waitingMs: 0, newest },
};
const still = { ...moving, framesPerSecond: 0, bitsPerSecond: 0 };

describe("the status line", () => {
  test("the status line shows the input latency while the view moves, and the round trip while it is still", () => {
    expect(statusFigures(moving, "running")).toMatchObject({
      state: "live",
      figures: {
        ...{ rate: "58 fps", bitrate: "14 Mbit/s", latency: "24 ms", size: "1280 × 720", quality: "medium" },
      },
    });
    expect(statusFigures(still, "running")).toMatchObject({
      state: "still",
      figures: { bitrate: "", latency: "1.2 ms" },
    });
    expect(statusFigures(moving, "running").latencyMeaning).not.toBe(
      statusFigures(still, "running").latencyMeaning,
    );
  });

  test("the status line is waiting, not still, while a motion has no frame", () => {
    expect(statusFigures({ ...still, waitingMs: 700 }, "running")).toMatchObject({
      state: "waiting",
      figures: { latency: "" },
    });
    expect(statusFigures({ ...still, waitingMs: 200 }, "running").state).toBe("still");
    expect(statusFigures({ ...moving, waitingMs: 700 }, "running").state).toBe("live");
  });

  test("the status line shows the completeness of a full view while it is drawn", () => {
    const rate = (completeness?: number) => statusFigures(still, "running", completeness).figures.rate;
    expect([rate(), rate(0.437), rate(0)]).toEqual(["still", "43 % drawn", "0 % drawn"]);
    expect(statusFigures(moving, "running", 0.999).figures.rate).toBe("99 % drawn");
    expect(statusFigures(still, "offline", 0.5).figures.rate).toBe("offline");
  });

  test("the status line shows the best quality as high, a lossless frame as lossless, and no quality if it is unknown", () => {
    const quality = (frame: ShownFrame | null) =>
      statusFigures({ ...moving, newest: frame }, "running").figures.quality;
    expect(quality({ ...newest, qualityLevel: 0 })).toBe("high");
    expect(quality({ ...newest, qualityLevel: 2 })).toBe("low");
    expect(quality({ ...newest, qualityLevel: 0, lossless: true })).toBe("lossless");
    expect(quality({ width: 1, height: 1, bytes: 1, eventMs: null })).toBe("");
    expect(quality(null)).toBe("");
  });

  test("the status line shows bitrates with two significant digits or in whole units", () => {
    const bitrate = (bitsPerSecond: number) =>
      statusFigures({ ...moving, bitsPerSecond }, "running").figures.bitrate;
    expect([640_123, 999_000, 5_432_100, 120e6].map(bitrate)).toEqual([
      ...["640 kbit/s", "1.0 Mbit/s", "5.4 Mbit/s", "120 Mbit/s"],
    ]);
  });

  test.each(["offline", "waiting"] as const)(
    "the status line shows %s and no rates if no frames are expected",
    (state) => {
      expect(statusFigures(moving, state)).toMatchObject({
        state,
        figures: { rate: state, latency: "", bitrate: "" },
      });
    },
  );
});
