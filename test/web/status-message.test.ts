import { describe, expect, test } from "bun:test";
import type { Producer, RendererStatus } from "../../src/protocol/renderer-status.ts";
import type { ConnectionState } from "../../src/web/connection/server-connection.ts";
import type { ShownFrame } from "../../src/web/status/frame-statistics.ts";
import { statusFigures } from "../../src/web/status/status-line.ts";
import {
  encodingNote,
  statusMessageFor,
  viewLabel,
  windowTitle,
} from "../../src/web/status/status-message.ts";
import { snapshotName } from "../../src/web/view/snapshot.ts";
import { chooseTransport } from "../../src/web/view/transport.ts";
import { TransportBackoff } from "../../src/web/view/transport-backoff.ts";

function say(
  connection: ConnectionState,
  renderer: RendererStatus | null = null,
  { hasPicture = false, noStream = false, isStalled = false, producer = "renderer" as Producer } = {},
) {
  return statusMessageFor(
    { connection, renderer, hasFrame: hasPicture, noStream, title: "bunny.obj", producer, isStalled },
    1000,
  );
}
const open: ConnectionState = { name: "open", overHttp: false };

describe("what the page says", () => {
  test("while it connects", () => {
    expect(say({ name: "connecting" })?.text).toBe("Connecting…");
    expect(say(open)?.text).toBe("Connecting…");
  });

  test("while the server is gone, with a countdown that a screen reader is spared", () => {
    const words = say({ name: "gone", retryAt: 2400 });
    expect(words?.text).toBe("The server is gone. Trying again in 2 s…");
    expect(words?.ariaText).toBe("The server is gone. Trying again.");
    expect(words?.tone).toBe("trouble");
    expect(say({ name: "gone", retryAt: 900 })?.text).toBe("The server is gone. Trying again in 1 s…");
    expect(say({ name: "gone", retryAt: null })?.text).toBe("The server is gone. Trying again…");
  });

  test("when a token is wanted, and how to give it", () => {
    const words = say({ name: "unauthorized" });
    expect(words?.text).toBe("The server wants a token.");
    expect(words?.detail).toContain("?token=");
  });

  test("when the server does not let it in, in the server's own words", () => {
    expect(say({ name: "refused", why: "This view is full." })).toEqual({
      text: "The server does not let this page in.",
      detail: "This view is full.",
      tone: "trouble",
    });
  });

  test("what the renderer does", () => {
    expect(say(open, { state: "starting" })?.text).toBe("The renderer is starting…");
    expect(say(open, { state: "loading", fraction: 0.437, phase: "loading bunny.obj" })).toEqual({
      text: "Loading bunny.obj 43 %",
      ariaText: "Loading bunny.obj.",
      tone: "calm",
      fraction: 0.437,
    });
    expect(say(open, { state: "loading", fraction: null, phase: "" })?.text).toBe("Loading bunny.obj…");
    expect(say(open, { state: "loading", fraction: 0, phase: "reading" })?.text).toBe(
      "Reading bunny.obj 0 %",
    );
    expect(say(open, { state: "waiting-for-first-frame" })?.text).toBe("Waiting for the first frame…");
    expect(say(open, { state: "gone", reason: "Signal 9.", restarting: true })).toEqual({
      text: "The renderer stopped and is being started again…",
      detail: "Signal 9.",
      tone: "trouble",
    });
    expect(say(open, { state: "gone", reason: "It ended.", restarting: false })?.text).toBe(
      "The renderer stopped.",
    );
  });

  test("of a producer that is not there, or writes no frames, in the server's words", () => {
    expect(say(open, { state: "waiting-for-producer", reason: "Its names are awaited." })).toEqual({
      text: "Waiting for the program that makes the picture…",
      detail: "Its names are awaited.",
      tone: "calm",
    });
    expect(
      say(open, { state: "not-answering", reason: "It is started again." }, { hasPicture: true }),
    ).toEqual({
      text: "The renderer does not answer…",
      detail: "It is started again.",
      tone: "trouble",
    });
    expect(say(open, { state: "unreadable", reason: "buffer 7 of 2" }, { hasPicture: true })).toEqual({
      text: "The picture can not be read.",
      detail: "buffer 7 of 2",
      tone: "trouble",
    });
  });

  test("messages about a user's program call it the program, not the renderer", () => {
    const program = { producer: "program" as const, hasPicture: true };
    const said = [
      say(open, { state: "starting" }, program),
      say(open, { state: "gone", reason: "It ended.", restarting: false }, program),
      say(open, { state: "running" }, { ...program, isStalled: true }),
    ];
    expect(said.map((words) => words?.text)).toEqual([
      "Waiting for the program that makes the picture…",
      "The program stopped.",
      "The program does not answer…",
    ]);
  });

  test("a stalled drag is reported as a renderer that does not answer, unless it is loading", () => {
    const stalled = { hasPicture: true, isStalled: true };
    expect(say(open, { state: "running" }, stalled)).toEqual({
      text: "The renderer does not answer…",
      tone: "trouble",
    });
    expect(say(open, { state: "loading", fraction: null, phase: "" }, stalled)?.text).toBe(
      "Loading bunny.obj…",
    );
  });

  test("nothing once the picture is there", () => {
    expect(say(open, { state: "running" })?.text).toBe("Waiting for the first frame…");
    expect(say(open, { state: "running" }, { hasPicture: true })).toBeNull();
  });
});

