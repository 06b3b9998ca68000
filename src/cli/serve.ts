import { MAX_BUFFERS } from "../memory/layout.generated.ts";
import { startServer } from "../page-server.ts";
import { announce } from "./announce.ts";
import { CommandError } from "./errors.ts";
import { configureLog } from "./log.ts";
import { openSegmentNamesSource, type SegmentNamesSource } from "./names-source.ts";
import { ProducerFollower } from "./producer-follower.ts";
import { type SegmentNames, segmentNamesSchema } from "./segment-names.ts";
import { type ServerCommandOptions, toServerOptions } from "./server-options.ts";
import { waitForShutdownSignal } from "./shutdown-signal.ts";
import { removeStaleSegments } from "./stale-segments.ts";
import { logUncaughtErrors } from "./uncaught-errors.ts";

export interface ServeCommandOptions extends ServerCommandOptions {
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
 * `scenecast serve`: serves the frames that another process writes into shared-memory segments, until a shutdown signal, or until
 * the producer that started this process ends. With `--names` either process may be started first, and the producer may be restarted.
 */
export async function serve(options: ServeCommandOptions): Promise<void> {
  const stopSignal = waitForShutdownSignal();
  configureLog(options.logLevel);
  logUncaughtErrors();
  const names = namesFromOptions(options);
  const source = options.names === undefined ? undefined : openSegmentNamesSource(options.names);
  const server = await startServer({
    ...toServerOptions(options),
    title: "scenecast",
    msJpeg: options.msJpeg,
    providesMjpeg: options.mjpeg,
    providesWebrtc: options.webrtc,
  });
  try {
    using follower = new ProducerFollower(server);
    if (names) follower.attach(names);
    announce(server, options);
    const end = await Promise.race([stopSignal, follower.end, ...(source ? [follow(source, follower)] : [])]);
    if (end === "segments-missing") {
      throw new CommandError(`The segments named on ${source?.name} do not exist, and it has ended.`);
    }
  } finally {
    await server.stop();
    // If a producer that started this server is killed, the server ends too, and only it can remove the producer's segments.
    await removeStaleSegments();
  }
  // A pending read of standard input would keep the process alive.
  process.exit(0);
}

/** Forwards the names from the source to the follower. Never settles; `follower.end` does when no more frames can arrive. */
async function follow(source: SegmentNamesSource, follower: ProducerFollower): Promise<never> {
  let hasNames = false;
  for await (const update of source.updates) {
    if ("names" in update) follower.attachWhenReady(update.names);
    else follower.reportWaiting(update.problem);
    hasNames ||= "names" in update;
  }
  if (!hasNames)
    throw new CommandError(`No segment names were received from ${source.name}, and it has ended.`);
  follower.onSourceEnd();
  return new Promise<never>(() => {});
}

function namesFromOptions(options: ServeCommandOptions): SegmentNames | undefined {
  const { imageBuffers, infoBuffer, queueBuffer, queueHeadTail } = options;
  if (options.names !== undefined) {
    if (imageBuffers ?? infoBuffer ?? queueBuffer ?? queueHeadTail) {
      throw new CommandError("Give the segment names either by --names or by one option each, not both.", 2);
    }
    return undefined;
  }
  if (!imageBuffers || !infoBuffer) {
    throw new CommandError(
      "serve requires segment names: --image-buffers A,B --info-buffer C (and --queue-buffer D --queue-head-tail E for input), or --names FILE.",
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
      `--image-buffers requires 1 to ${MAX_BUFFERS} names, separated by commas: psm_1a2b,psm_3c4d.`,
      2,
    );
  }
  return parsed.data;
}
