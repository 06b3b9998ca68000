import { EVENT } from "../../memory/event-row.ts";
import { guarded } from "../../native/guarded.ts";
import type { ResizeMessage } from "../../protocol/client-messages.ts";
import { Grip, type InputSource } from "./grip.ts";

interface ViewerControl {
  /** Size of its window; null before it was sent. */
  windowSize: ResizeMessage | null;
  /** Sequence number, over all viewers, of its newest steering event; 0 before the first. */
  lastSteered: number;
}

/** Delay before the default size is restored after the last viewer has left, ms: a page that reloads is back by then. */
const RESTORE_DELAY_MS = 2000;

/**
 * Arbitrates between viewers. The renderer has one pointer and one camera, so that one viewer steers at a time: the one that holds the
 * grip. It renders one view for all, in the window size of the viewer that steered last.
 */
export class Steering {
  readonly #onSize: (windowSize: ResizeMessage | null) => void;
  readonly #restoreDelayMs: number;
  readonly #sources = new Set<InputSource>();
  /** By viewer id, in order of their first window size or steering event. */
  readonly #viewers = new Map<string, ViewerControl>();
  /** Number of steering events so far. */
  #events = 0;
  readonly #grip: Grip;
  /** The window size that the view has; null if no viewer has a window. */
  size: ResizeMessage | null = null;
  #restore: ReturnType<typeof setTimeout> | undefined;

  /**
   * `onSize` is called when the view's size changes, with the size of a viewer's window, or with null for the default size;
   * `onHolder`, when another viewer holds the grip, or none.
   */
  constructor(options: {
    onSize: (windowSize: ResizeMessage | null) => void;
    onHolder: () => void;
    restoreDelayMs?: number;
  }) {
    this.#onSize = options.onSize;
    this.#grip = new Grip(options.onHolder);
    this.#restoreDelayMs = options.restoreDelayMs ?? RESTORE_DELAY_MS;
  }

  /** Id of the viewer that steers now, or did a moment ago; null if none. */
  get holder(): string | null {
    return this.#grip.holder();
  }

  /** Changes whenever a viewer begins to steer. */
  get gripNumber(): number {
    return this.#grip.number;
  }

  add(source: InputSource): void {
    this.#sources.add(source);
  }

  /** To be called when a connection has closed, after its buttons were released. */
  remove(source: InputSource): void {
    this.#sources.delete(source);
    this.#grip.release(source);
    for (const other of this.#sources) if (other.id === source.id) return;
    this.#viewers.delete(source.id);
    this.#updateSize();
  }

  /** To be called when a viewer has changed its id. */
  rename(before: string, id: string): void {
    const viewer = this.#viewers.get(before);
    if (viewer === undefined || this.#viewers.has(id)) return;
    this.#viewers.delete(before);
    this.#viewers.set(id, viewer);
  }

  /** Whether another viewer has a button down. */
  isOtherDragging(source: InputSource): boolean {
    const { dragSource } = this.#grip;
    return dragSource !== null && dragSource.id !== source.id;
  }

  /** Whether a viewer steers. @param except id of a viewer that does not count, or null */
  isSteering(except: string | null, now = performance.now()): boolean {
    const holder = this.#grip.holder(now);
    return holder !== null && holder !== except;
  }

  /**
   * Returns whether a steering event is accepted: not while another viewer holds the grip. A drag that has timed out is ended.
   * `now`: `performance.now()`.
   */
  tryTake(source: InputSource, now = performance.now()): boolean {
    if (this.isSteering(source.id, now)) return false;
    if (this.isOtherDragging(source)) this.#grip.dragSource?.releaseButtons();
    return true;
  }

  /** To be called with the id of each accepted event. `now`: `performance.now()`. */
  onEvent(source: InputSource, event: number, now = performance.now()): void {
    const steers = isSteering(event);
    const continuesDrag = this.#grip.isTakenBy(source) && (source.hasButtonDown || isRelease(event));
    if (steers || continuesDrag) this.#grip.take(source, now);
    if (!steers) return;
    this.#viewerOf(source).lastSteered = ++this.#events;
    this.#updateSize();
  }

  setWindowSize(source: InputSource, windowSize: ResizeMessage): void {
    this.#viewerOf(source).windowSize = windowSize;
    this.#updateSize();
  }

  /** Stops the timers. */
  close(): void {
    this.#grip.close();
    clearTimeout(this.#restore);
  }

  #viewerOf({ id }: InputSource): ViewerControl {
    let viewer = this.#viewers.get(id);
    if (viewer === undefined) {
      viewer = { windowSize: null, lastSteered: 0 };
      this.#viewers.set(id, viewer);
    }
    return viewer;
  }

  /** Applies the window size of the viewer that steered last, or before any has steered, of the first one. */
  #updateSize(): void {
    let active: ViewerControl | null = null;
    for (const viewer of this.#viewers.values()) {
      if (viewer.windowSize !== null && (active === null || viewer.lastSteered > active.lastSteered))
        active = viewer;
    }
    const size = active?.windowSize ?? null;
    if (size !== null) clearTimeout(this.#restore);
    if (size === this.size) return;
    this.size = size;
    if (size !== null) {
      this.#onSize(size);
      return;
    }
    const restore = guarded("The view's size could not be restored", () => this.#onSize(null));
    this.#restore = setTimeout(restore, this.#restoreDelayMs);
    this.#restore.unref();
  }
}

export function isPress(event: number): boolean {
  return event === EVENT.leftPress || event === EVENT.middlePress || event === EVENT.rightPress;
}

export function isRelease(event: number): boolean {
  return event === EVENT.leftRelease || event === EVENT.middleRelease || event === EVENT.rightRelease;
}

/** Whether the event steers: it starts a drag, or changes the view by itself. */
function isSteering(event: number): boolean {
  return isPress(event) || event === EVENT.wheel || event === EVENT.keyDown || event === EVENT.doubleClick;
}
