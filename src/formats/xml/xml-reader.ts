import type { FileSource } from "../file-source.ts";
import { DataError, quote } from "../load-error.ts";
import { decodeEntities } from "./xml-entities.ts";

const LESS = 60;
const GREATER = 62;
const SLASH = 47;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;

const COMMENT_START = latin1("<!--");
const COMMENT_END = latin1("-->");
const CDATA_START = latin1("<![CDATA[");
const CDATA_END = latin1("]]>");
const PI_START = latin1("<?");
const PI_END = latin1("?>");
const DOCTYPE_START = latin1("<!");

/** Maximum length of a tag, and of a text that is read as a string, bytes. Data files have tags below 1 kB. */
const MAX_TAG_BYTES = 2 ** 20;
/** Maximum depth of elements. GIFTI has 5, VTK 6. */
const MAX_DEPTH = 256;
const DEFAULT_TEXT_BYTES = 2 ** 24;

export interface XmlStartTag {
  readonly type: "start";
  readonly name: string;
  /** By name, with entities replaced. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface XmlEndTag {
  readonly type: "end";
  readonly name: string;
}

/** An empty element (`<a/>`) is a start tag followed by an end tag. */
export type XmlTag = XmlStartTag | XmlEndTag;

/** Receives a part of a text. The bytes are valid only during the call. */
export type TextSink = (bytes: Uint8Array) => void;

/**
 * Streaming reader of the XML of data files, such as GIFTI and VTK. It reads tags one by one, and text of any length in blocks, so that a
 * document is never in memory as a whole. Document types are skipped: entities are not expanded and no other file is read.
 *
 * It supports UTF-8 and its subsets. Errors are `DataError`s with the byte offset.
 */
export class XmlReader {
  readonly #source: FileSource;
  /** Names of the open elements. */
  readonly #open: string[] = [];
  /** The end tag of an empty element. */
  #pendingEnd: XmlEndTag | undefined;

  constructor(source: FileSource) {
    this.#source = source;
  }

  /** Number of open elements. After `next` returned undefined, a number above 0 means that the document is cut off. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the last start tag is that of an empty element (`<a/>`), so that no content follows. */
  get isEmptyElement(): boolean {
    return this.#pendingEnd !== undefined;
  }

  /** Offset in the file (in the decompressed data of a gzip file) of the next byte: after a start tag, that of its content. */
  get offset(): number {
    return this.#source.offset;
  }

  /**
   * Reads the next tag; skips text, comments and declarations before it. Afterwards `source.window` starts directly after the tag.
   *
   * @returns undefined at the end of the file
   * @throws DataError
   */
  async next(): Promise<XmlTag | undefined> {
    await this.readText(() => {});
    const pending = this.#pendingEnd;
    if (pending !== undefined) {
      this.#pendingEnd = undefined;
      this.#open.pop();
      return pending;
    }
    const source = this.#source;
    if (source.window.length === 0) return undefined;
    const end = await this.#tagEnd();
    if (end < 0) {
      source.consume(source.window.length);
      return undefined;
    }
    const start = source.offset;
    const text = new TextDecoder().decode(source.window.subarray(1, end));
    const isEnd = source.window[1] === SLASH;
    source.consume(end + 1);
    return isEnd ? this.#endTag(text, start) : this.#startTag(text, start);
  }

