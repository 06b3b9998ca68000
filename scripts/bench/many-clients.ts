import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { readLines } from "../../test/interop/fury-peer.ts";
import { cpuMs, memoryMiB } from "./measure.ts";

const SOURCE = join(import.meta.dir, "many_clients.c");
const FOLDER = resolve(import.meta.dir, "../../build/bench");

/** What all clients got while they were counted. */
interface Counted {
  seconds: number;
  /** Frames of the client that got fewest, and of the median client. */
  least: number;
  median: number;
  /** Of all clients. */
  bytes: number;
  /** Frames whose number was not above that of the one before; always 0 for a server that sends no numbers. */
  outOfOrder: number;
}

/** A received frame. */
export interface KeptFrame {
  /** When its last byte was there, µs since 1970. */
  arrivedUs: number;
  jpeg: Uint8Array;
}

export interface Watched extends Counted {
  /** CPU time of the server meanwhile, % of a core. */
  cpuPercent: number;
  /** Of the server in the end, while all clients are there (PSS). */
  memoryMiB: number;
  /** Every n-th frame of the client that connected last. */
  pictures: KeptFrame[];
}

/** A process that serves on 127.0.0.1. */
export interface MeasuredServer {
  readonly pid: number;
  readonly port: number;
}

export interface ClientOptions {
  server: MeasuredServer;
  /** Clients that read. */
  clients: number;
  /** Further ones that ask for the stream and never read. */
  silent?: number;
  seconds: number;
  /** Time for which all clients are connected before frames are counted, ms. Default 700. */
  settleMs?: number;
  /** One of this number of frames of one client is kept; 0: none. */
  keepEvery: number;
}

let program: string | undefined;

function compiled(): string {
  if (program !== undefined) return program;
  mkdirSync(FOLDER, { recursive: true });
  const output = join(FOLDER, "many_clients");
  const { success, stderr } = Bun.spawnSync([
    "gcc",
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-o",
    output,
    SOURCE,
  ]);
  if (!success) throw new Error(`gcc could not build many_clients: ${stderr.toString()}`);
  program = output;
  return output;
}

/**
 * Reads an MJPEG stream with many cheap clients (many_clients.c). Counting begins `settleMs` after each has received a frame.
 */
export async function watchStream(options: ClientOptions): Promise<Watched> {
  const { server, clients, silent = 0, seconds, settleMs = 700, keepEvery } = options;
  const executable = compiled();
  const file = join(FOLDER, `kept-${process.pid}`);
  const ms = Math.round(seconds * 1000);
  const args = [server.port, "/video/mjpeg", clients, silent, settleMs, ms, keepEvery, file];
  const child = Bun.spawn([executable, ...args.map(String)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  try {
    await lines.next();
    const before = cpuMs(server.pid);
    const { value, done } = await lines.next();
    const used = cpuMs(server.pid) - before;
    const memory = memoryMiB(server.pid);
    child.stdin.end();
    if ((await child.exited) !== 0 || done) throw new Error("The clients could not read the stream.");
    const counted = JSON.parse(value) as Counted;
    const frames = readKept(await Bun.file(file).bytes());
    return { ...counted, cpuPercent: used / counted.seconds / 10, memoryMiB: memory, pictures: frames };
  } finally {
    child.kill();
    rmSync(file, { force: true });
  }
}

function readKept(bytes: Uint8Array): KeptFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: KeptFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = Number(view.getBigInt64(at + 8, true));
    frames.push({
      arrivedUs: Number(view.getBigInt64(at, true)),
      jpeg: bytes.subarray(at + 16, at + 16 + size),
    });
    at += 16 + size;
  }
  return frames;
}
