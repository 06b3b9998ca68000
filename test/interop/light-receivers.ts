import { fileURLToPath } from "node:url";
import { PYTHON, readLines } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/light_receivers.py", import.meta.url));

/** What one viewer got since the last report. */
export interface LightReport {
  /** Whole, and decodable from what came before. */
  frames: number;
  fps: number;
  /** Of SRTP, retransmissions too. */
  bytes: number;
  /** Packets that never came. */
  lost: number;
  /** Messages that asked for packets again. */
  nacks: number;
  retransmitted: number;
  /** From one such frame to the next, or to the report. */
  longestGapMs: number;
  /** Whether transport-wide feedback was negotiated. */
  transportWide: boolean;
}

type LightEvent =
  | { event: "connected" | "keyframe"; viewer: number; ms: number }
  | { event: "report"; seconds: number; viewers: LightReport[] };

/** Many WebRTC viewers in one process that do not decode: see programs/light_receivers.py. */
export class LightReceivers implements AsyncDisposable {
  /** From a viewer's offer to its last packet of the first keyframe, ms, in the order in which they came. */
  readonly joinMs: number[] = [];
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  private constructor(url: string, viewers: number, via: "offer" | "whep") {
    this.#child = Bun.spawn([PYTHON, PROGRAM, JSON.stringify({ url, viewers, via })], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = readLines(this.#child.stdout);
  }

  /** Starts them all at once, and waits until each has its first keyframe. `url`: the server's page. */
  static async join(url: string, viewers: number, via: "offer" | "whep" = "offer"): Promise<LightReceivers> {
    const receivers = new LightReceivers(url, viewers, via);
    while (receivers.joinMs.length < viewers) {
      const event = await receivers.#next();
      if (event.event === "keyframe") receivers.joinMs.push(event.ms);
    }
    await receivers.report();
    return receivers;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What each got since the last report, or since all had joined. */
  async report(): Promise<LightReport[]> {
    this.#child.stdin.write('{"do": "report"}\n');
    this.#child.stdin.flush();
    for (;;) {
      const event = await this.#next();
      if (event.event === "report") return event.viewers;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }

  async #next(): Promise<LightEvent> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("The light receivers ended; why is said above.");
    return JSON.parse(value) as LightEvent;
  }
}
