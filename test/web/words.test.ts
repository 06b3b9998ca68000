import { describe, expect, test } from "bun:test";
import type { RendererStatus } from "../../src/server/protocol.ts";
import type { ConnectionState } from "../../src/web/connection.ts";
import { snapshotName } from "../../src/web/snapshot.ts";
import { statusFigures } from "../../src/web/status-line.ts";
import { chooseTransport } from "../../src/web/transports/transport.ts";
import { encodingNote, wordsFor } from "../../src/web/words.ts";

function say(
  connection: ConnectionState,
  renderer: RendererStatus | null = null,
  { hasPicture = false, noStream = false } = {},
) {
  return wordsFor({ connection, renderer, hasPicture, noStream, title: "bunny.obj" }, 1000);
}
const open: ConnectionState = { name: "open" };

describe("what the page says", () => {
  test("while it connects", () => {
    expect(say({ name: "connecting" })?.text).toBe("Connecting…");
    expect(say(open)?.text).toBe("Connecting…");
  });

  test("while the server is gone, with a countdown that a screen reader is spared", () => {
    const words = say({ name: "gone", retryAt: 2400 });
    expect(words?.text).toBe("The server is gone. Trying again in 2 s…");
    expect(words?.spoken).toBe("The server is gone. Trying again.");
    expect(words?.tone).toBe("trouble");
    expect(say({ name: "gone", retryAt: 900 })?.text).toBe("The server is gone. Trying again in 1 s…");
    expect(say({ name: "gone", retryAt: null })?.text).toBe("The server is gone. Trying again…");
  });

  test("when a token is wanted, and how to give it", () => {
    const words = say({ name: "unauthorized" });
    expect(words?.text).toBe("The server wants a token.");
    expect(words?.detail).toContain("?token=");
  });

  test("what the renderer does", () => {
    expect(say(open, { state: "starting" })?.text).toBe("The renderer is starting…");
    expect(say(open, { state: "loading", fraction: 0.437, phase: "loading bunny.obj" })).toEqual({
      text: "Loading bunny.obj 43 %",
      spoken: "Loading bunny.obj.",
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
    expect(say(open, { state: "unreadable", reason: "buffer 7 of 2" }, { hasPicture: true })).toEqual({
      text: "The picture can not be read.",
      detail: "buffer 7 of 2",
      tone: "trouble",
    });
  });

  test("nothing once the picture is there", () => {
    expect(say(open, { state: "running" })?.text).toBe("Waiting for the first frame…");
    expect(say(open, { state: "running" }, { hasPicture: true })).toBeNull();
  });
});

describe("without a picture stream", () => {
  test("the page says so instead of waiting, and still what became of the renderer", () => {
    for (const state of ["waiting-for-first-frame", "running"] as const) {
      expect(say(open, { state }, { noStream: true })?.text).toBe("This server sends no picture stream.");
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

  test("where a Jupyter server passes the page on, the picture takes the way that it lets through", () => {
    const chosen = (asked: string, path: string) =>
      chooseTransport(asked, ["mjpeg", "jpeg"], path)?.encoding as string;
    for (const path of ["/proxy/8000/", "/user/me/proxy/8000/", "/user/me/proxy/absolute/8000"]) {
      expect(chosen("auto", path)).toBe("jpeg");
      expect(chosen("mjpeg", path)).toBe("mjpeg");
      expect(chooseTransport("auto", ["mjpeg"], path)?.encoding).toBe("mjpeg");
    }
    for (const path of ["/", "/view/", "/proxy/", "/proxy/me/"]) expect(chosen("auto", path)).toBe("mjpeg");
  });
});

describe("the figures", () => {
  const report = { framesPerSecond: 58, inputMs: 23.6, roundTripMs: 1.2, size: { width: 1280, height: 720 } };

  test("show what was received, and the latency of one's own input before the round trip", () => {
    expect(statusFigures(report, "running")).toEqual({
      state: "live",
      rate: "58 fps",
      latency: "24 ms",
      latencyMeaning: "From your input to the picture that shows it",
      size: "1280 × 720",
    });
    expect(statusFigures({ ...report, framesPerSecond: 0, inputMs: null }, "running")).toMatchObject({
      state: "rest",
      rate: "at rest",
      latency: "1.2 ms",
      latencyMeaning: "To the server and back",
    });
  });

  test("without a server or a renderer they say so", () => {
    expect(statusFigures(report, "offline")).toMatchObject({ rate: "offline", latency: "" });
    expect(statusFigures(report, "waiting")).toMatchObject({ rate: "waiting", latency: "" });
  });
});

test("a snapshot is named after the scene and the time, in characters that any file system takes", () => {
  const time = new Date(2026, 10, 23, 9, 45, 2);
  expect(snapshotName("stanford-bunny.obj", time)).toBe("scenecast-stanford-bunny-20261123-094502.png");
  expect(snapshotName("../a/b: c*.tar.gz", time)).toBe("scenecast-a-b-c-tar-20261123-094502.png");
  expect(snapshotName("Größe 2", time)).toBe("scenecast-Größe-2-20261123-094502.png");
  expect(snapshotName("", time)).toBe("scenecast-20261123-094502.png");
});
