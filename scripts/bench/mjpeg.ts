import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { whyNoGStreamer } from "./gstreamer.ts";
import { figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import {
  measureGStreamer,
  measureOurServer,
  type Size,
  type StreamMeasurement,
  startProducer,
} from "./stream-measurement.ts";

const CLIENTS = [1, 16, 64, 256];
/** Every n-th frame of one client is checked for its age and for tears. */
const KEEP_EVERY = 3;
const MAX_RUNS = 3;
const MAX_SECONDS = 4;

/** Many MJPEG clients of a producer at 60 frames per second, compared with GStreamer on the same frames. */
export function benchMjpeg(size: Size): (setup: BenchSetup) => Promise<void> {
  return async ({ start, runs, seconds, report }) => {
    const what = `MJPEG ${size.join("x")}`;
    const whyNot = whyNoNumpy();
    if (whyNot) return report.row(what, `not measured: ${whyNot}`, "");
    await using program = await startProducer(size);
    const whyNoPeer = whyNoGStreamer();
    for (const clients of CLIENTS) {
      const ours: StreamMeasurement[] = [];
      const peers: StreamMeasurement[] = [];
      for (let run = 0; run < Math.min(runs, MAX_RUNS); run++) {
        const load = { clients, seconds: Math.min(seconds, MAX_SECONDS), keepEvery: KEEP_EVERY };
        ours.push(...(await measureOurServer(start, program, load)));
        if (!whyNoPeer) peers.push(...(await measureGStreamer(program, size, load)));
      }
      const add = (of: string, unit: string, value: (each: StreamMeasurement) => number, digits = 1) => {
        const theirs = whyNoPeer || figure(peers.map(value));
        report.row(
          `${what}, ${clients} client${clients > 1 ? "s" : ""}: ${of}`,
          figure(ours.map(value)),
          unit,
          digits,
          theirs,
        );
      };
      if (clients > 1) add("the client with the fewest", "frames/s", (each) => each.least / each.seconds);
      add(clients > 1 ? "the median client" : "the client", "frames/s", (each) => each.median / each.seconds);
      add("server", "% of a core", (each) => each.cpuPercent);
      add("age of a frame at the last client, median", "ms", ({ stamps }) => share(stamps.agesMs, 0.5));
      add("age of a frame at the last client, 95th percentile", "ms", ({ stamps }) =>
        share(stamps.agesMs, 0.95),
      );
      add("the program wrote", "frames/s", ({ stamps }) => stamps.writtenPerSecond);
      add("torn or out of order", "frames", (each) => each.stamps.torn + each.outOfOrder, 0);
    }
  };
}