test("window title and picture label do not repeat the program's name", () => {
  expect(windowTitle("bunny.obj")).toBe("bunny.obj – scenecast");
  expect(["", "scenecast", "scenecast demo"].map(windowTitle)).toEqual([
    "scenecast",
    "scenecast",
    "scenecast demo",
  ]);
  expect(["", "scenecast", "bunny.obj"].map(viewLabel)).toEqual([
    "Live 3D view",
    "Live 3D view",
    "Live 3D view of bunny.obj",
  ]);
});

describe("without a picture stream", () => {
  test("the page says so instead of waiting, and still what became of the renderer", () => {
    for (const state of ["waiting-for-first-frame", "running"] as const) {
      expect(say(open, { state }, { noStream: true })?.text).toBe(
        "This server sends no picture stream that this page knows.",
      );
    }
    expect(say(open, { state: "starting" }, { noStream: true })?.text).toBe("The renderer is starting…");
  });

  test("another encoding than was asked for is told, and nothing where there is nothing to tell", () => {
    const mjpeg = chooseTransport("webrtc", ["mjpeg"]);
    expect(mjpeg?.encoding).toBe("mjpeg");
    expect(encodingNote("webrtc", mjpeg)).toBe(
      "The encoding “webrtc” is not available here; the picture comes as MJPEG.",
    );
    expect(encodingNote("mjpeg", mjpeg)).toBeNull();
    expect(encodingNote("auto", mjpeg)).toBeNull();
    expect(encodingNote("x".repeat(99), mjpeg)?.length).toBeLessThan(120);
    expect(chooseTransport("jpeg", ["mjpeg", "jpeg"])?.encoding).toBe("jpeg");
    expect(chooseTransport("mjpeg", [])).toBeNull();
    expect(chooseTransport("auto", ["telepathy"])).toBeNull();
    expect(encodingNote("webrtc", null)).toBeNull();
  });

  test("a way that gave nothing lately is the last choice, whoever asked for it", () => {
    const offered = ["mjpeg", "jpeg"];
    const not = (encoding: string) => (transport: { encoding: string }) => transport.encoding !== encoding;
    expect(chooseTransport("auto", offered)?.encoding).toBe("jpeg");
    expect(chooseTransport("auto", offered, not("jpeg"))?.encoding).toBe("mjpeg");
    expect(chooseTransport("jpeg", offered, not("jpeg"))?.encoding).toBe("mjpeg");
    expect(chooseTransport("mjpeg", offered, not("mjpeg"))?.encoding).toBe("jpeg");
    expect(chooseTransport("jpeg", ["jpeg"], not("jpeg"))?.encoding).toBe("jpeg");
    expect(chooseTransport("mjpeg", offered, () => false)?.encoding).toBe("mjpeg");
  });

  test("it is left alone for half a minute, then longer each time, until it gave a picture", () => {
    const setbacks = new TransportBackoff();
    const jpeg = chooseTransport("jpeg", ["jpeg"]);
    if (jpeg === null) throw new Error("This page has no JPEG.");
    expect(setbacks.isAvailable(jpeg, 0)).toBe(true);
    setbacks.onFailure(jpeg, 1000);
    expect(setbacks.isAvailable(jpeg, 30_999)).toBe(false);
    expect(setbacks.isAvailable(jpeg, 31_000)).toBe(true);
    setbacks.onFailure(jpeg, 31_000);
    expect(setbacks.isAvailable(jpeg, 90_999)).toBe(false);
    setbacks.reset(jpeg);
    expect(setbacks.isAvailable(jpeg, 90_999)).toBe(true);
    setbacks.onFailure(jpeg, 100_000);
    expect(setbacks.isAvailable(jpeg, 130_000)).toBe(true);
  });
});

