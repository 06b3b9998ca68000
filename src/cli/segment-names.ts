import { accessSync, constants, openSync, type Stats, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { MAX_BUFFERS } from "../memory/layout.generated.ts";
import { CommandError, codeOf } from "./errors.ts";
import { fileChanges } from "./file-changes.ts";
import { readLines } from "./lines.ts";

const NAMES_RULE = `must be a list of 1 to ${MAX_BUFFERS} names`;

const segmentName = z.string("must be a name").min(1, "must be a name");
/** Python prints null for a missing queue. */
const optionalName = segmentName.nullish().transform((name) => name ?? undefined);

/** Longest path of a Unix socket, bytes: `sun_path` of unix(7) has 108, and ends with a zero byte. */
const MAX_PATH_BYTES = 107;
const PATH_RULE = `must be an absolute path of at most ${MAX_PATH_BYTES} bytes`;
const controlPath = z
  .string(PATH_RULE)
  .refine((path) => path.startsWith("/") && Buffer.byteLength(path) <= MAX_PATH_BYTES, PATH_RULE)
  .nullish()
  .transform((path) => path ?? undefined)
  .optional();

/** Names of the shared-memory segments of a producer, by FURY's JSON keys. */
export const segmentNamesSchema = z.object({
  image_buffer_names: z
    .array(segmentName, NAMES_RULE)
    .min(1, NAMES_RULE)
    .max(MAX_BUFFERS, `has more than ${MAX_BUFFERS} names`),
  info_buffer_name: segmentName,
  queue_buffer_name: optionalName,
  queue_head_tail_buffer_name: optionalName,
  /** Unix socket on which the producer describes its panel (producer-messages.ts). */
  control: controlPath,
});
export type SegmentNames = z.infer<typeof segmentNamesSchema>;

/** Segment names, or the reason why there are none: the predicate of a sentence about their source, such as "is not JSON". */
type ParsedNames = { names: SegmentNames } | { problem: string };

/** Parses FURY's JSON of segment names. */
function parseSegmentNames(text: string): ParsedNames {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "is not JSON" };
  }
  const { data, error } = segmentNamesSchema.safeParse(json);
  if (data !== undefined) return { names: data };
  const [issue] = error.issues;
  const [key] = issue?.path ?? [];
  return {
    problem:
      key === undefined
        ? "is not a JSON object"
        : `has no valid segment names: its ${String(key)} ${issue?.message}`,
  };
}

/** Parses the newest names in a text: one JSON object over any number of lines, or one per line among other lines. */
function newestSegmentNames(text: string): ParsedNames {
  const whole = parseSegmentNames(text);
  if ("names" in whole) return whole;
  // Skips the other lines of a long log without parsing them.
  const lines = text.split("\n").filter((line) => line.includes("info_buffer_name"));
  for (const line of lines.toReversed()) {
    const parsed = parseSegmentNames(line);
    if ("names" in parsed) return parsed;
  }
  return text.trim() === "" ? { problem: "is empty" } : whole;
}

/** Maximum size of a names file, bytes. Names take about 200; the file may also contain the log of the program. */
const MAX_FILE_BYTES = 1 << 20;

/** Maximum length of the quotation of an ignored line, characters. */
const MAX_QUOTED_LENGTH = 80;

/** First line of a JSON object that spans several lines: a brace, or a brace and a key. The repr of a Python dict has single quotes. */
const OBJECT_START = /^\s*\{\s*(?:"|$)/;

/** Maximum number of lines of a pretty-printed object: one per name, and 50 for keys and for additional entries. */
const MAX_OBJECT_LINES = MAX_BUFFERS + 50;

/** Maximum length of a pretty-printed object, characters: 510 names take some 20,000. */
const MAX_OBJECT_LENGTH = 1 << 17;

/** Source of the segment names of a producer. */
export interface SegmentNamesSource {
  /** For messages: "standard input" or the path. */
  readonly name: string;
  /** Ends when no further names can arrive. */
  readonly updates: AsyncIterable<ParsedNames>;
}

/**
 * Opens the source that `--names` gives: standard input (`-`), a FIFO or another pipe, read line by line; or a file, read again after each
 * change. The file need not exist yet.
 * @throws CommandError if no names can ever be read from it
 */
export function openSegmentNamesSource(path: string): SegmentNamesSource {
  if (path === "-") {
    const name = "standard input";
    return { name, updates: namesOfStream(name, Bun.stdin.stream()) };
  }
  const status = statusOf(path);
  if (status?.isDirectory()) throw namesFileError(path, "is a directory");
  if (status === undefined && statusOf(dirname(path)) === undefined) {
    throw namesFileError(path, `cannot be created, because there is no directory ${dirname(path)}`);
  }
  if (status === undefined || status.isFile()) {
    if (status !== undefined) withNamesFileError(path, () => accessSync(path, constants.R_OK));
    return { name: path, updates: namesOfFile(path) };
  }
  // Opened for reading and writing, which Linux allows: a pipe then neither waits for a writer nor ends with the first one.
  const pipe = withNamesFileError(path, () => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
  return { name: path, updates: namesOfStream(path, Bun.file(pipe).stream()) };
}

function statusOf(path: string): Stats | undefined {
  return withNamesFileError(path, () => statSync(path, { throwIfNoEntry: false }));
}

function withNamesFileError<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw namesFileError(path, `cannot be read (${codeOf(error)})`);
  }
}

function namesFileError(path: string, reason: string): CommandError {
  return new CommandError(
    `The names file ${path} ${reason}; --names needs a file with the segment names as JSON, or - for standard input.`,
  );
}

async function* namesOfStream(name: string, stream: ReadableStream<Uint8Array>): AsyncGenerator<ParsedNames> {
  /** Whether an ignored line was reported since the last names: a program may print its log on the same stream. */
  let hasReported = false;
  yield { problem: `No segment names were received from ${name} yet.` };
  for await (const text of joinJsonLines(readLines(stream, "truncate"))) {
    const parsed = parseSegmentNames(text);
    if ("names" in parsed || !hasReported) {
      yield "names" in parsed
        ? parsed
        : {
            problem: `Ignored a line from ${name}, which ${parsed.problem}: ${text.slice(0, MAX_QUOTED_LENGTH)}`,
          };
    }
    hasReported = "problem" in parsed;
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

async function* namesOfFile(path: string): AsyncGenerator<ParsedNames> {
  let last = "";
  for await (const _ of fileChanges([path])) {
    const parsed = await readNamesFile(path);
    const text = JSON.stringify(parsed);
    if (text !== last)
      yield "names" in parsed ? parsed : { problem: `The names file ${path} ${parsed.problem}.` };
    last = text;
  }
}

async function readNamesFile(path: string): Promise<ParsedNames> {
  try {
    // O_NONBLOCK: if the path is a FIFO by now, opening it would otherwise block until there is a writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = await file.stat();
    if (size > MAX_FILE_BYTES) return { problem: "is larger than 1 MiB and is not read" };
    return newestSegmentNames((await file.readFile()).toString());
  } catch (error) {
    const code = codeOf(error);
    return { problem: code === "ENOENT" ? "does not exist yet" : `cannot be read (${code})` };
  }
}
