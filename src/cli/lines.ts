/** Default maximum length of a line from another process, characters, so that a missing line end does not fill memory. */
const MAX_LINE_LENGTH = 64 * 1024;

/**
 * Yields the lines of a UTF-8 stream, without line ends.
 * @param onTooLong for a line of more than `maxLength` characters: throw an error, or truncate it
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  onTooLong: "throw" | "truncate" = "throw",
  maxLength: number = MAX_LINE_LENGTH,
): AsyncGenerator<string> {
  const limited = (line: string) => {
    if (line.length <= maxLength) return line;
    if (onTooLong === "throw") throw new Error(`A line is longer than ${maxLength} characters.`);
    return line.slice(0, maxLength);
  };
  const decoder = new TextDecoder();
  let rest = "";
  /** Whether the input up to the next line end belongs to a truncated line. */
  let skipping = false;
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!skipping) yield limited(line);
      skipping = false;
    }
    if (rest.length <= maxLength) continue;
    if (!skipping) yield limited(rest);
    skipping = true;
    rest = "";
  }
  if (rest && !skipping) yield rest;
}
