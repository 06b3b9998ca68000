import { EVENT } from "../../memory/event-row.ts";
import { guarded } from "../../native/guarded.ts";
import type { ResizeMessage } from "../../protocol/client-messages.ts";

/** Connection that delivers a viewer's events: a socket, or the data channels of a peer. */
export interface InputSource {
  /** The viewer's id. A viewer may have several connections. */
  readonly id: string;
  /** Whether a button is down. */
  readonly hasButtonDown: boolean;
  /** Releases the buttons that are down. The rest of that drag is ignored. */
  releaseButtons(): void;
}

interface ViewerControl {
  /** Size of its window; null before it was sent. */
  windowSize: ResizeMessage | null;
  /** Sequence number, over all viewers, of its newest steering event; 0 before the first. */
  lastSteered: number;
}

/**
 * Drag timeout, ms: after this time without an event, another viewer's press ends the drag. Otherwise a frozen page, or a program
 * that never sends a release, would lock out all other viewers.
 */
const DRAG_TIMEOUT_MS = 10_000;

/** Delay before the default size is restored after the last viewer has left, ms: a page that reloads is back by then. */
const RESTORE_DELAY_MS = 2000;

/**
 * Arbitrates between viewers. The renderer has one pointer, so a drag belongs to one viewer until its release. It renders one
 * view for all, in the window size of the viewer that steered last.
 */
export class Steering {
  readonly #onSize: (windowSize: ResizeMessage | null) => void;
  readonly #restoreDelayMs: number;
  readonly #sources = new Set<InputSource>();
  /** By viewer id, in order of their first window size or steering event. */
  readonly #viewers = new Map<string, ViewerControl>();
  /** Number of steering events so far. */
  #events = 0;
  #dragSource: InputSource | null = null;
  /** Time of the newest event of the drag, `performance.now()`. */
  #lastDragEventAt = 0;
  /** The window size that the view has; null if no viewer has a window. */
  size: ResizeMessage | null = null;
  #restore: ReturnType<typeof setTimeout> | undefined;

  /** `onSize` is called when the view's size changes, with the size of a viewer's window, or with null for the default size. */
  constructor(onSize: (windowSize: ResizeMessage | null) => void, restoreDelayMs = RESTORE_DELAY_MS) {
    this.#onSize = onSize;
    this.#restoreDelayMs = restoreDelayMs;
  }

  add(source: InputSource): void {
    this.#sources.add(source);
  }

  /** To be called when a connection has closed, after its buttons were released. */
  remove(source: InputSource): void {
    this.#sources.delete(source);
    if (this.#dragSource === source) this.#dragSource = null;
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

  isOtherDragging(source: InputSource): boolean {
    return this.isDragging(source.id);
  }

  /** Whether a viewer is dragging. @param except id of a viewer whose drag does not count, or null */
  isDragging(except: string | null): boolean {
    return this.#dragSource?.hasButtonDown === true && this.#dragSource.id !== except;
  }

  /**
   * Returns whether a press is accepted: not during another viewer's drag. A drag that has timed out is ended. `now`:
   * `performance.now()`.
   */
  tryPress(source: InputSource, now = performance.now()): boolean {
    if (!this.isOtherDragging(source)) return true;
    if (now - this.#lastDragEventAt < DRAG_TIMEOUT_MS) return false;
    this.#dragSource?.releaseButtons();
    return true;
  }

  /** To be called with the id of each accepted event. `now`: `performance.now()`. */
  onEvent(source: InputSource, event: number, now = performance.now()): void {
    if (source.hasButtonDown && (isPress(event) || this.#dragSource === source)) {
      this.#dragSource = source;
      this.#lastDragEventAt = now;
    }
    if (!isSteering(event)) return;
    this.#viewerOf(source).lastSteered = ++this.#events;
    this.#updateSize();
  }

  setWindowSize(source: InputSource, windowSize: ResizeMessage): void {
    this.#viewerOf(source).windowSize = windowSize;
    this.#updateSize();
  }

  /** Cancels the restoration of the default size. */
  close(): void {
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
