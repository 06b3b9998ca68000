import { fileURLToPath } from "node:url";
import { PYTHON, readLines } from "../../test/interop/fury-peer.ts";
import { LightReceivers, type LightReport } from "../../test/interop/light-receivers.ts";
import { WebRtcLink } from "../../test/support/webrtc-link.ts";
import { share } from "./measure.ts";
import { Served } from "./served.ts";

const PRODUCER = fileURLToPath(new URL("busy_producer.py", import.meta.url));
const SIZE = [1280, 720] as const;
const FPS = 30;
/** One way, ms. */
const DELAY_MS = 20;
/** What the queue before the link holds, ms of what it carries at first. */
const QUEUE_MS = 150;
/** Of 1 Mbit/s. */
const BYTES_PER_MS = 125;

/** A link: how many Mbit/s it carries, from so many seconds on. */
export interface LinkCase {
  readonly megabits: readonly { fromS: number; megabits: number }[];
  readonly loss?: number;
  readonly jitterMs?: number;
  readonly viewers?: number;
}

/** A packet that the link took. */
interface Taken {
  atMs: number;
  bytes: number;
  waitMs: number;
}

/** A link with one viewer or more behind it, and what happens on it. */
export class MeasuredLink implements AsyncDisposable {
  readonly link: WebRtcLink;
  readonly receivers: LightReceivers;
  readonly startMs: number;
  readonly taken: Taken[];

  private constructor(link: WebRtcLink, receivers: LightReceivers, startMs: number, taken: Taken[]) {
    this.link = link;
    this.receivers = receivers;
    this.startMs = startMs;
    this.taken = taken;
  }

  static async open(url: string, { megabits, loss = 0, jitterMs = 0, viewers = 1 }: LinkCase) {
    const bytesPerMs = (megabits[0]?.megabits ?? Number.NaN) * BYTES_PER_MS;
    const down = { delayMs: DELAY_MS, bytesPerMs, queueBytes: QUEUE_MS * bytesPerMs, loss, jitterMs };
    const link = new WebRtcLink(url, { up: { delayMs: DELAY_MS }, down });
    const taken: Taken[] = [];
    const startMs = performance.now();
    link.udp.onWaitDown = (waitMs, bytes) => taken.push({ atMs: performance.now() - startMs, bytes, waitMs });
    return new MeasuredLink(link, await LightReceivers.join(link.url, viewers), startMs, taken);
  }

  between(fromMs: number, toMs: number): Taken[] {
    return this.taken.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.receivers[Symbol.asyncDispose]();
    await this.link[Symbol.asyncDispose]();
  }
}

export async function startBusyProducer() {
  const child = Bun.spawn([PYTHON, PRODUCER, ...SIZE.map(String), String(FPS)], { stdout: "pipe", stderr: "inherit" });
  const first = await readLines(child.stdout).next();
  if (first.done) throw new Error("The producer ended before it had made its segments.");
  const { images, info } = JSON.parse(first.value) as { images: string[]; info: string };
  return {
    serveCommand: ["serve", "--image-buffers", images.join(","), "--info-buffer", info],
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
