import { guarded } from "../../native/guarded.ts";

/** Connection that delivers a viewer's events: a socket, or the data channels of a peer. */
export interface InputSource {
  /** The viewer's id. A viewer may have several connections. */
  readonly id: string;
  /** Whether a button is down. */
  readonly hasButtonDown: boolean;
  /** Releases the buttons that are down. The rest of that drag is ignored. */
  releaseButtons(): void;
}

/** Time after its last steering event for which a viewer keeps the grip, ms: a pause between two drags or turns of the wheel. */
const GRIP_MS = 1000;
/**
 * The same while a button is down, ms. Otherwise a frozen page, or a program that never sends a release, would lock out all other
 * viewers.
 */
const DRAG_TIMEOUT_MS = 10_000;

/**
 * The grip on the camera: the viewer that steers holds it until shortly after its last steering event, so that two viewers do not
 * fight over the camera. Times are those of `performance.now()`.
 */
export class Grip {
  readonly #onChange: () => void;
  #source: InputSource | null = null;
  #lastEventAt = 0;
  /** Ends the grip. It is not renewed by each event, but checks the time of the newest one when it fires. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reported: string | null = null;
  /** Number of times that a viewer has taken the grip. */
  number = 0;

  /** @param onChange called when the viewer that holds the grip has changed */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Id of the viewer that holds it; null: the next one that steers takes it. */
  holder(now = performance.now()): string | null {
    return this.#source !== null && this.#remainingMs(this.#source, now) > 0 ? this.#source.id : null;
  }

  /** The connection that is dragging, also after its time is up; null if none is. */
  get dragSource(): InputSource | null {
    return this.#source?.hasButtonDown === true ? this.#source : null;
  }

  /** Whether this connection was the last one to take it. */
  isTakenBy(source: InputSource): boolean {
    return this.#source === source;
  }

  /** Records a steering event of the viewer, which takes or keeps the grip, or any event of its drag. */
  take(source: InputSource, now: number): void {
    if (this.holder(now) !== source.id) this.number++;
    // A viewer's drag on its other connection goes on.
    if (this.dragSource?.id !== source.id) this.#source = source;
    this.#lastEventAt = now;
    this.#timer ??= setTimeout(() => this.#onTimeout(), GRIP_MS).unref();
    this.#report(now);
  }

  /** Frees the grip at once if this connection holds it, because it is closed. */
  release(source: InputSource): void {
    if (this.#source !== source) return;
    this.close();
    this.#report(0);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source = null;
  }

  #remainingMs(source: InputSource, now: number): number {
    return this.#lastEventAt + (source.hasButtonDown ? DRAG_TIMEOUT_MS : GRIP_MS) - now;
  }

  #onTimeout(): void {
    const now = performance.now();
    const remainingMs = this.#source === null ? 0 : this.#remainingMs(this.#source, now);
    // A drag has more time left than it has after its release.
    const delayMs = Math.min(remainingMs, GRIP_MS);
    this.#timer = delayMs > 0 ? setTimeout(() => this.#onTimeout(), delayMs).unref() : undefined;
    this.#report(now);
  }

  #report(now: number): void {
    const holder = this.holder(now);
    if (holder === this.#reported) return;
    this.#reported = holder;
    report(this.#onChange);
  }
}

const report = guarded("The viewers could not be notified of who steers", (onChange: () => void) =>
  onChange(),
);
