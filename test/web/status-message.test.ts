import { describe, expect, test } from "bun:test";
import type { RendererStatus } from "../../src/protocol/server-messages.ts";
import type { ConnectionState } from "../../src/web/connection/server-connection.ts";
import {
  encodingNote,
  type PageState,
  statusMessageFor,
  viewLabel,
  windowTitle,
} from "../../src/web/status/status-message.ts";
import { TransportSelector } from "../../src/web/view/transport.ts";

const NOW = 1000;
const OPEN: ConnectionState = { name: "open", overHttp: false };
const STATE: PageState = {
  ...{ connection: OPEN, renderer: null, noStream: false, hasFrame: false },
  ...{ title: "bunny.obj", producer: "renderer", isStalled: false },
};
const messageIn = (state: Partial<PageState>) => statusMessageFor({ ...STATE, ...state }, NOW);
const disconnected = (retryAt: number | null) => messageIn({ connection: { name: "disconnected", retryAt } });

describe("the message about the connection", () => {
  test("the message about the connection before the server's first status is the same as before the connection is open", () => {
    expect(messageIn({})).toEqual(messageIn({ connection: { name: "connecting" } }));
    expect(messageIn({})?.tone).toBe("info");
  });

  test("the message about the connection has the server's reason if it was shut down", () => {
    const endReason = "The Slurm job 7 was cancelled.";
    expect(messageIn({ connection: { name: "disconnected", retryAt: NOW + 1400, endReason } })).toMatchObject(
      {
        ...{ text: "The view has ended. Retrying in 2 s…", detail: endReason },
      },
    );
  });

  test("the message about the connection counts down to the next attempt in whole seconds, which screen readers do not announce", () => {
    expect(disconnected(NOW + 1400)?.text).toMatch(/ 2 s…$/);
    expect(disconnected(NOW - 100)?.text).toMatch(/ 1 s…$/);
    expect(disconnected(null)?.text).not.toMatch(/\d/);
    expect(disconnected(NOW + 1400)).toMatchObject({
      tone: "error",
      ariaText: disconnected(NOW + 99_000)?.ariaText,
    });
  });

  test("the message about the connection shows where to find the token if the server requires one", () => {
    const message = messageIn({ connection: { name: "unauthorized" } });
    expect(message?.text).toContain("token");
    expect(message?.detail).toContain("?token=");
  });

  test("the message about the connection shows the server's reason if the page was rejected", () => {
    const message = messageIn({ connection: { name: "rejected", reason: "This view is full." } });
    expect(message).toMatchObject({ detail: "This view is full.", tone: "error" });
  });
});

describe("the message about the renderer", () => {
  const messageFor = (renderer: RendererStatus, state: Partial<PageState> = {}) =>
    messageIn({ renderer, ...state });

  test("the message about the renderer shows the phase of loading with a percentage, which screen readers do not announce", () => {
    const loading = (fraction: number | null, phase: string) =>
      messageFor({ state: "loading", fraction, phase, secondsLeft: null });
    expect(loading(0.437, "loading bunny.obj")).toEqual({
      ...{ text: "Loading bunny.obj 43 %", ariaText: "Loading bunny.obj.", tone: "info", fraction: 0.437 },
    });
    const reading = { state: "loading", fraction: 0.4, phase: "reading" } as const;
    expect(messageFor({ ...reading, secondsLeft: 12 })?.text).toBe("Reading bunny.obj 40 %, about 12 s left");
    expect(messageFor({ ...reading, secondsLeft: 170 })?.text).toBe(
      "Reading bunny.obj 40 %, about 3 min left",
    );
    expect(loading(null, "")?.text).toBe("Loading bunny.obj…");
    expect(loading(0, "reading")?.text).toBe("Reading bunny.obj 0 %");
    expect(loading(7, "reading")?.fraction).toBe(1);
  });

  test("the message about the renderer shows the reason of the server for every state that has one", () => {
    const reason = "Signal 9.";
    const messages = [
      messageFor({ state: "waiting-for-producer", reason }),
      messageFor({ state: "not-answering", reason }, { hasFrame: true }),
      messageFor({ state: "unreadable", reason }, { hasFrame: true }),
      messageFor({ state: "gone", reason, restarting: true }),
      messageFor({ state: "gone", reason, restarting: false }),
    ];
    expect(messages.map((message) => message?.detail)).toEqual(messages.map(() => reason));
    expect(messages.map((message) => message?.tone)).toEqual(["info", "error", "error", "error", "error"]);
    expect(new Set(messages.map((message) => message?.text)).size).toBe(messages.length);
  });

  test("calls a user's program the program, not the renderer", () => {
    for (const renderer of [
      { state: "starting" },
      { state: "gone", reason: "It ended.", restarting: false },
      { state: "running" },
    ] as const) {
      const state = { hasFrame: true, isStalled: true };
      expect(messageFor(renderer, { ...state, producer: "program" })?.text).toMatch(/program(?!.*renderer)/);
      expect(messageFor(renderer, { ...state, producer: "renderer" })?.text).toMatch(/renderer(?!.*program)/);
    }
  });

  test("the message about the renderer reports a stalled drag as an error, unless the renderer is loading", () => {
    const stalled = { hasFrame: true, isStalled: true };
    expect(messageFor({ state: "running" }, stalled)?.tone).toBe("error");
    const loading = { state: "loading", fraction: null, phase: "", secondsLeft: null } as const;
    expect(messageFor(loading, stalled)).toEqual(messageFor(loading));
  });

  test("the message about the renderer is null once a frame is shown", () => {
    expect(messageFor({ state: "running" })).toEqual(messageFor({ state: "waiting-for-first-frame" }));
    expect(messageFor({ state: "running" })?.tone).toBe("info");
    expect(messageFor({ state: "running" }, { hasFrame: true })).toBeNull();
  });

  test("the message about the renderer is an error instead of a wait if there is no stream, but still reports a renderer that starts", () => {
    const first = messageFor({ state: "waiting-for-first-frame" }, { noStream: true });
    expect(first?.tone).toBe("error");
    expect(messageFor({ state: "running" }, { noStream: true })).toEqual(first);
    expect(messageFor({ state: "starting" }, { noStream: true })).toEqual(messageFor({ state: "starting" }));
  });
});

test("window title and label of the view do not repeat the program's name", () => {
  expect(["bunny.obj", "", "scenecast", "scenecast demo"].map(windowTitle)).toEqual([
    ...["bunny.obj – scenecast", "scenecast", "scenecast", "scenecast demo"],
  ]);
  expect(viewLabel("bunny.obj")).toContain("bunny.obj");
  for (const title of ["", "scenecast"])
    expect(`${viewLabel(title)} of bunny.obj`).toBe(viewLabel("bunny.obj"));
});

test("the note about an encoding that is not available names both encodings, and is short", () => {
  const mjpeg = new TransportSelector("webrtc", { add() {}, kind: "remote" }).select(["mjpeg"]);
  expect(encodingNote("webrtc", mjpeg)).toMatch(/“webrtc”.*MJPEG/);
  expect(encodingNote("mjpeg", mjpeg)).toBeNull();
  expect(encodingNote("auto", mjpeg)).toBeNull();
  expect(encodingNote("webrtc", null)).toBeNull();
  expect(encodingNote("x".repeat(99), mjpeg)?.length).toBeLessThan(120);
});