  /**
   * Reads the text before the next tag in blocks of about 1 MB: the bytes of the file, without comments and the marks of CDATA sections,
   * and with entities as they are.
   */
  async readText(sink: TextSink): Promise<void> {
    const source = this.#source;
    if (this.#pendingEnd !== undefined) return;
    for (;;) {
      const less = source.window.indexOf(LESS);
      const length = less < 0 ? source.window.length : less;
      if (length > 0) {
        sink(source.window.subarray(0, length));
        source.consume(length);
      }
      if (less < 0) {
        if (source.isAtEnd) return;
        await source.fill();
      } else {
        await source.fillTo(CDATA_START.length);
        if (!(await this.#skipMarkup(sink))) return;
      }
    }
  }

  /**
   * Reads the text before the next tag as a string, with entities replaced.
   *
   * @param limit maximum length, bytes
   * @throws DataError if it is longer
   */
  async text(limit: number = DEFAULT_TEXT_BYTES): Promise<string> {
    const start = this.offset;
    const decoder = new TextDecoder();
    let [text, bytes] = ["", 0];
    await this.readText((block) => {
      bytes += block.length;
      if (bytes > limit) throw new DataError(`the text at byte ${start} is longer than ${limit} bytes`);
      text += decoder.decode(block, { stream: true });
    });
    return decodeEntities(text + decoder.decode());
  }

  /**
   * Skips the rest of the innermost open element, including its end tag.
   *
   * @returns false if the file ends before
   */
  async skipElement(): Promise<boolean> {
    for (const depth = this.depth; this.depth >= depth; ) {
      if ((await this.next()) === undefined) return false;
    }
    return true;
  }

  /** Skips a comment, a declaration or a CDATA section, whose text goes to the sink. @returns false at a tag */
  async #skipMarkup(sink: TextSink): Promise<boolean> {
    const { window } = this.#source;
    if (hasPrefix(window, COMMENT_START)) await this.#passTo(COMMENT_START.length, COMMENT_END);
    else if (hasPrefix(window, CDATA_START)) await this.#passTo(CDATA_START.length, CDATA_END, sink);
    else if (hasPrefix(window, PI_START)) await this.#passTo(PI_START.length, PI_END);
    else if (hasPrefix(window, DOCTYPE_START)) await this.#skipDoctype();
    else return false;
    return true;
  }

  /** Passes the bytes up to an end mark, which is skipped, or up to the end of the file. */
  async #passTo(skip: number, end: Uint8Array, sink: TextSink = () => {}): Promise<void> {
    const source = this.#source;
    source.consume(skip);
    for (;;) {
      const found = Buffer.from(source.window.buffer, source.window.byteOffset, source.window.length).indexOf(
        end,
      );
      // The end mark may continue in the next block.
      const rest = source.isAtEnd ? 0 : end.length - 1;
      const length = found < 0 ? Math.max(0, source.window.length - rest) : found;
      if (length > 0) sink(source.window.subarray(0, length));
      source.consume(found < 0 ? length : found + end.length);
      if (found >= 0 || source.isAtEnd) return;
      await source.fill();
    }
  }

  /** Skips a document type with its declarations in brackets, which may contain ">" in quotes. */
  async #skipDoctype(): Promise<void> {
    const source = this.#source;
    let [quoteMark, brackets] = [0, 0];
    for (;;) {
      const { window } = source;
      for (let i = 0; i < window.length; i += 1) {
        const byte = window[i] ?? 0;
        if (quoteMark !== 0) {
          if (byte === quoteMark) quoteMark = 0;
        } else if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) quoteMark = byte;
        else if (byte === 91) brackets += 1;
        else if (byte === 93) brackets -= 1;
        else if (byte === GREATER && brackets <= 0) return source.consume(i + 1);
      }
      source.consume(window.length);
      if (source.isAtEnd) return;
      await source.fill();
    }
  }

  /** Index in the window of the ">" of the tag at its start; -1 if the file ends before. */
  async #tagEnd(): Promise<number> {
    const source = this.#source;
    let quoteMark = 0;
    for (let i = 1; ; i += 1) {
      if (i >= source.window.length) {
        if (source.isAtEnd) return -1;
        await source.fill();
        // The file can end with the block before.
        i -= 1;
        continue;
      }
      if (i > MAX_TAG_BYTES) throw new DataError(`the tag at byte ${source.offset} is longer than 1 MB`);
      const byte = source.window[i] ?? 0;
      if (quoteMark !== 0) {
        if (byte === quoteMark) quoteMark = 0;
      } else if (byte === GREATER) return i;
      else if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) quoteMark = byte;
    }
  }

  #startTag(text: string, start: number): XmlStartTag {
    const isEmpty = text.endsWith("/");
    const [name = ""] = /^[^\s/]*/.exec(text) ?? [];
    if (name === "" || !/^[\p{L}_:]/u.test(name)) {
      throw new DataError(`byte ${start}: ${quote(`<${text}>`)} is not an XML tag`);
    }
    if (this.#open.length >= MAX_DEPTH) {
      throw new DataError(`byte ${start}: its XML elements are nested more than ${MAX_DEPTH} deep`);
    }
    this.#open.push(name);
    if (isEmpty) this.#pendingEnd = { type: "end", name };
    return { type: "start", name, attributes: parseAttributes(text.slice(name.length)) };
  }

  #endTag(text: string, start: number): XmlEndTag {
    const name = text.slice(1).trim();
    const open = this.#open.pop();
    if (open === name) return { type: "end", name };
    const expected = open === undefined ? "no element is open" : `the open element is ${quote(open)}`;
    throw new DataError(`byte ${start}: ${quote(`</${name}>`)} closes an element, but ${expected}`);
  }
}

function parseAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single = ""] of text.matchAll(
    /([^\s=/"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  )) {
    attributes.set(name, decodeEntities(double ?? single));
  }
  return attributes;
}

function hasPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
