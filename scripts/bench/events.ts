import { dlopen } from "bun:ffi";
import { join } from "node:path";
import { PYTHON } from "../../test/interop/fury-peer.ts";
import { FuryProgram } from "../../test/interop/fury-program.ts";
import { figure } from "./measure.ts";
import type { BenchSetup, Start } from "./setup.ts";
import { openSocket } from "./viewer.ts";

const POLL_MS = 3;
/** FURY's Widget has a queue of 20. */
const QUEUE = 20;
/** Duration of a run, and its minimum number of events: an event waits 0 to 3 ms for a poll. */
const SECONDS = 1.5;
const MIN_EVENTS = 500;
/** Events per second. A consumer that takes one every 3 ms takes at most 333; the server accepts at most 2,000 of a viewer. */
const RATES = { one: [100, 300], all: [100, 500, 1000, 2000] } as const;

/** Time stamp of the last event. */
const LAST = 1;

/** Latency of one run, ms, and the number of events that the consumer did not take. */
interface Run {
  median: number;
  p95: number;
  missing: number;
}

type Steer = (program: Program, perSecond: number, count: number) => Promise<void>;
type Program = Awaited<ReturnType<typeof FuryProgram.start>>;

/**
 * Latency of events from a WebSocket through the queue to a Python consumer that polls as FURY's does, compared with a Python program
 * that writes into the queue directly. The difference is the latency that scenecast adds to the wait for the poll.
 */
export async function benchEvents({ start, runs, report }: BenchSetup): Promise<void> {
  const viaServer: Steer = (program, perSecond, count) => steerServed(start, program, perSecond, count);
  for (const take of ["one", "all"] as const) {
    for (const perSecond of RATES[take]) {
      const [ours, direct]: [Run[], Run[]] = [[], []];
      for (let run = 0; run < runs; run++) {
        ours.push(await runOnce(take, perSecond, viaServer));
        direct.push(await runOnce(take, perSecond, steerDirectly));
      }
      const what = `events, ${perSecond} per second, consumer takes ${take} every ${POLL_MS} ms`;
      const added = (of: "median" | "p95") =>
        figure(ours.map((each, run) => each[of] - (direct[run]?.[of] ?? Number.NaN)));
      report.row(`${what}: latency, median`, figure(ours.map(({ median }) => median)), "ms", 2);
      report.row(`${what}: latency, 95th percentile`, figure(ours.map(({ p95 }) => p95)), "ms", 2);
      report.row(`${what}: more than with a direct writer, median`, added("median"), "ms", 2);
      report.row(`${what}: more than with a direct writer, 95th percentile`, added("p95"), "ms", 2);
      const sum = (each: Run[]) => each.reduce((total, { missing }) => total + missing, 0);
      const all = runs * eventsAt(perSecond);
      report.row(
        `${what}: lost, with scenecast and with a direct writer`,
        `${sum(ours)} and ${sum(direct)}`,
        `of ${all}`,
      );
    }
  }
}

function eventsAt(perSecond: number): number {
  return Math.max(MIN_EVENTS, Math.round(perSecond * SECONDS));
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

async function steerServed(start: Start, program: Program, perSecond: number, count: number): Promise<void> {
  await using server = await start(program.serveCommand);
  const socket = await openSocket(server.url);
  const send = (index: number, timestampInMs: number) =>
    socket.send(
      JSON.stringify({
        type: "mouseLeftClick",
        on: (index + 1) % 2,
        mouseButton: 0,
        ...{ x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs },
      }),
    );
  // The first message loads the code that parses messages.
  const ready = new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => JSON.parse(data).type === "pong" && resolve(null));
  });
  socket.send(JSON.stringify({ type: "ping", time: 0 }));
  await ready;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (; sent < due; sent++) send(sent, wallClockMs());
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // Repeated until one is accepted: the events before may have filled the queue.
  let ended = false;
  void program.report.then(() => {
    ended = true;
  });
  while (!ended) {
    if (socket.readyState !== WebSocket.OPEN) throw new Error("The server closed the WebSocket.");
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

/** ms since 1970 with a resolution of 1 µs, from the clock of Python's time.time(); performance.now() drifts against it. */
function wallClockMs(): number {
  libc.symbols.clock_gettime(0, timespec);
  const [seconds = 0n, nanoseconds = 0n] = timespec;
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}
