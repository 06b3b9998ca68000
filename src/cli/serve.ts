import { openSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { startServer } from "../server/server.ts";
import { announce, untilAskedToStop } from "./announce.ts";
import { CommandError } from "./errors.ts";
import { readLines } from "./lines.ts";
import { configureLog } from "./log.ts";
import type { ServeOptions } from "./options.ts";
import { type SegmentNames, segmentNamesSchema } from "./renderer-protocol.ts";

const log = getLogger(["scenecast", "serve"]);

export interface ServeCommandOptions extends ServeOptions {
  imageBuffers?: string;
  infoBuffer?: string;
  queueBuffer?: string;
  queueHeadTail?: string;
  names?: string;
}

/** `scenecast serve`: serves the frames that another process writes into FURY's shared-memory segments, until asked to stop. */
export async function serve(options: ServeCommandOptions): Promise<void> {
  const asked = untilAskedToStop();
  configureLog(options.logLevel);
  const named = namesFromOptions(options);
  const source = options.names === undefined ? undefined : namesStream(options.names);
  const server = await startServer({
    host: options.host,
    port: options.port,
    title: "scenecast",
    ...(options.token && { token: options.token }),
    ...(options.allowOrigin && { allowOrigins: options.allowOrigin }),
  });
  try {
    if (named) server.attach(named);
    announce(server, options);
    const following = source && follow(source, (names) => server.attach(names));
    await Promise.race([asked, ...(following ? [following] : [])]);
  } finally {
    await server.stop();
  }
  // A read of standard input that still waits would keep the process alive.
  process.exit(0);
}

function namesFromOptions(options: ServeCommandOptions): SegmentNames | undefined {
  const { imageBuffers, infoBuffer, queueBuffer, queueHeadTail } = options;
  if (options.names !== undefined) {
    if (imageBuffers ?? infoBuffer ?? queueBuffer ?? queueHeadTail) {
      throw new CommandError("Give the segment names either by --names or one by one, not both.", 2);
    }
    return undefined;
  }
  if (!imageBuffers || !infoBuffer) {
    throw new CommandError(
      "serve needs to know the segments: --image-buffers A,B --info-buffer C (and --queue-buffer D --queue-head-tail E for input), or --names FILE.",
      2,
    );
  }
  if (Boolean(queueBuffer) !== Boolean(queueHeadTail)) {
    throw new CommandError("--queue-buffer and --queue-head-tail belong together: give both or neither.", 2);
  }
  const parsed = segmentNamesSchema.safeParse({
    image_buffer_names: imageBuffers.split(",").map((name) => name.trim()),
    info_buffer_name: infoBuffer,
    ...(queueBuffer && { queue_buffer_name: queueBuffer }),
    ...(queueHeadTail && { queue_head_tail_buffer_name: queueHeadTail }),
  });
  if (!parsed.success) {
    throw new CommandError(
      "--image-buffers takes one to eight names, separated by commas: psm_1a2b,psm_3c4d.",
      2,
    );
  }
  return parsed.data;
}

function namesStream(path: string): ReadableStream<Uint8Array> {
  if (path === "-") return Bun.stdin.stream();
  try {
    return Bun.file(openSync(path, "r")).stream();
  } catch {
    throw new CommandError(
      `The names file ${path} can not be read; --names takes a file with one JSON object, or -.`,
    );
  }
}

/** Attaches to each new line of names. Settles never: a producer that ended its output may still write frames. */
async function follow(
  stream: ReadableStream<Uint8Array>,
  attach: (names: SegmentNames) => void,
): Promise<never> {
  for await (const line of readLines(stream)) {
    if (line.trim() === "") continue;
    const names = parseNames(line);
    if (!names) {
      log.warning`Ignored a line on --names that is not FURY's JSON of segment names: ${line.slice(0, 120)}`;
      continue;
    }
    try {
      attach(names);
    } catch (error) {
      log.warning`${error instanceof Error ? error.message : error}`;
    }
  }
  return new Promise<never>(() => {});
}

function parseNames(line: string): SegmentNames | undefined {
  try {
    return segmentNamesSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
