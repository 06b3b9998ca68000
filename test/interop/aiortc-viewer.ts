import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/aiortc_viewer.py", import.meta.url));
const TIMEOUT_MS = 30_000;

/** Components from 0 to 255. */
export type Color = [red: number, green: number, blue: number];

/** The time stamp that a producer has drawn into a frame. */
interface FrameStamp {
  /** µs since 1970, modulo 2^40. */
  us: number;
  sequence: number;
  /** Time from the stamp to the decoded frame, ms. */
  ageMs: number;
  /** False if the strip at the left belongs to another frame, or to two: the frame is torn. */
  whole: boolean;
}

export interface ViewerFrame {
  event: "frame";
  /** When it was decoded, ms since 1970. */
  at: number;
  /** Number of the frame, from 1. */
  frame: number;
  width: number;
  height: number;
  /** RTP time stamp in 1/90,000 s, from 0. */
  pts: number;
  keyframe: boolean;
  /** Size of the encoded frame. */
  bytes: number;
  /** Mean colors of the quarters: upper left, upper right, lower left, lower right. */
  colors: [Color, Color, Color, Color];
  /** Null if the frame has none. */
  stamp: FrameStamp | null;
}

interface ViewerAnswer {
  event: "answered";
  at: number;
  status: number;
  /** The Location header of WHEP. */
  location: string | null;
  contentType: string;
  sdp: string;
}

/** Events that the viewer reports, in the order of its life cycle. */
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

/** Parameters of aiortc's createDataChannel. */
interface ViewerChannel {
  label: string;
  ordered?: boolean;
  maxRetransmits?: number;
}

/** See programs/aiortc_viewer.py. */
export interface AiortcViewerOptions {
  /** Path to which it sends the offer. Default "offer". */
  via?: "offer" | "whep";
  /** Data channels to create; the server's are accepted anyway. Default none. */
  channels?: readonly ViewerChannel[];
  /** Headers of its HTTP requests. */
  headers?: Record<string, string>;
  /** Whether a frame is decoded at its own last packet, and not at the first packet of the next one, as in aiortc. Default false. */
  complete_at_marker?: boolean;
}

/** The reason why aiortc cannot run on this machine; empty if it can. */
export function missingAiortc(): string {
  return existsSync(PYTHON) && existsSync("/usr/lib/python3/dist-packages/aiortc")
    ? ""
    : "python3-aiortc is not installed";
}

/** An independent WebRTC viewer: aiortc in CPython. */
export class AiortcViewer implements AsyncDisposable {
  /** All reported events. */
  readonly events: ViewerEvent[] = [];
  readonly frames: ViewerFrame[] = [];
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #listeners = new Set<() => void>();
  readonly #done: Promise<void>;
  #hasEnded = false;

  /** Starts the viewer; `url`: the server's page. */
  constructor(url: string, options: AiortcViewerOptions = {}) {
    this.#child = Bun.spawn([PYTHON, PROGRAM, JSON.stringify({ url, ...options })], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#done = this.#listen();
  }

  /**
   * Starts a viewer and waits for its connection.
   * @throws Error with the server's message if the offer is refused
   */
  static async connect(url: string, options: AiortcViewerOptions = {}): Promise<AiortcViewer> {
    const viewer = new AiortcViewer(url, options);
    try {
      await viewer.next("connection", ({ state }) => state === "connected");
      return viewer;
    } catch (error) {
      await viewer[Symbol.asyncDispose]();
      const refused = viewer.events.find((each) => each.event === "refused");
      throw refused === undefined
        ? error
        : new Error(`The offer was refused: ${refused.status} ${refused.body}`);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The first matching event, past or future. @throws Error after 30 s, or if the viewer ends */
  async next<Name extends ViewerEvent["event"]>(
    name: Name,
    accept: (event: EventOf<Name>) => boolean = () => true,
  ): Promise<EventOf<Name>> {
    const hasName = (event: ViewerEvent): event is EventOf<Name> => event.event === name;
    const deadline = Date.now() + TIMEOUT_MS;
    for (let checked = 0; ; ) {
      for (; checked < this.events.length; checked++) {
        const event = this.events[checked];
        if (event !== undefined && hasName(event) && accept(event)) return event;
      }
      if (this.#hasEnded) throw new Error(`The viewer ended without the event: ${name}. ${this.#summary}`);
      if (!(await this.#waitForEvent(deadline - Date.now())))
        throw new Error(`There was no event within 30 s: ${name}. ${this.#summary}`);
    }
  }

  /** The next matching frame from now on. */
  nextFrame(accept: (frame: ViewerFrame) => boolean = () => true): Promise<ViewerFrame> {
    const seen = this.frames.length;
    return this.next("frame", (frame) => frame.frame > seen && accept(frame));
  }

  /** Longest time between two frames, ms, among those decoded between two times (ms since 1970). */
  longestGapMs(from = 0, to = Number.POSITIVE_INFINITY): number {
    const times = this.frames.map(({ at }) => at).filter((at) => at >= from && at <= to);
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }

  send(channel: string, data: string): void {
    this.#child.stdin.write(`${JSON.stringify({ do: "send", channel, data })}\n`);
    this.#child.stdin.flush();
  }

  /** Suspends the process, so that it neither receives nor answers. */
  suspend(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Closes the connection, as a closed page does, and waits for the end of the process. */
  async stop(): Promise<void> {
    this.resume();
    this.#child.kill("SIGTERM");
    await this.#done;
  }

  /** Kills the process, so that the connection is not closed. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(): Promise<void> {
    for await (const line of lines(this.#child.stdout)) {
      const event = JSON.parse(line) as ViewerEvent;
      this.events.push(event);
      if (event.event === "frame") this.frames.push(event);
      for (const listener of this.#listeners) listener();
    }
    await this.#child.exited;
    this.#hasEnded = true;
    for (const listener of this.#listeners) listener();
  }

  /** Waits for the next event or the end of the viewer; false after a timeout. */
  #waitForEvent(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isEvent: boolean) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(isEvent);
      };
      const listener = () => settle(true);
      const timer = setTimeout(() => settle(false), Math.max(0, ms));
      this.#listeners.add(listener);
    });
  }

  get #summary(): string {
    return `It reported ${this.events.length} events, the last ones: ${JSON.stringify(this.events.slice(-3))}`;
  }
}
