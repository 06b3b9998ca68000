/** The longest line taken from another process, in characters: a peer that never ends its line must not fill memory. */
const MAX_LINE = 64 * 1024;

/** Yields the lines of a stream of UTF-8 bytes, without their ends; a line over 64 Ki characters ends the stream with an error. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new Error(`A line is longer than ${MAX_LINE} characters.`);
    yield* lines;
  }
  if (rest) yield rest;
}
