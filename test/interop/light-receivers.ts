import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/light_receivers.py", import.meta.url));

/** Statistics of one viewer since its last report. */
export interface LightReport {
  /** Complete frames that are decodable from those before. */
  frames: number;
  fps: number;
  /** SRTP bytes, with retransmissions. */
  bytes: number;
  /** Packets that were not received. */
  lost: number;
  /** NACKs sent. */
  nacks: number;
  retransmitted: number;
  /** Longest time between two such frames, or from the last one to the report. */
  longestGapMs: number;
  /** Whether TWCC was negotiated. */
  hasTwcc: boolean;
}

type LightEvent =
  | { event: "connected" | "keyframe"; viewer: number; ms: number }
  | { event: "report"; seconds: number; viewers: LightReport[] };

/** Many WebRTC viewers in one process, which do not decode: see programs/light_receivers.py. */
export class LightReceivers implements AsyncDisposable {
  /** Times from the offers to the last packets of the first keyframes, ms, in ascending order. */
  readonly joinMs: number[] = [];
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  private constructor(url: string, viewers: number, via: "offer" | "whep") {
    this.#child = Bun.spawn([PYTHON, PROGRAM, JSON.stringify({ url, viewers, via })], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = lines(this.#child.stdout);
  }

  /** Starts all viewers concurrently, and waits for the first keyframe of each. `url`: the server's page. */
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

  /** Statistics of each viewer since the last report, or since all have joined. */
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
    if (done) throw new Error("The light receivers ended; their output is above.");
    return JSON.parse(value) as LightEvent;
  }
}
