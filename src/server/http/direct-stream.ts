/** Controller of Bun's streams of type "direct", which write without a queue of their own. */
interface DirectController {
  /** Number of bytes written, or a Promise if the client is slow. */
  write(bytes: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  close(): void;
}

/** Streaming response whose body is written piece by piece, and stays open until it is closed. */
export class DirectStream {
  readonly response: Response;
  readonly #onReader: () => void | Promise<void>;
  readonly #closed = Promise.withResolvers<void>();
  #controller: DirectController | null = null;
  #isOpen = true;

  /**
   * @param onReader called once, when the response has a reader: from then on {@link write} has an effect
   * @param onDisconnect called when the client has disconnected
   */
  constructor(
    headers: Record<string, string>,
    onReader: () => void | Promise<void>,
    onDisconnect: () => void,
  ) {
    this.#onReader = onReader;
    // The DOM's types lack Bun's "direct" streams.
    const source = {
      type: "direct",
      pull: (controller: DirectController) => this.#run(controller),
      cancel: onDisconnect,
    } as unknown as UnderlyingDefaultSource;
    this.response = new Response(new ReadableStream(source), { headers });
  }

  /** Whether the response has a reader, and is open. */
  get isWritable(): boolean {
    return this.#controller !== null;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Writes and flushes. Returns undefined if the connection accepted the bytes, or else a promise that settles when it has;
   * the promise can stay pending after the client has disconnected. Does nothing while the stream is not writable.
   * @throws (also as a rejection) an error if the client has disconnected
   */
  write(bytes: Uint8Array): Promise<unknown> | undefined {
    if (this.#controller === null) return;
    const written = this.#controller.write(bytes);
    const flushed = this.#controller.flush();
    if (typeof written === "number" && typeof flushed === "number") return;
    return Promise.all([written, flushed]);
  }

  /** Ends the response. Idempotent. */
  close(): void {
    this.#isOpen = false;
    try {
      this.#controller?.close();
    } catch {
      // The client disconnected first.
    }
    this.#controller = null;
    this.#closed.resolve();
  }

  async #run(controller: DirectController): Promise<void> {
    if (!this.#isOpen) {
      controller.close();
      return;
    }
    this.#controller = controller;
    await this.#onReader();
    await this.closed;
  }
}