describe("the figures", () => {
  const newest = { width: 1280, height: 720, bytes: 30_000, eventMs: null, qualityLevel: 1 } as const;
  const report = {
    ...{ framesPerSecond: 58, bitsPerSecond: 13_920_000, inputMs: 23.6, roundTripMs: 1.2 },
    ...{ waitingMs: 0, newest },
  };

  test("show what was received, and the latency of one's own input before the round trip", () => {
    expect(statusFigures(report, "running")).toEqual({
      state: "live",
      rate: "58 fps",
      bitrate: "14 Mbit/s",
      latency: "24 ms",
      latencyMeaning: "From your input to the picture that shows it",
      size: "1280 × 720",
      quality: "medium",
    });
    expect(statusFigures({ ...report, framesPerSecond: 0, bitsPerSecond: 0 }, "running")).toMatchObject({
      state: "rest",
      rate: "at rest",
      bitrate: "",
      latency: "1.2 ms",
      latencyMeaning: "To the server and back",
    });
  });

  test('say "waiting" instead of "at rest" while a motion waits for its frame', () => {
    const slow = { ...report, framesPerSecond: 0, waitingMs: 700 };
    expect(statusFigures(slow, "running")).toMatchObject({ state: "waiting", rate: "waiting", latency: "" });
    expect(statusFigures({ ...slow, waitingMs: 200 }, "running").rate).toBe("at rest");
    expect(statusFigures({ ...slow, framesPerSecond: 1 }, "running").rate).toBe("1 fps");
  });

  test("name quality and bitrate so that they can be read at a glance", () => {
    const quality = (frame: ShownFrame | null) =>
      statusFigures({ ...report, newest: frame }, "running").quality;
    expect(quality({ ...newest, qualityLevel: 0 })).toBe("fine");
    expect(quality({ ...newest, qualityLevel: 2 })).toBe("coarse");
    expect(quality({ ...newest, qualityLevel: 0, lossless: true })).toBe("lossless");
    expect(quality({ width: 1, height: 1, bytes: 1, eventMs: null })).toBe("");
    expect(quality(null)).toBe("");
    const bitrate = (bitsPerSecond: number) => statusFigures({ ...report, bitsPerSecond }, "running").bitrate;
    expect([640_123, 999_000, 5_432_100, 120e6].map(bitrate)).toEqual([
      "640 kbit/s",
      "1.0 Mbit/s",
      "5.4 Mbit/s",
      "120 Mbit/s",
    ]);
  });

  test("without a server or a renderer they say so", () => {
    expect(statusFigures(report, "offline")).toMatchObject({ rate: "offline", latency: "", bitrate: "" });
    expect(statusFigures(report, "waiting")).toMatchObject({ rate: "waiting", latency: "", bitrate: "" });
  });
});

test("a snapshot is named after the scene and the time, in characters that any file system takes", () => {
  const time = new Date(2026, 10, 23, 9, 45, 2);
  expect(snapshotName("stanford-bunny.obj", time)).toBe("scenecast-stanford-bunny-20261123-094502.png");
  expect(snapshotName("../a/b: c*.tar.gz", time)).toBe("scenecast-a-b-c-tar-20261123-094502.png");
  expect(snapshotName("Größe 2", time)).toBe("scenecast-Größe-2-20261123-094502.png");
  expect(snapshotName("", time)).toBe("scenecast-20261123-094502.png");
});
