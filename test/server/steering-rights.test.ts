import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { EventMessage, FuryMessage } from "../../src/protocol/client-messages.ts";
import { CLOSE_CODES } from "../../src/protocol/close-codes.ts";
import { MAX_EVENTS_PER_SECOND, MAX_MESSAGES_PER_SECOND } from "../../src/protocol/limits.ts";
import type { ErrorMessage, ServerMessage } from "../../src/protocol/server-messages.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { dequeueAll, eventually, SocketClient } from "./clients.ts";

const VIEW_TOKEN = "view-only-token-1";
const PLACE = { x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 0, timestampInMs: 5 } as const;
const POINTER = { x: 5, y: 5, button: 1, time_stamp: 1 } as const;
const KEY = { key: "r", time_stamp: 1 } as const;

/** One input message of each type in the protocol; TypeScript checks that none is missing. */
const INPUT: {
  [Name in FuryMessage["type"]]: Extract<FuryMessage, { type: Name }>;
} & { [Name in EventMessage["event_type"]]: EventMessage } = {
  weel: { type: "weel", deltaY: 5, timestampInMs: 1 },
  mouseMove: { type: "mouseMove", ...PLACE },
  mouseLeftClick: { type: "mouseLeftClick", on: 1, mouseButton: 0, ...PLACE },
  pointer_down: { event_type: "pointer_down", ...POINTER },
  pointer_move: { event_type: "pointer_move", ...POINTER },
  pointer_up: { event_type: "pointer_up", ...POINTER },
  double_click: { event_type: "double_click", ...POINTER },
  wheel: { event_type: "wheel", dy: 5, time_stamp: 1 },
  key_down: { event_type: "key_down", ...KEY },
  key_up: { event_type: "key_up", ...KEY },
  resize: { event_type: "resize", width: 100, height: 100, pixel_ratio: 1 },
};

let server: ScenecastServer;
let renderer: TestRenderer;

