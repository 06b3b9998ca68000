import type { FileSource } from "./file-source.ts";
import { DataError } from "./load-error.ts";

/** Maximum length of a line, bytes. */
const MAX_LINE_BYTES = 1 << 20;

const NEWLINE = 10;

/**
 * Reads the lines of a text file in blocks, as Latin-1, which maps each byte to a character. Ends of lines are LF or CRLF.
 *
 * @throws DataError if a line is longer than 1 MiB, or the error of the source
 */
export async function* textLines(source: FileSource): AsyncGenerator<string[]> {
  for (;;) {
    const { window, isAtEnd } = source;
    const end = isAtEnd ? window.length : window.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const text = Buffer.from(window.buffer, window.byteOffset, end).toString("latin1");
      const lines = text.split(/\r?\n/);
      if (lines.at(-1) === "") lines.pop();
      yield lines;
      source.consume(end);
    } else if (window.length > MAX_LINE_BYTES) {
      throw new DataError(`it has a line of more than ${MAX_LINE_BYTES} bytes`);
    }
    if (isAtEnd) return;
    await source.fill();
  }
}
