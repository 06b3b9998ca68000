/** The longest line taken from another process, in characters: a peer that never ends its line must not fill memory. */
const MAX_LINE = 64 * 1024;

/**
 * Yields the lines of a stream of UTF-8 bytes, without their ends. A line over 64 Ki characters ends the stream with an
 * error, or is cut there and the rest of it passed over.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  whenTooLong: "throw" | "cut" = "throw",
): AsyncGenerator<string> {
  const fit = (line: string) => {
    if (line.length <= MAX_LINE) return line;
    if (whenTooLong === "throw") throw new Error(`A line is longer than ${MAX_LINE} characters.`);
    return line.slice(0, MAX_LINE);
  };
  const decoder = new TextDecoder();
  let rest = "";
  /** Whether what comes up to the next line's end belongs to a line that was cut. */
  let passingOver = false;
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!passingOver) yield fit(line);
      passingOver = false;
    }
    if (rest.length <= MAX_LINE) continue;
    if (!passingOver) yield fit(rest);
    passingOver = true;
    rest = "";
  }
  if (rest && !passingOver) yield rest;
}
