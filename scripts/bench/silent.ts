import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { whyNoGStreamer } from "./gstreamer.ts";
import { figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import {
  measureGStreamer,
  measureOurServer,
  type StreamMeasurement,
  startProducer,
} from "./stream-measurement.ts";

const SIZE = [1280, 720] as const;
const SILENT = 50;
const MAX_RUNS = 3;
const MAX_SECONDS = 4;

interface Run {
  alone: StreamMeasurement;
  among: StreamMeasurement;
}

/** Effect of clients that request the stream and never read it: on a client that reads, and on the server's memory. */
export async function benchSilent({ start, runs, seconds, report }: BenchSetup): Promise<void> {
  const what = `MJPEG ${SIZE.join("x")}, 1 client that reads`;
  const whyNot = whyNoNumpy();
  if (whyNot) return report.row(what, `not measured: ${whyNot}`, "");
  await using program = await startProducer(SIZE);
  const whyNoPeer = whyNoGStreamer();
  const ours: Run[] = [];
  const peers: Run[] = [];
  for (let run = 0; run < Math.min(runs, MAX_RUNS); run++) {
    const alone = { clients: 1, seconds: Math.min(seconds, MAX_SECONDS), keepEvery: 2 };
    const among = { ...alone, silent: SILENT };
    ours.push(toRun(await measureOurServer(start, program, alone, among)));
    if (!whyNoPeer) peers.push(toRun(await measureGStreamer(program, SIZE, alone, among)));
  }
  const add = (of: string, unit: string, value: (run: Run) => number) =>
    report.row(`${what}${of}`, figure(ours.map(value)), unit, 1, whyNoPeer || figure(peers.map(value)));
  const rate = ({ least, seconds: counted }: StreamMeasurement) => least / counted;
  const among = ` beside ${SILENT} that do not`;
  add(" alone", "frames/s", (run) => rate(run.alone));
  add(among, "frames/s", (run) => rate(run.among));
  add(" alone: age of a frame, median", "ms", ({ alone }) => share(alone.stamps.agesMs, 0.5));
  add(`${among}: age of a frame, median`, "ms", (run) => share(run.among.stamps.agesMs, 0.5));
  add(
    `${among}: memory of the server (PSS) more than alone`,
    "MiB",
    (run) => run.among.memoryMiB - run.alone.memoryMiB,
  );
}

function toRun([alone, among]: StreamMeasurement[]): Run {
  if (!alone || !among) throw new Error("unreachable");
  return { alone, among };
}
