import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { FuryProgram } from "../../test/interop/fury-program.ts";
import { GStreamer } from "./gstreamer.ts";
import {
  type ClientMeasurement,
  type ClientOptions,
  type MeasuredServer,
  watchStream,
} from "./many-clients.ts";
import type { Start } from "./setup.ts";
import { readStamps, type StampReport } from "./stamp.ts";

/** px */
export type Size = readonly [width: number, height: number];

/** What clients received, and the stamps in the frames. */
export interface StreamMeasurement extends ClientMeasurement {
  stamps: StampReport;
}

type Load = Omit<ClientOptions, "server">;
type Program = Awaited<ReturnType<typeof startProducer>>;

/** A rendered scene, so that figures can be compared with earlier ones; the producer draws one of its own where it is missing. */
const IMAGE = resolve(import.meta.dir, "../../../shared/data/scene-1280x720.png");

/** Starts the numpy producer at 60 frames per second. @param more further arguments */
export function startProducer(size: Size, ...more: string[]) {
  const image = existsSync(IMAGE) ? ["--image", IMAGE] : [];
  return FuryProgram.startNumpyProducer(["--size", size.join("x"), "--poll-ms", "0", ...image, ...more]);
}

/** Serves the program's frames with scenecast to each of these groups of clients in turn. */
export async function measureOurServer(
  start: Start,
  program: Program,
  ...loads: Load[]
): Promise<StreamMeasurement[]> {
  await using server = await start(program.serveCommand);
  return await measureStreams(server, false, loads);
}

/** As {@link measureOurServer}, with GStreamer. */
export async function measureGStreamer(
  program: Program,
  size: Size,
  ...loads: Load[]
): Promise<StreamMeasurement[]> {
  await using server = await GStreamer.start(program.names, size);
  return await measureStreams(server, true, loads);
}

async function measureStreams(
  server: MeasuredServer,
  upsideDown: boolean,
  loads: Load[],
): Promise<StreamMeasurement[]> {
  const measurements: StreamMeasurement[] = [];
  for (const load of loads) {
    const watched = await watchStream({ ...load, server });
    measurements.push({ ...watched, stamps: readStamps(watched.keptFrames, upsideDown) });
  }
  return measurements;
}
