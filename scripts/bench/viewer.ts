/** Opens a WebSocket to a server. @param query of its URL, for example "?viewer=…" */
export async function openSocket(url: string, query = ""): Promise<WebSocket> {
  const socket = new WebSocket(new URL(`ws${query}`, url).href.replace(/^http/, "ws"));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("The server refused the WebSocket.")));
  });
  return socket;
}

/** An MJPEG client that counts frames and discards their bytes. */
export class CountingViewer implements AsyncDisposable {
  #frames = 0;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  /** Resolves with performance.now() when the first complete frame has arrived. */
  readonly firstFrame: Promise<number>;

  constructor(url: string) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.firstFrame = promise;
    this.#done = this.#read(url, resolve).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) reject(error);
    });
  }

  get frames(): number {
    return this.#frames;
  }

  async #read(url: string, first: (at: number) => void): Promise<void> {
    const response = await fetch(new URL("video/mjpeg", url), { signal: this.#abort.signal });
    if (!response.ok || !response.body) throw new Error(`video/mjpeg answered ${response.status}`);
    // A JPEG ends with FF D9, which occurs nowhere else in it: entropy-coded FF bytes are followed by 00 or RSTn.
    let last = 0;
    for await (const chunk of response.body) {
      if (last === 0xff && chunk[0] === 0xd9) this.#count(first);
      for (let at = chunk.indexOf(0xff); at >= 0; at = chunk.indexOf(0xff, at + 1)) {
        if (chunk[at + 1] === 0xd9) this.#count(first);
      }
      last = chunk.at(-1) ?? 0;
    }
  }

  #count(first: (at: number) => void): void {
    this.#frames++;
    if (this.#frames === 1) first(performance.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }
}

/** Drags with the left button in circles, with `rate` moves per second, until it is disposed. */
export class Dragging implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #timer: Timer;

  private constructor(socket: WebSocket, rate: number) {
    this.#socket = socket;
    let step = 0;
    this.#send({ type: "mouseLeftClick", on: 1, mouseButton: 0, x: 0.6, y: 0.5 });
    this.#timer = setInterval(() => {
      step++;
      const angle = step / 15;
      this.#send({ type: "mouseMove", x: 0.5 + Math.cos(angle) / 10, y: 0.5 + Math.sin(angle) / 10 });
    }, 1000 / rate);
  }

  static async start(url: string, rate = 60): Promise<Dragging> {
    return new Dragging(await openSocket(url), rate);
  }

  #send(event: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify({ ...event, ctrlKey: 0, shiftKey: 0, timestampInMs: Date.now() }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const closed = new Promise((resolve) => {
      this.#socket.onclose = resolve;
    });
    this.#socket.close();
    await closed;
  }
}
