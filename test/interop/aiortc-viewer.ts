import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PYTHON, readLines } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/aiortc_viewer.py", import.meta.url));
const PATIENCE_MS = 30_000;

/** Of 255. */
export type Colour = [red: number, green: number, blue: number];

/** What test/support/fury_producer.py drew into a frame. */
export interface FrameStamp {
  /** µs since 1970, modulo 2^40. */
  us: number;
  sequence: number;
  /** From the stamp to the decoded frame. */
  ageMs: number;
  /** False where the strip at the left is of another frame, or of two. */
  whole: boolean;
}

export interface ViewerFrame {
  event: "frame";
  /** When it was decoded, ms since 1970. */
  at: number;
  /** Counts from 1. */
  frame: number;
  width: number;
  height: number;
  /** RTP's, 90,000 a second, from 0. */
  pts: number;
  keyframe: boolean;
  /** Encoded. */
  bytes: number;
  /** The means of the quarters upper left, upper right, lower left, lower right. */
  colours: [Colour, Colour, Colour, Colour];
  /** Null where there is none. */
  stamp: FrameStamp | null;
}

export interface ViewerAnswer {
  event: "answered";
  at: number;
  status: number;
  /** WHEP's, as the header has it. */
  location: string | null;
  contentType: string;
  sdp: string;
}

/** What the viewer says, in the order of its life. */
export type ViewerEvent =
  | { event: "offered"; at: number }
  | { event: "refused"; at: number; status: number; body: string }
  | ViewerAnswer
  | { event: "connection"; at: number; state: "connecting" | "connected" | "failed" | "closed" }
  | { event: "open" | "closed"; at: number; channel: string }
  | { event: "message"; at: number; channel: string; data: string }
  | ViewerFrame
  | { event: "undecodable"; at: number; bytes: number; keyframe: boolean }
  | { event: "deleted"; at: number; status: number }
  | { event: "ended"; at: number };

type EventOf<Name extends ViewerEvent["event"]> = Extract<ViewerEvent, { event: Name }>;

/** As RTCDataChannelInit in Python's spelling. */
export interface ViewerChannel {
  label: string;
  ordered?: boolean;
  maxRetransmits?: number;
}

/** See programs/aiortc_viewer.py. */
export interface AiortcViewerOptions {
  /** By which address of the server it offers. Default "offer". */
  via?: "offer" | "whep";
  /** Which it makes; those of the server are taken anyway. Default none. */
  channels?: readonly ViewerChannel[];
  /** Of its HTTP requests. */
  headers?: Record<string, string>;
  /** A frame at its own last packet, not at the next frame's first as aiortc does. Default false. */
  complete_at_marker?: boolean;
}

/** Why aiortc cannot be run here; empty where it can. */
export function whyNoAiortc(): string {
  return existsSync(PYTHON) && existsSync("/usr/lib/python3/dist-packages/aiortc")
    ? ""
    : "python3-aiortc is not installed";
}

/** A WebRTC viewer that is not ours: aiortc in real CPython. */
export class AiortcViewer implements AsyncDisposable {
  /** All that it has said. */
  readonly events: ViewerEvent[] = [];
  readonly frames: ViewerFrame[] = [];
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #heard = new Set<() => void>();
  readonly #done: Promise<void>;
  #silent = false;

  /** Starts it; `url`: the server's page. What it says of its offer comes as events. */
  constructor(url: string, options: AiortcViewerOptions = {}) {
    this.#child = Bun.spawn([PYTHON, PROGRAM, JSON.stringify({ url, ...options })], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#done = this.#listen();
  }

  /**
   * Starts it and waits for its connection.
   * @throws Error with the server's words where it was refused.
   */
  static async connect(url: string, options: AiortcViewerOptions = {}): Promise<AiortcViewer> {
    const viewer = new AiortcViewer(url, options);
    try {
      await viewer.next("connection", ({ state }) => state === "connected");
      return viewer;
    } catch (error) {
      await viewer[Symbol.asyncDispose]();
      const refused = viewer.events.find((each) => each.event === "refused");
      throw refused === undefined ? error : new Error(`It was refused: ${refused.status} ${refused.body}`);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The first such event, past or to come. */
  async next<Name extends ViewerEvent["event"]>(
    name: Name,
    accept: (event: EventOf<Name>) => boolean = () => true,
  ): Promise<EventOf<Name>> {
    const isIt = (event: ViewerEvent): event is EventOf<Name> => event.event === name;
    const deadline = Date.now() + PATIENCE_MS;
    for (let looked = 0; ; ) {
      for (; looked < this.events.length; looked++) {
        const event = this.events[looked];
        if (event !== undefined && isIt(event) && accept(event)) return event;
      }
      if (this.#silent) throw new Error(`The viewer ended without the event: ${name}. ${this.#last}`);
      if (!(await this.#hear(deadline - Date.now())))
        throw new Error(`The event did not come: ${name}. ${this.#last}`);
    }
  }

  /** The next frame from now on that is so. */
  nextFrame(accept: (frame: ViewerFrame) => boolean = () => true): Promise<ViewerFrame> {
    const seen = this.frames.length;
    return this.next("frame", (frame) => frame.frame > seen && accept(frame));
  }

  /** The longest time from one frame to the next, among those that came between two times (ms since 1970). */
  longestGapMs(from = 0, to = Number.POSITIVE_INFINITY): number {
    const times = this.frames.map(({ at }) => at).filter((at) => at >= from && at <= to);
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }

  send(channel: string, data: string): void {
    this.#child.stdin.write(`${JSON.stringify({ do: "send", channel, data })}\n`);
    this.#child.stdin.flush();
  }

  /** Stops it in the middle of whatever it does: it neither reads nor answers. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it as a viewer does that closes its page, and waits until it has. */
  async stop(): Promise<void> {
    this.thaw();
    this.#child.kill("SIGTERM");
    await this.#done;
  }

  /** Ends it as a crash does: nobody is told. */
  async vanish(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(): Promise<void> {
    for await (const line of readLines(this.#child.stdout)) {
      const event = JSON.parse(line) as ViewerEvent;
      this.events.push(event);
      if (event.event === "frame") this.frames.push(event);
      for (const hear of this.#heard) hear();
    }
    await this.#child.exited;
    this.#silent = true;
    for (const hear of this.#heard) hear();
  }

  /** Waits until it says something, or ends; false where that takes too long. */
  #hear(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (heard: boolean) => {
        clearTimeout(timer);
        this.#heard.delete(hear);
        resolve(heard);
      };
      const hear = () => settle(true);
      const timer = setTimeout(() => settle(false), Math.max(0, ms));
      this.#heard.add(hear);
    });
  }

  get #last(): string {
    return `It said ${this.events.length} things, at last: ${JSON.stringify(this.events.slice(-3))}`;
  }
}
