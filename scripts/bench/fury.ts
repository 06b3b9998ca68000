import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PYTHON } from "../../test/interop/fury-peer.ts";
import { freeTcpPort } from "../../test/support/free-ports.ts";
import { lines } from "../../test/support/lines.ts";
import { XServer } from "../../test/support/x-server.ts";
import { cpuMs, figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { Dragging, openSocket } from "./viewer.ts";

const root = resolve(import.meta.dir, "../..");

/** Variable with the folder of FURY 0.12's source, which Debian does not have. */
const SOURCE_VARIABLE = "SCENECAST_FURY_SOURCE";

const LATENCY_EVENTS = 20;
/** Time after which an event is given up, ms. */
const LATENCY_TIMEOUT_MS = 3000;

type Server = "fury" | "scenecast";

interface Measurement {
  /** Different frames at the client, 1/s. */
  frames: number;
  /** CPU time of the server, and of the program, % of a core. */
  server: number;
  program: number;
  /** CPU time of the server per different frame, ms. */
  perFrame: number;
  /** From a wheel turn to the first frame that shows it, ms. */
  latencies: number[];
}

/** FURY's tutorial of streaming with interaction, served by FURY 0.12 itself and by scenecast.fury, with an MJPEG client that drags. */
export async function benchFury({ runs, seconds, report }: BenchSetup): Promise<void> {
  const what = "FURY's tutorial, 720p, one MJPEG client";
  const source = process.env[SOURCE_VARIABLE];
  if (source === undefined || !existsSync(join(source, "fury/stream"))) {
    report.row(what, `not measured: set ${SOURCE_VARIABLE} to a folder with FURY 0.12's source`, "");
    return;
  }
  await using display = await XServer.start();
  const all: Record<Server, Measurement[]> = { fury: [], scenecast: [] };
  for (let run = 0; run < runs; run++) {
    for (const server of ["fury", "scenecast"] as const)
      all[server].push(await measure(server, source, display, seconds));
  }
  const row = (name: string, unit: string, value: (each: Measurement) => number) =>
    report.row(`${what}: ${name}`, figure(all.scenecast.map(value)), unit, 1, figure(all.fury.map(value)));
  row("different frames while dragging", "1/s", (each) => each.frames);
  row("CPU time of the server", "% of a core", (each) => each.server);
  row("CPU time of the server per different frame", "ms", (each) => each.perFrame);
  row("CPU time of the program", "% of a core", (each) => each.program);
  row("event to the frame that shows it, median", "ms", ({ latencies }) => share(latencies, 0.5));
  row("event to the frame that shows it, 95th percentile", "ms", ({ latencies }) => share(latencies, 0.95));
  row("events without a frame", `of ${LATENCY_EVENTS}`, ({ latencies }) => LATENCY_EVENTS - latencies.length);
}

async function measure(
  server: Server,
  source: string,
  display: XServer,
  seconds: number,
): Promise<Measurement> {
  const port = freeTcpPort();
  const program = Bun.spawn([PYTHON, join(import.meta.dir, "fury_program.py"), server, String(port)], {
    env: {
      ...process.env,
      DISPLAY: display.display,
      PYTHONPATH: `${source}:${join(root, "src/python")}`,
      SCENECAST_EXECUTABLE: join(root, "dist/scenecast"),
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  let serverPid = 0;
  try {
    serverPid = Number((await lines(program.stdout).next()).value);
    const url = `http://localhost:${port}/`;
    await answers(url);
    await using client = new HashingClient(url);
    await client.firstFrame;
    // The first frames are rendered while shaders are compiled.
    await Bun.sleep(1000);
    const { frames, ms, servers, programs } = await drag(url, client, seconds, serverPid, program.pid);
    const latencies = await measureLatencies(url, client);
    return {
      frames: (1000 * frames) / ms,
      server: (100 * servers) / ms,
      program: (100 * programs) / ms,
      perFrame: servers / frames,
      latencies,
    };
  } finally {
    // Not the resource tracker of Python's multiprocessing: it removes the shared memory of programs that were killed.
    const servers = serverPid > 0 ? [serverPid, ...descendants(serverPid)] : [];
    kill(program.pid);
    await program.exited;
    // Ours ends with the program, and removes its shared memory.
    for (let tries = 0; server === "scenecast" && servers.some(isAlive) && tries < 100; tries++)
      await Bun.sleep(50);
    for (const pid of servers) kill(pid);
  }
}

async function drag(url: string, client: HashingClient, seconds: number, serverPid: number, pid: number) {
  await using _ = await Dragging.start(url);
  await Bun.sleep(500);
  const cpu = () => treeMs(serverPid);
  const [before, servers, programs, startedAt] = [client.different, cpu(), cpuMs(pid), performance.now()];
  await Bun.sleep(1000 * seconds);
  return {
    frames: client.different - before,
    ms: performance.now() - startedAt,
    servers: cpu() - servers,
    programs: cpuMs(pid) - programs,
  };
}

/** Turns the wheel of a still scene, and waits for another frame each time. */
async function measureLatencies(url: string, client: HashingClient): Promise<number[]> {
  const socket = await openSocket(url);
  const latencies: number[] = [];
  for (let event = 0; event < LATENCY_EVENTS; event++) {
    await Bun.sleep(300);
    const sentAt = performance.now();
    const changed = client.nextChange();
    socket.send(JSON.stringify({ type: "weel", deltaY: event % 2 ? 100 : -100, timestampInMs: Date.now() }));
    const at = await Promise.race([changed, Bun.sleep(LATENCY_TIMEOUT_MS)]);
    if (typeof at === "number") latencies.push(at - sentAt);
  }
  socket.close();
  return latencies;
}

/** An MJPEG client that tells different frames from repeated ones. */
class HashingClient implements AsyncDisposable {
  different = 0;
  readonly firstFrame: Promise<void>;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #hash: number | bigint = 0;
  #onChange: ((at: number) => void) | undefined;

  constructor(url: string) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.firstFrame = promise;
    this.#done = this.#read(url, resolve).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) reject(error);
    });
  }

  /** Resolves with performance.now() when a frame arrives that differs from the one before. */
  nextChange(): Promise<number> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }

  async #read(url: string, first: () => void): Promise<void> {
    const response = await fetch(new URL("video/mjpeg", url), { signal: this.#abort.signal });
    if (!response.ok || !response.body) throw new Error(`video/mjpeg answered ${response.status}`);
    let rest = Buffer.alloc(0);
    for await (const chunk of response.body) {
      rest = Buffer.concat([rest, chunk]);
      // A JPEG begins with FF D8 and ends with FF D9, which occur nowhere else in it.
      for (let end = rest.indexOf("ffd9", 0, "hex"); end >= 0; end = rest.indexOf("ffd9", 0, "hex")) {
        const start = rest.indexOf("ffd8", 0, "hex");
        const hash = Bun.hash(rest.subarray(Math.max(0, start), end + 2));
        rest = rest.subarray(end + 2);
        first();
        if (hash === this.#hash) continue;
        this.#hash = hash;
        this.different++;
        this.#onChange?.(performance.now());
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }
}

/** Waits for the first frame: before it, FURY's server ends the connection. */
async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const abort = new AbortController();
    try {
      const { body } = await fetch(new URL("video/mjpeg", url), { signal: abort.signal });
      const part = await body?.getReader().read();
      if ((part?.value?.byteLength ?? 0) > 0) return;
    } catch {
      // It has no frame yet.
    } finally {
      abort.abort();
    }
    await Bun.sleep(100);
  }
  throw new Error("The server did not answer within 30 s.");
}

/** CPU time of a process and its descendants, ms. */
function treeMs(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + cpuMs(each), 0);
}

function descendants(pid: number): number[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  } catch {
    return [];
  }
  const children = text.trim().split(" ").filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
