import { dlopen } from "bun:ffi";
import { join } from "node:path";
import { FuryProgram } from "../../test/interop/fury-program.ts";
import { figure } from "./measure.ts";
import { Served } from "./served.ts";
import type { BenchSetup } from "./setup.ts";

const PYTHON = "/usr/bin/python3";
const POLL_MS = 3;
/** FURY's Widget has a queue of 20. */
const QUEUE = 20;
/** Events of a run: for this many seconds, and at least this number, since the wait for a poll is anything from 0 to 3 ms. */
const SECONDS = 1.5;
const LEAST_EVENTS = 500;
/** Events a second. A consumer that takes one every 3 ms can take 333, one that takes all of 20 can take 6,600. */
const RATES = { one: [100, 300], all: [100, 500, 1000, 2000, 5000, 10_000] } as const;

/** The time stamp of the last event. */
const LAST = 1;

/** One run: how late events were taken, ms, and how many were not. */
interface Run {
  median: number;
  p95: number;
  missing: number;
}

type Steer = (program: Program, perSecond: number, count: number) => Promise<void>;
type Program = Awaited<ReturnType<typeof FuryProgram.start>>;

/**
 * Events through WebSocket, queue and a Python consumer that polls as FURY's does; beside it the same consumer with a
 * Python program that writes into the queue itself. The difference is what we add to the wait for the consumer's poll.
 */
export async function benchEvents({ executable, runs, report }: BenchSetup): Promise<void> {
  const served: Steer = (program, perSecond, count) => steerServed(executable, program, perSecond, count);
  for (const take of ["one", "all"] as const) {
    for (const perSecond of RATES[take]) {
      const [ours, direct]: [Run[], Run[]] = [[], []];
      for (let run = 0; run < runs; run++) {
        ours.push(await runOnce(take, perSecond, served));
        direct.push(await runOnce(take, perSecond, steerDirectly));
      }
      const what = `events, ${perSecond} a second, consumer takes ${take} every ${POLL_MS} ms`;
      const added = (of: "median" | "p95") =>
        figure(ours.map((each, run) => each[of] - (direct[run]?.[of] ?? Number.NaN)));
      report.row(`${what}: latency, median`, figure(ours.map(({ median }) => median)), "ms", 2);
      report.row(`${what}: latency, 95 of 100`, figure(ours.map(({ p95 }) => p95)), "ms", 2);
      report.row(`${what}: added to that of a direct writer, median`, added("median"), "ms", 2);
      report.row(`${what}: added to that of a direct writer, 95 of 100`, added("p95"), "ms", 2);
      const sum = (each: Run[]) => each.reduce((total, { missing }) => total + missing, 0);
      const all = runs * eventsAt(perSecond);
      report.row(
        `${what}: not taken, ours and the direct writer's`,
        `${sum(ours)} and ${sum(direct)}`,
        `of ${all}`,
      );
    }
  }
}

function eventsAt(perSecond: number): number {
  return Math.max(LEAST_EVENTS, Math.round(perSecond * SECONDS));
}

async function runOnce(take: "one" | "all", perSecond: number, steer: Steer): Promise<Run> {
  await using program = await FuryProgram.start({ take, poll_ms: POLL_MS, queue: QUEUE, until: LAST });
  const count = eventsAt(perSecond);
  await steer(program, perSecond, count);
  const { taken, received_ms } = await program.report;
  const late = taken.flatMap((row, index) => {
    const sentAt = row[6] ?? LAST;
    return sentAt === LAST ? [] : [(received_ms[index] ?? Number.NaN) - sentAt];
  });
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.floor(late.length * share)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), missing: count - late.length };
}

async function steerServed(
  executable: string,
  program: Program,
  perSecond: number,
  count: number,
): Promise<void> {
  await using server = await Served.start(executable, program.serveCommand);
  const address = new URL("ws", server.url);
  address.protocol = "ws:";
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const send = (index: number, timestampInMs: number) =>
    socket.send(
      JSON.stringify({
        type: "mouseLeftClick",
        on: (index + 1) % 2,
        mouseButton: 0,
        ...{ x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs },
      }),
    );
  // The first message loads what reads messages.
  const ready = new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => JSON.parse(data).type === "pong" && resolve(null));
  });
  socket.send(JSON.stringify({ type: "ping", time: 0 }));
  await ready;
  const start = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; sent < due; sent++) send(sent, wallClockMs());
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // Until one finds a place: the events before it may have filled all that waits.
  let ended = false;
  void program.report.then(() => {
    ended = true;
  });
  while (!ended) {
    send(1, LAST);
    await Bun.sleep(50);
  }
  socket.close();
}

async function steerDirectly(program: Program, perSecond: number, count: number): Promise<void> {
  const { queue_buffer_name, queue_head_tail_buffer_name } = program.names;
  const writer = Bun.spawn(
    [
      PYTHON,
      join(import.meta.dir, "direct_writer.py"),
      queue_buffer_name,
      queue_head_tail_buffer_name,
      String(perSecond),
      String(count),
    ],
    { stdout: "ignore", stderr: "inherit" },
  );
  await writer.exited;
}

const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const timespec = new BigInt64Array(new ArrayBuffer(16));

/** ms since 1970 to the microsecond, by the clock that Python's time.time() reads. performance.now() drifts against it. */
function wallClockMs(): number {
  libc.symbols.clock_gettime(0, timespec);
  const [seconds = 0n, nanoseconds = 0n] = timespec;
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}
