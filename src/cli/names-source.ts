import { accessSync, constants, openSync, type Stats, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { MAX_BUFFERS } from "../memory/info-layout.ts";
import { CommandError } from "./errors.ts";
import { fileChanges } from "./file-changes.ts";
import { readLines } from "./lines.ts";
import { newestSegmentNames, type ParsedNames, parseSegmentNames } from "./segment-names.ts";

/** The largest names file that is read, bytes: names take some 200, and a program's log may be around them. */
const MAX_FILE_BYTES = 1 << 20;

/** How much of a line that is no names is shown, characters. */
const SHOWN = 80;

/** First line of a JSON object that spans several lines: a brace, or a brace and a key. The repr of a Python dict has single quotes. */
const OBJECT_START = /^\s*\{\s*(?:"|$)/;

/** Maximum number of lines of a pretty-printed object: a name a line, and 50 for the keys and for what a program adds. */
const MAX_OBJECT_LINES = MAX_BUFFERS + 50;

/** Maximum length of a pretty-printed object, characters: 510 names take some 20,000. */
const MAX_OBJECT_LENGTH = 1 << 17;

/** What a producer tells, one after the other: names, or a sentence that says why there are none. */
export type SegmentNamesUpdate = ParsedNames;

/** Where a producer's names come from. */
export interface SegmentNamesSource {
  /** In words, to follow "from". */
  readonly name: string;
  /** Ends when no more can come. */
  readonly updates: AsyncIterable<SegmentNamesUpdate>;
}

/**
 * What `--names` gives: standard input, a FIFO or another pipe, line by line; or a file, anew each time that it was
 * replaced or written to with other names. A file need not be there yet.
 * @throws CommandError where no names can ever come from
 */
export function openSegmentNamesSource(path: string): SegmentNamesSource {
  if (path === "-") {
    const name = "standard input";
    return { name, updates: namesOfStream(name, Bun.stdin.stream()) };
  }
  const status = statusOf(path);
  if (status?.isDirectory()) throw unusable(path, "is a directory");
  if (status === undefined && statusOf(dirname(path)) === undefined) {
    throw unusable(path, `can not come to be, because there is no directory ${dirname(path)}`);
  }
  if (status === undefined || status.isFile()) {
    if (status !== undefined) orUnusable(path, () => accessSync(path, constants.R_OK));
    return { name: path, updates: namesOfFile(path) };
  }
  return { name: path, updates: namesOfStream(path, Bun.file(openPipe(path)).stream()) };
}

function statusOf(path: string): Stats | undefined {
  return orUnusable(path, () => statSync(path, { throwIfNoEntry: false }));
}

/** Open for writing too, which Linux allows: so it does not wait for a writer, and does not end with the first one. */
function openPipe(path: string): number {
  return orUnusable(path, () => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
}

function orUnusable<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw unusable(path, `can not be read (${codeOf(error)})`);
  }
}

function unusable(path: string, why: string): CommandError {
  return new CommandError(
    `The names file ${path} ${why}; --names takes a file with FURY's JSON of segment names, or - for standard input.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

async function* namesOfStream(
  name: string,
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<SegmentNamesUpdate> {
  /** Whether a program that prints other things on the same stream was told so already. */
  let told = false;
  yield { problem: `No names of segments have come on ${name} yet.` };
  for await (const text of joinJsonLines(readLines(stream, "cut"))) {
    const parsed = parseSegmentNames(text);
    if ("names" in parsed || !told) {
      yield "names" in parsed
        ? parsed
        : { problem: `Ignored a line on ${name}, which ${parsed.problem}: ${text.slice(0, SHOWN)}` };
    }
    told = "problem" in parsed;
  }
}

/** Non-empty lines, with the lines of a pretty-printed JSON object joined into one text. */
async function* joinJsonLines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let pending: string[] = [];
  for await (const line of lines) {
    if (line.trim() === "") continue;
    // A brace in the first column starts a new object, so the pending lines were not JSON.
    if (line.startsWith("{")) pending = [];
    if (pending.length === 0 && (isJson(line) || !OBJECT_START.test(line))) {
      yield line;
      continue;
    }
    pending.push(line);
    const text = pending.join("\n");
    // Parsed only at a line that may close the object, since a parse at each line would cost quadratic time.
    const isComplete = line.trimEnd().endsWith("}") && isJson(text);
    if (pending.length < MAX_OBJECT_LINES && text.length < MAX_OBJECT_LENGTH && !isComplete) continue;
    pending = [];
    yield text;
  }
  if (pending.length > 0) yield pending.join("\n");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function* namesOfFile(path: string): AsyncGenerator<SegmentNamesUpdate> {
  let last = "";
  for await (const _ of fileChanges([path])) {
    const seen = await look(path);
    const text = JSON.stringify(seen);
    if (text !== last) yield "names" in seen ? seen : { problem: `The names file ${path} ${seen.problem}.` };
    last = text;
  }
}

async function look(path: string): Promise<ParsedNames> {
  try {
    // Not to wait for a writer, should it have become a FIFO.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = await file.stat();
    if (size > MAX_FILE_BYTES) return { problem: "is larger than 1 MiB and is not read" };
    return newestSegmentNames((await file.readFile()).toString());
  } catch (error) {
    const code = codeOf(error);
    return { problem: code === "ENOENT" ? "is not there yet" : `can not be read (${code})` };
  }
}
