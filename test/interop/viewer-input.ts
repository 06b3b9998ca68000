import type { RunningScenecast } from "../support/scenecast.ts";

/** An event of a viewer, sent as FURY's message with the test's number as its time stamp. */
export type Sent =
  | { kind: "press" | "release"; button: 0 | 1 | 2; number: number }
  | { kind: "move"; number: number }
  | { kind: "wheel"; delta: number; number: number };

/** FURY's event id. */
function eventId(event: Sent): number {
  switch (event.kind) {
    case "wheel":
      return 1;
    case "move":
      return 2;
    case "press":
      return 3 + 2 * event.button;
    case "release":
      return 4 + 2 * event.button;
  }
}

/** Position of an event, derived from its number so that a row mixed from two events is detected. */
function positionOf(event: Sent): [x: number, y: number] {
  return event.kind === "wheel" ? [0, 0] : [(event.number % 1000) / 1000, (event.number % 7) / 7];
}

/** The row that FURY's own server would put into the queue. */
export function rowOf(event: Sent): number[] {
  const [x, y] = positionOf(event);
  return [eventId(event), event.kind === "wheel" ? event.delta : 0, x, y, 0, 0, event.number, 0];
}

/** One viewer's WebSocket to a running server. */
export class ViewerInput implements Disposable {
  readonly #socket: WebSocket;
  /** Error messages from the server. */
  readonly refused: string[] = [];
  #pong = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "error") this.refused.push(message.message);
      if (message.type === "pong") this.#pong.resolve();
    });
  }

  static async open(app: RunningScenecast): Promise<ViewerInput> {
    const socket = new WebSocket(new URL("ws", app.url).href.replace(/^http/, "ws"));
    const input = new ViewerInput(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error("The server refused the WebSocket.")));
    });
    return input;
  }

  send(event: Sent): void {
    const [x, y] = positionOf(event);
    const position = { x, y, ctrlKey: 0, shiftKey: 0, timestampInMs: event.number };
    switch (event.kind) {
      case "wheel":
        this.sendRaw({ type: "weel", deltaY: event.delta, timestampInMs: event.number });
        break;
      case "move":
        this.sendRaw({ type: "mouseMove", ...position });
        break;
      default:
        this.sendRaw({
          type: "mouseLeftClick",
          on: event.kind === "press" ? 1 : 0,
          mouseButton: event.button,
          ...position,
        });
    }
  }

  sendRaw(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Waits until the server has handled all messages sent before. */
  async settle(): Promise<void> {
    this.#pong = Promise.withResolvers();
    this.sendRaw({ type: "ping", time: 0 });
    await this.#pong.promise;
  }

  /** Sends `perSecond` events a second, by a timer. */
  async sendAtRate(events: readonly Sent[], perSecond: number): Promise<void> {
    const start = performance.now();
    for (let sent = 0; sent < events.length; ) {
      const due = Math.min(events.length, 1 + Math.floor(((performance.now() - start) / 1000) * perSecond));
      for (const event of events.slice(sent, due)) this.send(event);
      sent = due;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await this.settle();
  }

  /** Sends all events without a pause. */
  async sendBurst(events: readonly Sent[]): Promise<void> {
    for (const event of events) this.send(event);
    await this.settle();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
