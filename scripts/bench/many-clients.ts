import { rmSync } from "node:fs";
import { join } from "node:path";
import { lines } from "../../test/support/lines.ts";
import { BUILD_FOLDER, compile } from "./compile.ts";
import { cpuMs, memoryMiB } from "./measure.ts";

/** The frames that the clients received during the measurement. */
interface Counted {
  seconds: number;
  /** Frames of the client that received the fewest, and of the median client. */
  least: number;
  median: number;
  /** Of all clients. */
  bytes: number;
  /** Frames whose number did not increase; always 0 for a server that sends no frame numbers. */
  outOfOrder: number;
}

/** A received frame. */
export interface KeptFrame {
  /** Arrival of its last byte, µs since 1970. */
  arrivedUs: number;
  jpeg: Uint8Array;
}

export interface ClientMeasurement extends Counted {
  /** CPU time of the server during the measurement, % of a core. */
  cpuPercent: number;
  /** Memory of the server (PSS) at the end, with all clients connected. */
  memoryMiB: number;
  /** Every n-th frame of the client that connected last. */
  keptFrames: KeptFrame[];
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
  /** Further clients that request the stream and never read. */
  silent?: number;
  seconds: number;
  /** Time for which all clients are connected before frames are counted, ms. Default 700. */
  settleMs?: number;
  /** Every n-th frame of one client is kept; 0: none. */
  keepEvery: number;
}

/**
 * Reads an MJPEG stream with many cheap clients (many_clients.c). Counting begins `settleMs` after each has received a frame.
 */
export async function watchStream(options: ClientOptions): Promise<ClientMeasurement> {
  const { server, clients, silent = 0, seconds, settleMs = 700, keepEvery } = options;
  const executable = compile("many_clients.c");
  const file = join(BUILD_FOLDER, `kept-${process.pid}`);
  const ms = Math.round(seconds * 1000);
  const args = [server.port, "/video/mjpeg", clients, silent, settleMs, ms, keepEvery, file];
  const child = Bun.spawn([executable, ...args.map(String)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = lines(child.stdout);
  try {
    await output.next();
    const before = cpuMs(server.pid);
    const { value, done } = await output.next();
    const used = cpuMs(server.pid) - before;
    const memory = memoryMiB(server.pid);
    child.stdin.end();
    if ((await child.exited) !== 0 || done) throw new Error("The clients could not read the stream.");
    const counted = JSON.parse(value) as Counted;
    const keptFrames = readKept(await Bun.file(file).bytes());
    return { ...counted, cpuPercent: used / counted.seconds / 10, memoryMiB: memory, keptFrames };
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