beforeEach(() => {
  renderer = new TestRenderer();
  renderer.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

/** Path of a WebSocket with this token. */
const socketWith = (token: string | undefined) => `ws?token=${token}`;

function errorsIn(messages: readonly ServerMessage[]): ErrorMessage[] {
  return messages.filter((message) => message.type === "error");
}

const dequeued = () => dequeueAll(renderer.queue);

describe("a viewer with the view-only token", () => {
  beforeEach(async () => {
    server = await startServer({ port: 0, viewToken: VIEW_TOKEN });
    server.attach(renderer.names);
    renderer.writeGrey(70);
    await eventually(() => server.state.frame !== null, "the frame is detected");
    dequeued();
  });

  const cookieOf = async (url: string) => (await fetch(url)).headers.get("set-cookie")?.split(";")[0] ?? "";
  const TOKEN_PLACES: [string, () => Promise<SocketClient>][] = [
    ["in the URL", () => SocketClient.open(server.url, socketWith(VIEW_TOKEN))],
    [
      "as a bearer token",
      () => SocketClient.open(server.url, "ws", { authorization: `Bearer ${VIEW_TOKEN}` }),
    ],
    [
      "as a cookie",
      async () => SocketClient.open(server.url, "ws", { cookie: await cookieOf(server.viewUrl ?? "") }),
    ],
    [
      "in the URL, and the cookie of the other token",
      async () =>
        SocketClient.open(server.url, socketWith(VIEW_TOKEN), { cookie: await cookieOf(server.url) }),
    ],
  ];

  test.each(TOKEN_PLACES)(
    "with the view-only token %s, no event of a viewer reaches the renderer, and each is refused with a message",
    async (_, open) => {
      const viewer = await open();
      expect((await viewer.next("hello")).maySteer).toBeFalse();
      // Another viewer's id does not change its role.
      viewer.send({ type: "hello", viewer: "viewer-0001" });
      for (const message of Object.values(INPUT)) viewer.send(message);
      const refused = errorsIn(await viewer.settle());
      expect(refused.map(({ code }) => code)).toEqual(Object.values(INPUT).map(() => "may-not-steer"));
      expect(refused[0]?.message).toBe(
        "You can see this view but not steer it: it was opened with the view-only token.",
      );
      expect(dequeued()).toEqual([]);
      expect(server.state.events).toMatchObject({ accepted: 0, refused: 0, pending: 0 });
      viewer.close();
    },
  );

  test("a viewer with the view-only token does not disturb the one that steers", async () => {
    const viewOnly = await SocketClient.open(server.url, socketWith(VIEW_TOKEN));
    const steering = await SocketClient.open(server.url, socketWith(server.token));
    expect((await steering.next("hello")).maySteer).toBeTrue();
    for (const message of Object.values(INPUT)) {
      viewOnly.send(message);
      await viewOnly.settle();
      steering.send(message);
      expect(errorsIn(await steering.settle())).toEqual([]);
    }
    expect(dequeued()).toHaveLength(Object.keys(INPUT).length);
    viewOnly.close();
    steering.close();
  });

  test("the window size of a view-only viewer is not kept for a later renderer", async () => {
    server.detach("it ended");
    const viewer = await SocketClient.open(server.url, socketWith(VIEW_TOKEN));
    viewer.send(INPUT.resize);
    await viewer.settle();
    server.attach(renderer.names);
    renderer.writeGrey(90);
    await viewer.next("status", (message) => message.renderer.state === "running");
    expect(dequeued()).toEqual([]);
    viewer.close();
  });

  test("hello keeps a view-only viewer's maySteer when the renderer changes", async () => {
    const viewOnly = await SocketClient.open(server.url, socketWith(VIEW_TOKEN));
    const steering = await SocketClient.open(server.url, socketWith(server.token));
    server.detach("it ended");
    for (const [viewer, maySteer] of [[viewOnly, false] as const, [steering, true] as const]) {
      expect(await viewer.next("hello", (hello) => hello.maxSize === null)).toMatchObject({ maySteer });
      viewer.close();
    }
  });

  test("a view-only viewer can request a snapshot and close its WebSocket", async () => {
    const snapshot = await fetch(`${server.url.split("?")[0]}snapshot.png?token=${VIEW_TOKEN}`);
    expect(snapshot.headers.get("content-type")).toBe("image/png");
    const viewer = await SocketClient.open(server.url, socketWith(VIEW_TOKEN));
    viewer.send("close");
    expect((await viewer.closed).code).toBe(CLOSE_CODES.normal);
  });
});

describe("a viewer over the event rate limit", () => {
  beforeEach(async () => {
    server = await startServer({ port: 0 });
    server.attach(renderer.names);
  });

  const click = (on: 0 | 1, mouseButton: 0 | 1 | 2) => ({
    type: "mouseLeftClick",
    on,
    mouseButton,
    ...PLACE,
  });
  /** More messages than the flood limit allows in 20 s. */
  const FLOOD = MAX_MESSAGES_PER_SECOND * 22;

  test("all events of a viewer with a 1000 Hz mouse are accepted", async () => {
    const viewer = await SocketClient.open(server.url);
    for (let move = 0; move < 1000; move++) viewer.send(INPUT.mouseMove);
    expect(errorsIn(await viewer.settle())).toEqual([]);
    expect(server.state.events.accepted).toBe(1000);
    viewer.close();
  });

  test("a flooding viewer gets an error, is disconnected with 1008, and its button is released", async () => {
    const viewer = await SocketClient.open(server.url);
    const other = await SocketClient.open(server.url);
    viewer.send(click(1, 0));
    for (let move = 0; move < FLOOD; move++) viewer.send(INPUT.mouseMove);
    const error = await viewer.next("error");
    expect(error.code).toBe("too-many");
    expect(error.message).toContain(`${MAX_EVENTS_PER_SECOND} events per second`);
    expect(await viewer.closed).toEqual({
      code: CLOSE_CODES.policy,
      reason: "Too many messages: the limit is 4000 messages or 1 MiB per second.",
    });
    expect(server.state.events.accepted).toBeLessThan(FLOOD);
    const rows: number[][] = [];
    await eventually(() => {
      rows.push(...dequeued());
      return rows.some(([event]) => event === 4);
    }, "the left button is released");
    expect(rows[0]?.[0]).toBe(3);
    // Other viewers are not affected.
    other.send(INPUT.weel);
    expect(errorsIn(await other.settle())).toEqual([]);
    other.close();
  });

  test("a viewer gets a burst of 200 errors, and then at most 100 a second", async () => {
    const viewer = await SocketClient.open(server.url);
    const sent = MAX_EVENTS_PER_SECOND * 2;
    for (let i = 0; i < sent; i++) viewer.send(i % 2 ? INPUT.key_up : INPUT.key_down);
    const errors = errorsIn(await viewer.settle());
    expect(errors.length).toBeGreaterThanOrEqual(200);
    // Answering all of them would need half a minute.
    expect(errors.length).toBeLessThan(sent - server.state.events.accepted);
    viewer.close();
  });
});
