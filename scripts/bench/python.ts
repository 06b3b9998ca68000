import { dlopen } from "bun:ffi";
import { join, resolve } from "node:path";
import { PYTHON } from "../../test/interop/fury-peer.ts";
import { lines } from "../../test/support/lines.ts";
import { figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { openSocket } from "./viewer.ts";

const root = resolve(import.meta.dir, "../..");
/** Interval of the events, ms: a fast mouse sends one for each frame of a display of 100 Hz. */
const EVENT_INTERVAL_MS = 10;
const IMPORTS = 9;

interface Writes {
  memcpy: number;
  contiguous: number;
  flipped: number;
  rgb_of_rgba: number;
  bgr: number;
  transposed: number;
  /** Progress of a counting thread as a share of that beside a sleeping one: beside Stream.write, and beside a copy with the GIL. */
  gil: number;
  gil_held: number;
}

/** Cost of scenecast.Stream in CPython: frames, events, import. */
export async function benchPython({ runs, seconds, report }: BenchSetup): Promise<void> {
  const writes: Writes[] = [];
  for (let run = 0; run < runs; run++) writes.push(await result<Writes>(measure("write")));
  const ms = (key: keyof Writes) => figure(writes.map((each) => each[key]));
  const ratio = (key: keyof Writes) => figure(writes.map((each) => each[key] / each.memcpy));
  report.row("Stream.write, 1080p RGB, CPU time", ms("contiguous"), "ms", 2, ms("memcpy"));
  report.row("Stream.write, 1080p RGB flipped, CPU time", ms("flipped"), "ms", 2, ms("memcpy"));
  report.row("Stream.write, 1080p RGB, of a memcpy", ratio("contiguous"), "times", 2, "at most 1.1");
  report.row("Stream.write, 1080p RGB flipped, of a memcpy", ratio("flipped"), "times", 2, "at most 1.1");
  for (const [key, what] of [
    ["rgb_of_rgba", "RGB of RGBA"],
    ["bgr", "BGR"],
    ["transposed", "transposed"],
  ] as const) {
    report.row(`Stream.write, 1080p ${what}, of a memcpy`, ratio(key), "times", 2);
  }
  report.row("a counting thread beside Stream.write, of one alone", ms("gil"), "times", 2, ms("gil_held"));

  const latencies: number[][] = [];
  for (let run = 0; run < runs; run++) latencies.push(await eventLatencies(seconds));
  const latency = (part: number) => figure(latencies.map((each) => share(each, part)));
  report.row("event to callback, 60 frames/s written, median", latency(0.5), "ms", 2, "at most 2");
  report.row("event to callback, 60 frames/s written, 95th percentile", latency(0.95), "ms", 2);

  const imports: { module: number; stream: number }[] = [];
  for (let run = 0; run < IMPORTS; run++) imports.push(await result(measure("import")));
  report.row("import scenecast", figure(imports.map(({ module }) => module)), "ms", 1, "at most 15");
  report.row("scenecast.Stream, first use", figure(imports.map(({ stream }) => stream)), "ms");
}

function measure(what: string): Bun.Subprocess<"ignore", "pipe", "inherit"> {
  return Bun.spawn([PYTHON, join(import.meta.dir, "python_stream.py"), what], {
    env: {
      ...process.env,
      PYTHONPATH: join(root, "src/python"),
      SCENECAST_EXECUTABLE: join(root, "dist/scenecast"),
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
}

async function result<Result>(program: Bun.Subprocess<"ignore", "pipe", "inherit">): Promise<Result> {
  return (await new Response(program.stdout).json()) as Result;
}

async function eventLatencies(seconds: number): Promise<number[]> {
  const output = lines(measure("events").stdout);
  const next = async () => JSON.parse((await output.next()).value ?? "");
  const socket = await openSocket((await next()).url);
  const send = (event: object) => socket.send(JSON.stringify({ ...event, time_stamp: wallClockSeconds() }));
  for (let sent = 0; sent < (1000 * seconds) / EVENT_INTERVAL_MS; sent++) {
    await Bun.sleep(EVENT_INTERVAL_MS);
    send({ event_type: "pointer_move", x: sent % 1280, y: 360 });
  }
  await Bun.sleep(100);
  send({ event_type: "key_down", key: "q" });
  const all = (await next()) as number[];
  socket.close();
  return all;
}

const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const timespec = new BigInt64Array(new ArrayBuffer(16));

/** Seconds since 1970 by the clock of Python's time.time(), with a resolution of 1 µs; performance.now() drifts against it. */
function wallClockSeconds(): number {
  libc.symbols.clock_gettime(0, timespec);
  const [seconds = 0n, nanoseconds = 0n] = timespec;
  return Number(seconds) + Number(nanoseconds) / 1e9;
}
