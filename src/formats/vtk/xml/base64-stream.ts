import type { FileSource } from "../../file-source.ts";
import type { ByteStream } from "../number-types.ts";

const LESS = 60;
const PAD = 61;
const SPACE = 32;

/**
 * Decodes the base64 text of a file up to the next tag. It consumes no more characters than the bytes that are read need, since other data
 * can follow. Padding can occur between parts that were encoded separately, such as a header and its data.
 */
export class Base64Stream implements ByteStream {
  readonly #source: FileSource;
  /** Bytes that were decoded and not yet read. */
  #bytes: Uint8Array = new Uint8Array();

  constructor(source: FileSource) {
    this.#source = source;
  }

  async readInto(target: Uint8Array): Promise<number> {
    let filled = 0;
    for (;;) {
      const part = this.#bytes.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#bytes = this.#bytes.subarray(part.length);
      if (filled === target.length) return filled;
      this.#bytes = await this.#decode(target.length - filled);
      if (this.#bytes.length === 0) return filled;
    }
  }

  /** Ends a part that was encoded separately: the rest of its last group of characters is padding. */
  endPart(): void {
    this.#bytes = new Uint8Array();
  }

  /** Decodes up to this number of bytes, rounded up to groups of three. @returns no bytes at the end of the text */
  async #decode(bytes: number): Promise<Uint8Array> {
    const wanted = 4 * Math.ceil(bytes / 3);
    let characters = new Uint8Array();
    while (characters.length === 0 || characters.length % 4 !== 0) {
      const source = this.#source;
      if (source.window.length === 0) await source.fill();
      // The rest of a group only, after the first part.
      const missing = characters.length === 0 ? wanted : 4 - (characters.length % 4);
      const available = source.window.subarray(0, missing);
      const less = available.indexOf(LESS);
      const part = less < 0 ? available : available.subarray(0, less);
      if (part.length === 0) break;
      characters = Buffer.concat([characters, withoutSpace(part)]);
      source.consume(part.length);
    }
    return decodeParts(characters);
  }
}

function withoutSpace(characters: Uint8Array): Uint8Array {
  const kept = new Uint8Array(characters.length);
  let length = 0;
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] ?? 0;
    kept[length] = character;
    length += character > SPACE ? 1 : 0;
  }
  return kept.subarray(0, length);
}

/** Decodes groups of four characters, of which some can end with padding. */
function decodeParts(characters: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < characters.length; ) {
    const pad = characters.indexOf(PAD, start);
    const end =
      pad < 0 ? characters.length : Math.min(characters.length, start + 4 * Math.ceil((pad + 1 - start) / 4));
    const { buffer, byteOffset } = characters;
    parts.push(
      Buffer.from(Buffer.from(buffer, byteOffset + start, end - start).toString("latin1"), "base64"),
    );
    start = end;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
