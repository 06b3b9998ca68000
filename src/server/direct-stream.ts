/** Controller of Bun's streams of type "direct", which write without a queue of their own. */
export interface DirectController {
  /** Bytes taken, or a Promise where the client is slow. */
  write(bytes: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  close(): void;
}

export interface DirectSource {
  /** Called once, when the response has a reader; the response ends when the promise settles. */
  pull(controller: DirectController): Promise<void>;
  /** Called when the client has gone. */
  cancel(): void;
}

/** A response whose body is written by a {@link DirectController}. */
export function directResponse(source: DirectSource, headers: Record<string, string>): Response {
  // The DOM's types do not know Bun's "direct" streams.
  const body = { type: "direct", ...source } as unknown as UnderlyingDefaultSource;
  return new Response(new ReadableStream(body), { headers });
}
