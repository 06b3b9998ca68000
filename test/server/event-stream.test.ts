import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { startServer } from "../../src/page-server.ts";
import type { ServerMessage } from "../../src/protocol/server-messages.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { eventually } from "./clients.ts";

const VIEWER = "viewer-of-the-test";
const PRESS =
  '{"type":"mouseLeftClick","on":1,"mouseButton":0,"x":0.5,"y":0.5,"ctrlKey":0,"shiftKey":0,"timestampInMs":1}';

let server: ScenecastServer;
let renderer: PatternRenderer;
let clients: EventClient[];
beforeEach(async () => {
  clients = [];
  renderer = new PatternRenderer();
  renderer.draw(RED);
  server = await startServer({ port: 0, token: "steering-token", viewToken: "view-only-token" });
  server.attach(renderer.names);
});
afterEach(async () => {
  for (const client of clients) client.close();
  await server.stop();
  renderer[Symbol.dispose]();
});

const origin = () => new URL(server.url).origin;

/** Client of one `GET /events`, and the messages that it received. */
class EventClient {
  readonly messages: ServerMessage[] = [];
  readonly #abort = new AbortController();
  hasEnded = false;

  constructor(readonly token = "steering-token") {
    clients.push(this);
  }

  async open(): Promise<Response> {
    const response = await fetch(`${origin()}/events?viewer=${VIEWER}&token=${this.token}`, {
      signal: this.#abort.signal,
    });
    void this.#read(response).catch(() => {});
    return response;
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        if (event.startsWith("data: ")) this.messages.push(JSON.parse(event.slice(6)));
      }
    }
    this.hasEnded = true;
  }

  post(sequence: number | string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    const url = `${origin()}/events?viewer=${VIEWER}&sequence=${sequence}&token=${this.token}`;
    return fetch(url, { method: "POST", body, headers });
  }

  count(type: ServerMessage["type"]): number {
    return this.messages.filter((message) => message.type === type).length;
  }

  close(): void {
    this.#abort.abort();
  }
}

const ping = (time: number) => JSON.stringify({ type: "ping", time });

describe("messages over plain HTTP", () => {
  test("an event stream begins with hello and status, and announces the frames of another connection", async () => {
    const client = new EventClient();
    const response = await client.open();
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    await eventually(() => client.messages.length >= 2, "hello and status arrive");
    expect(client.messages.slice(0, 2).map(({ type }) => type)).toEqual(["hello", "status"]);
    const stream = await fetch(`${origin()}/video/mjpeg?viewer=${VIEWER}&token=steering-token`);
    await eventually(() => client.count("frame") === 1, "the frame is announced");
    await stream.body?.cancel();
  });

  test("messages of a batch are handled in order, and only once if the batch is repeated", async () => {
    const client = new EventClient();
    await client.open();
    const statuses = [
      await client.post(1, [ping(1), ping(2)].join("\n")),
      await client.post(2, ping(3)),
      await client.post(2, ping(3)),
      await client.post(3, ping(4)),
    ].map(({ status }) => status);
    expect(statuses).toEqual([204, 204, 204, 204]);
    await eventually(() => client.count("pong") === 4, "four pongs arrive");
    const times = client.messages.flatMap((message) => (message.type === "pong" ? [message.time] : []));
    expect(times).toEqual([1, 2, 3, 4]);
  });

  test("a batch with a gap, an invalid number or too many messages is refused", async () => {
    const client = new EventClient();
    await client.open();
    expect((await client.post(2, ping(1))).status).toBe(409);
    expect((await client.post("x", ping(1))).status).toBe(400);
    expect((await client.post(1, "{}\n".repeat(513))).status).toBe(413);
    expect((await client.post(1, "x".repeat(1 << 17))).status).toBe(413);
  });

  test("each invalid message of a batch is answered with an error, as on the WebSocket", async () => {
    const client = new EventClient();
    await client.open();
    await client.post(1, ["{", '{"type":"frames","encoding":"jpeg"}', '{"type":"mystery"}'].join("\n"));
    await eventually(() => client.count("error") === 3, "three errors arrive");
    const codes = client.messages.flatMap((message) => (message.type === "error" ? [message.code] : []));
    expect(codes).toEqual(["bad-json", "bad-message", "unknown-type"]);
  });

  test("messages over HTTP steer, and the viewer's button is released when the connection breaks", async () => {
    const client = new EventClient();
    await client.open();
    await client.post(1, PRESS);
    await renderer.event("mousePress");
    client.close();
    await renderer.event("mouseRelease");
    await eventually(() => server.state.viewers.length === 0, "the viewer is gone");
  });

  test("messages of a viewer with the view-only token do not steer, also not under another viewer's id", async () => {
    const viewOnly = new EventClient("view-only-token");
    await viewOnly.open();
    await viewOnly.post(1, PRESS);
    await eventually(() => viewOnly.count("error") === 1, "the press is refused");
    expect(viewOnly.messages.find(({ type }) => type === "error")).toMatchObject({ code: "may-not-steer" });
    const steering = new EventClient();
    await steering.open();
    await eventually(() => viewOnly.hasEnded, "the older stream of the same viewer ends");
    expect((await viewOnly.post(1, PRESS)).status).toBe(404);
    expect(renderer.events).toEqual([]);
  });

  test("messages from pages of other sites are refused", async () => {
    const client = new EventClient();
    await client.open();
    const response = await client.post(1, PRESS, { Origin: "https://evil.example" });
    expect(response.status).toBe(403);
  });

  test("an event stream ends with the server, after the reason", async () => {
    const client = new EventClient();
    await client.open();
    await eventually(() => client.count("hello") === 1, "hello arrives");
    await server.stop("The job is over.");
    await eventually(() => client.hasEnded, "the stream ends");
    expect(client.messages.at(-1)).toEqual({ type: "end", reason: "The job is over." });
  });

  test("a client that does not read its event stream is disconnected when its bounded backlog is full", async () => {
    const { port } = server;
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write(
      `GET /events?viewer=${VIEWER}&token=steering-token HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
    );
    await eventually(() => server.state.viewers.length === 1, "the viewer is connected");
    const client = new EventClient();
    // Each message is answered with an error, up to the rate limit.
    const batch = '{"type":"mystery"}\n'.repeat(512);
    for (let sequence = 1; server.state.viewers.length > 0; sequence++) {
      expect(sequence).toBeLessThan(200);
      await client.post(sequence, batch);
    }
    socket.destroy();
  });
});
