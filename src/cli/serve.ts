import { MAX_BUFFERS } from "../memory/info-layout.ts";
import { startServer } from "../page-server.ts";
import { announce, waitForShutdownSignal } from "./announce.ts";
import { CommandError } from "./errors.ts";
import { configureLog } from "./log.ts";
import { openSegmentNamesSource, type SegmentNamesSource } from "./names-source.ts";
import { type ServeOptions, serverOptions } from "./options.ts";
import { ProducerFollower } from "./producer-follower.ts";
import { type SegmentNames, segmentNamesSchema } from "./segment-names.ts";
import { removeStaleSegments } from "./stale-segments.ts";
import { logUncaughtErrors } from "./uncaught-errors.ts";

export interface ServeCommandOptions extends ServeOptions {
  imageBuffers?: string;
  infoBuffer?: string;
  queueBuffer?: string;
  queueHeadTail?: string;
  names?: string;
  msJpeg: number;
  mjpeg: boolean;
  webrtc: boolean;
}

/**
 * `scenecast serve`: serves the frames that another process writes into FURY's shared-memory segments, until asked to
 * stop, or until the producer that started this process has ended. With `--names` either of the two may be started first, and the other
 * process may be restarted.
 */
export async function serve(options: ServeCommandOptions): Promise<void> {
  const asked = waitForShutdownSignal();
  configureLog(options.logLevel);
  logUncaughtErrors();
  const named = namesFromOptions(options);
  const source = options.names === undefined ? undefined : openSegmentNamesSource(options.names);
  const server = await startServer({
    ...serverOptions(options),
    title: "scenecast",
    msJpeg: options.msJpeg,
    providesMjpeg: options.mjpeg,
    providesWebrtc: options.webrtc,
  });
  try {
    using follower = new ProducerFollower(server);
    if (named) follower.attach(named);
    announce(server, options);
    const end = await Promise.race([asked, follower.end, ...(source ? [follow(source, follower)] : [])]);
    if (end === "segments-missing") {
      throw new CommandError(`The segments named on ${source?.name} do not exist, and it has ended.`);
    }
  } finally {
    await server.stop();
    // A producer that was killed takes the server along that it had started, and cannot do this itself.
    await removeStaleSegments();
  }
  // A read of standard input that still waits would keep the process alive.
  process.exit(0);
}

/** Forwards the names from the source to the follower. Never settles; `follower.end` does when no more frames can arrive. */
async function follow(source: SegmentNamesSource, follower: ProducerFollower): Promise<never> {
  let named = false;
  for await (const news of source.updates) {
    if ("names" in news) follower.take(news.names);
    else follower.waitFor(news.problem);
    named ||= "names" in news;
  }
  if (!named) throw new CommandError(`No names of segments came from ${source.name}, and it has ended.`);
  follower.onSourceEnd();
  return new Promise<never>(() => {});
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
      `--image-buffers takes 1 to ${MAX_BUFFERS} names, separated by commas: psm_1a2b,psm_3c4d.`,
      2,
    );
  }
  return parsed.data;
}
