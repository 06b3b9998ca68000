import type { FileSource } from "../file-source.ts";

const LESS = 60;
const GREATER = 62;
const SLASH = 47;
const SPACE = 32;

/** Receives the values of the attributes of one element, in the order of their names; NaN for one that is missing or not a number. */
export type RowSink = (values: readonly number[]) => void;

/**
 * Reads consecutive empty elements, such as `<vertex x="0" y="1" z="2"/>`, ten times as fast as `XmlReader`. Stops before the first tag
 * of another kind.
 *
 * @param names of the attributes, in ASCII
 */
export async function readEmptyElements(
  source: FileSource,
  name: string,
  names: readonly string[],
  sink: RowSink,
): Promise<void> {
  const tag = Uint8Array.from(`<${name}`, (character) => character.charCodeAt(0));
  const values = names.map(() => Number.NaN);
  for (;;) {
    const { window } = source;
    const text = Buffer.from(window.buffer, window.byteOffset, window.length);
    let done = 0;
    for (;;) {
      let start = done;
      while ((window[start] ?? 0) <= SPACE && start < window.length) start += 1;
      const end = window.indexOf(GREATER, start);
      // The rest can be incomplete.
      if (end < 0) break;
      const isTag =
        tag.every((byte, i) => window[start + i] === byte) && (window[start + tag.length] ?? 0) <= SPACE;
      if (!isTag || window[end - 1] !== SLASH || window.subarray(start + 1, end).includes(LESS)) {
        source.consume(done);
        return;
      }
      values.fill(Number.NaN);
      readAttributes(text, start + tag.length, end, names, values);
      sink(values);
      done = end + 1;
    }
    source.consume(done);
    if (source.isAtEnd || source.window.length > 2 ** 20) return;
    await source.fill();
  }
}

function readAttributes(
  text: Buffer,
  start: number,
  end: number,
  names: readonly string[],
  values: number[],
): void {
  for (let offset = start; ; ) {
    while ((text[offset] ?? 0) <= SPACE && offset < end) offset += 1;
    const equals = text.indexOf("=", offset);
    if (equals < 0 || equals >= end) return;
    const open = text[equals + 1] ?? 0;
    const close = text.indexOf(open, equals + 2);
    if (close < 0 || close > end) return;
    const index = names.indexOf(text.toString("latin1", offset, equals));
    if (index >= 0) values[index] = numberOf(text.toString("latin1", equals + 2, close));
    offset = close + 1;
  }
}

/** Number() reads "" as 0. */
function numberOf(text: string): number {
  return /\d/.test(text) ? Number(text) : Number.NaN;
}
