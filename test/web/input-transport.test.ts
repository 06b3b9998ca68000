import { beforeEach, describe, expect, test } from "bun:test";
import type { ClientMessage } from "../../src/protocol/client-messages.ts";
import type { ErrorMessage } from "../../src/protocol/server-messages.ts";
import { InputTransport } from "../../src/web/input/input-transport.ts";
import { FrameMetadataCache } from "../../src/web/view/frame-metadata-cache.ts";

const POSITION = { x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 } as const;
const MOVE: ClientMessage = { type: "mouseMove", ...POSITION };
const PRESS: ClientMessage = { type: "mouseLeftClick", on: 1, mouseButton: 0, ...POSITION };
const RELEASE: ClientMessage = { type: "mouseLeftClick", on: 0, mouseButton: 0, ...POSITION };
const WHEEL: ClientMessage = { type: "weel", deltaY: 1, timestampInMs: 1 };

/** The part of RTCDataChannel that InputTransport uses. */
class FakeChannel extends EventTarget {
  readyState: RTCDataChannelState = "connecting";
  readonly #label: string;
  readonly #sent: string[];

  constructor(name: string, sent: string[]) {
    super();
    this.#label = name;
    this.#sent = sent;
  }

  send(text: string): void {
    const message = JSON.parse(text) as { type: string };
    this.#sent.push(`${this.#label} ${message.type}`);
  }
}

let sent: string[];
let errors: ErrorMessage[];
let transport: InputTransport;
let moves: FakeChannel;
let events: FakeChannel;
let pair: { moves: RTCDataChannel; events: RTCDataChannel };
beforeEach(() => {
  sent = [];
  errors = [];
  moves = new FakeChannel("moves", sent);
  events = new FakeChannel("events", sent);
  pair = { moves, events } as unknown as typeof pair;
  transport = new InputTransport(
    (message) => sent.push(`socket ${"type" in message ? message.type : message.event_type}`),
    (error) => errors.push(error),
  );
});

function open(): void {
  transport.open(pair);
  moves.readyState = "open";
  events.readyState = "open";
}

describe("the input transport", () => {
  test("the input transport sends on the socket until both channels are open, then moves on one and other events on the other", () => {
    transport.open(pair);
    moves.readyState = "open";
    transport.send(MOVE);
    events.readyState = "open";
    for (const message of [MOVE, PRESS, RELEASE, WHEEL]) transport.send(message);
    expect(sent).toEqual([
      "socket mouseMove",
      "moves mouseMove",
      "events mouseLeftClick",
      "events mouseLeftClick",
      "events weel",
    ]);
  });

  test("the input transport does not change during a drag, even if the channels open", () => {
    transport.send(PRESS);
    open();
    for (const message of [MOVE, RELEASE, MOVE]) transport.send(message);
    expect(sent).toEqual([
      "socket mouseLeftClick",
      "socket mouseMove",
      "socket mouseLeftClick",
      "moves mouseMove",
    ]);
  });

  test("the input transport returns to the socket when the channels are closed, even during a drag", () => {
    open();
    transport.send(PRESS);
    transport.close(pair);
    transport.send(MOVE);
    expect(sent).toEqual(["events mouseLeftClick", "socket mouseMove"]);
  });

  test("the input transport reports errors that arrive on a channel and ignores other messages", () => {
    open();
    const error = { type: "error", code: "bad-json", message: "no" } as const;
    for (const message of [{ type: "hello" }, error]) {
      events.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
    }
    expect(errors).toEqual([error]);
  });
});

describe("the frame metadata cache", () => {
  const metadata = (rtpTimestamp?: number) => ({
    ...{
      type: "frame" as const,
      frame: 1,
      width: 2,
      height: 3,
      bytes: 4,
      ageMs: 0,
      eventMs: rtpTimestamp ?? null,
    },
    ...(rtpTimestamp !== undefined && { rtpTimestamp }),
  });

  test("the frame metadata cache returns metadata by RTP time stamp, once", () => {
    const frames = new FrameMetadataCache();
    frames.add(metadata(7), 0);
    frames.add(metadata(8), 0);
    expect(frames.take(8)?.eventMs).toBe(8);
    expect(frames.take(8)).toBeUndefined();
    expect(frames.take(7)?.eventMs).toBe(7);
  });

  test("the frame metadata cache reports since when an announced frame is not shown", () => {
    const frames = new FrameMetadataCache();
    frames.add(metadata(), 0);
    expect(frames.unshownSince).toBeNull();
    frames.add(metadata(7), 10);
    frames.add(metadata(8), 20);
    expect(frames.unshownSince).toBe(10);
    frames.take(Number.NaN);
    expect(frames.unshownSince).toBeNull();
    frames.add(metadata(9), 30);
    frames.reset();
    expect(frames.unshownSince).toBeNull();
  });
});
