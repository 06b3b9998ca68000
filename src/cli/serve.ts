import { MAX_BUFFERS } from "../memory/layout.generated.ts";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import { startServer } from "../page-server.ts";
import { CommandError } from "./errors.ts";
import { configureLog } from "./log.ts";
import { statusOf } from "./process-tree.ts";
import { ProducerControl } from "./producer-control.ts";
import { ProducerFollower } from "./producer-follower.ts";
import {
  openSegmentNamesSource,
  type SegmentNames,
  type SegmentNamesSource,
  segmentNamesSchema,
} from "./segment-names.ts";
import {
  announce,
  logUncaughtErrors,
  type ServerCommandOptions,
  toServerOptions,
  waitForShutdownSignal,
} from "./server-command.ts";
import { endReason } from "./slurm-job.ts";

/** Maximum time that the locks of a killed launcher outlive its main thread, ms. */
const LOCK_TIMEOUT_MS = 1000;
const POLL_INTERVAL_MS = 20;

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
  const control = new ProducerControl({
    onControls: (program) => server.setPanel({ layers: [], view: [], program }),
    onValues: (values) => server.setControlValues(values),
  });
  const server = await startServer({
    ...toServerOptions(options),
    commands: control,
    msJpeg: options.msJpeg,
    providesMjpeg: options.mjpeg,
    providesWebrtc: options.webrtc,
    snapshotAlpha: true,
  });
  let reason: string | undefined;
  try {
    using follower = new ProducerFollower(server);
    if (names) follower.attach(names);
    announce(server, options);
    const end = await Promise.race([
      stopSignal,
      follower.end,
      ...(source ? [follow(source, follower, control)] : []),
    ]);
    if (end === "segments-missing") {
      throw new CommandError(`The segments named on ${source?.name} do not exist, and it has ended.`);
    }
    reason = await endReason(end);
  } finally {
    await server.stop(reason);
    // If a producer that started this server is killed, the server ends too, and only it can remove the producer's segments and socket.
    const deadline = performance.now() + (hasLauncherEnded() ? LOCK_TIMEOUT_MS : 0);
    await removeStaleSegments(deadline);
    await control.close(deadline);
  }
  // A pending read of standard input would keep the process alive.
  process.exit(0);
}

/** Forwards the names from the source to the follower. Never settles; `follower.end` does when no more frames can arrive. */
async function follow(
  source: SegmentNamesSource,
  follower: ProducerFollower,
  control: ProducerControl,
): Promise<never> {
  let hasNames = false;
  for await (const update of source.updates) {
    if ("names" in update) {
      const { control: path, ...segments } = update.names;
      follower.attachWhenReady(segments);
      control.follow(path);
    } else follower.reportWaiting(update.problem);
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

/**
 * Removes the segments of programs that were killed. If the launcher of this process was killed as well, waits for its locks until the
 * deadline (ms of `performance.now()`): the kernel signals this process when the launcher's main thread ends, and releases the locks on its segments when its last thread ends.
 */
async function removeStaleSegments(deadline: number): Promise<void> {
  while (sweepSharedMemory().length === 0 && performance.now() < deadline) await Bun.sleep(POLL_INTERVAL_MS);
}

/** Whether the launcher's main thread has ended. Until its last thread ends, the launcher is a zombie and still the parent process. */
function hasLauncherEnded(): boolean {
  const launcher = process.env.SCENECAST_LAUNCHER;
  if (launcher === undefined) return false;
  return launcher !== String(process.ppid) || (statusOf(process.ppid)?.isZombie ?? true);
}
