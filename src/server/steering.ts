import { EVENT } from "../memory/event-ids.ts";
import type { ResizeMessage } from "./protocol.ts";

/** What a viewer's events come by: a socket, or the data channels of a peer. */
export interface SteeringLine {
  /** The viewer's, who may have both. */
  readonly id: string;
  /** Whether a button is down. */
  readonly holds: boolean;
  /** Releases the buttons that are down; the rest of that drag is ignored. */
  letGo(): void;
}

export interface SteeringOptions {
  /** Called with the size that the picture is to have from now on; null: its own, since no viewer wants another. */
  onSize: (wish: ResizeMessage | null) => void;
  /** See RETURN_MS. */
  returnMs?: number;
}

/** What is known of one viewer. */
interface Turn {
  /** The size of its window; null before it was sent. */
  wish: ResizeMessage | null;
  /** Number of the newest event by which it steered, over all viewers; 0 before the first. */
  steered: number;
}

/**
 * A drag without an event for so long may be ended by another viewer's press, ms: a page that froze, or a program that never
 * releases, is not to keep the view for itself.
 */
const MAX_SILENCE_MS = 10_000;

/** Delay before the picture has its own size again after the last window has gone, ms: a page that is loaded again is back by then. */
const RETURN_MS = 2000;

/**
 * Which viewer steers. The renderer knows one pointer, so a drag belongs to one viewer until its release; and it has one
 * picture, whose size is that of the window of the viewer that steered last.
 */
export class Steering {
  readonly #onSize: SteeringOptions["onSize"];
  readonly #returnMs: number;
  readonly #lines = new Set<SteeringLine>();
  /** By viewer id, in the order in which their windows' sizes came. */
  readonly #turns = new Map<string, Turn>();
  #events = 0;
  #dragger: SteeringLine | null = null;
  /** Of the newest event of the drag, `performance.now()`. */
  #draggedAt = 0;
  #size: ResizeMessage | null = null;
  #return: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SteeringOptions) {
    this.#onSize = options.onSize;
    this.#returnMs = options.returnMs ?? RETURN_MS;
  }

  /** The window whose size counts; null where there is none. */
  get size(): ResizeMessage | null {
    return this.#size;
  }

  /** To be called when a line has opened. */
  joined(line: SteeringLine): void {
    this.#lines.add(line);
  }

  /** To be called when a line has closed, with no button down. */
  left(line: SteeringLine): void {
    this.#lines.delete(line);
    if (this.#dragger === line) this.#dragger = null;
    for (const other of this.#lines) if (other.id === line.id) return;
    this.#turns.delete(line.id);
    this.#choose();
  }

  /** To be called when a line has become another viewer's. */
  renamed(before: string, id: string): void {
    const turn = this.#turns.get(before);
    if (turn === undefined || this.#turns.has(id)) return;
    this.#turns.delete(before);
    this.#turns.set(id, turn);
  }

  /** Whether another viewer holds a button down. */
  anotherDrags(line: SteeringLine): boolean {
    return this.#dragger?.holds === true && this.#dragger.id !== line.id;
  }

  /** Whether a press is taken: not during another viewer's drag, unless that has been silent. `now`: `performance.now()`. */
  mayPress(line: SteeringLine, now = performance.now()): boolean {
    if (!this.anotherDrags(line)) return true;
    if (now - this.#draggedAt < MAX_SILENCE_MS) return false;
    this.#dragger?.letGo();
    return true;
  }

  /** To be called with the id of each event that was taken. `now`: `performance.now()`. */
  acted(line: SteeringLine, event: number, now = performance.now()): void {
    if (line.holds && (isPress(event) || this.#dragger === line)) {
      this.#dragger = line;
      this.#draggedAt = now;
    }
    if (!isSteering(event)) return;
    this.#turn(line).steered = ++this.#events;
    this.#choose();
  }

  /** Takes the size of a viewer's window. */
  resized(line: SteeringLine, wish: ResizeMessage): void {
    this.#turn(line).wish = wish;
    this.#choose();
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#return);
  }

  #turn({ id }: SteeringLine): Turn {
    let turn = this.#turns.get(id);
    if (turn === undefined) {
      turn = { wish: null, steered: 0 };
      this.#turns.set(id, turn);
    }
    return turn;
  }

  /** Follows the viewer that steered last; before any has, the one that came first. */
  #choose(): void {
    let best: Turn | null = null;
    for (const turn of this.#turns.values()) {
      if (turn.wish !== null && (best === null || turn.steered > best.steered)) best = turn;
    }
    const size = best?.wish ?? null;
    if (size !== null) clearTimeout(this.#return);
    if (size === this.#size) return;
    this.#size = size;
    if (size !== null) {
      this.#onSize(size);
      return;
    }
    this.#return = setTimeout(() => this.#onSize(null), this.#returnMs);
    this.#return.unref();
  }
}

export function isPress(event: number): boolean {
  return event === EVENT.leftPress || event === EVENT.middlePress || event === EVENT.rightPress;
}

export function isRelease(event: number): boolean {
  return event === EVENT.leftRelease || event === EVENT.middleRelease || event === EVENT.rightRelease;
}

/** Whether it begins or makes a change of the view by itself. */
function isSteering(event: number): boolean {
  return isPress(event) || event === EVENT.wheel || event === EVENT.keyDown || event === EVENT.doubleClick;
}
