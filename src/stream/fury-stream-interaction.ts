import { getLogger } from "@logtape/logtape";
import { EVENT } from "../memory/event-ids.ts";
import { decodeEvent, type EventRow, type SceneEvent } from "../memory/event-row.ts";
import type { Closable, GenericImageBufferManager } from "../memory/generic-image-buffer-manager.ts";
import { SharedMemCircularQueue } from "../memory/shared-mem-circular-queue.ts";
import { SharedMemoryError } from "../native/errors.ts";
import { MAX_SIZE, type ShowManager } from "../scene/show-manager.ts";
import { boundedSize } from "./bounded-size.ts";

const log = getLogger(["scenecast", "stream"]);

/** What is needed of a ShowManager to steer it. */
export type SteeredShow = Pick<ShowManager, "style" | "size" | "resize" | "render">;

export interface FuryStreamInteractionOptions {
  /** How many events the queue holds. Default 50. */
  maxQueueSize?: number;
  /**
   * The buffers of the show's stream client. A server of ours wakes the interaction through them, and learns that it
   * takes keys and changes of size. Without them the queue is polled, and only FURY's eight events come.
   */
  imageBufferManager?: GenericImageBufferManager;
  /** Called after events were applied that change the picture. Default: renders the show. */
  onChange?: () => void;
  /** Called whenever a server of ours woke the interaction: for events, or for other viewers. Default: nothing. */
  onWake?: () => void;
}

/** While nothing comes, the queue is polled this seldom, ms: a core is not kept busy, and nobody feels the first event. */
const QUIET_POLL_MS = 16;

/** How long nothing must have come for that, ms. */
const QUIET_AFTER_MS = 1000;

/** The longest delay of a timer: one that only keeps the process alive. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * FURY's FuryStreamInteraction: takes events off a queue that a server fills, and applies them to a show as VTK's
 * trackball camera does. Of moves that came one after the other only the newest is applied.
 */
export class FuryStreamInteraction implements Disposable {
  readonly circularQueue: SharedMemCircularQueue;
  readonly #show: SteeredShow;
  readonly #options: FuryStreamInteractionOptions;
  #newest: number | null = null;
  #applied = 0;
  #watch: Closable | null = null;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #lastEvent = 0;

  constructor(show: SteeredShow, options: FuryStreamInteractionOptions = {}) {
    this.#show = show;
    this.#options = options;
    this.circularQueue = new SharedMemCircularQueue({ maxSize: options.maxQueueSize ?? 50 });
  }

  /** Time stamp of the newest event that was applied, ms by its sender's clock; null before the first. */
  get newestEventTimestamp(): number | null {
    return this.#newest;
  }

  /** How many events were applied, moves that a newer one took the place of included. */
  get applied(): number {
    return this.#applied;
  }

  /**
   * Applies events from now on, and keeps the process alive. Starting again is a restart.
   * @param ms how often the queue is looked at while no server is attached that wakes us, ms
   * @throws RangeError for an interval that is not positive.
   */
  start(ms = 3): void {
    if (!(ms > 0))
      throw new RangeError(`The interval of the interaction must be more than 0 ms; it is ${ms}.`);
    this.stop();
    const manager = this.#options.imageBufferManager;
    if (manager?.isExtended) {
      manager.takes = { resize: true, keys: true, doubleClick: false };
      this.#watch = manager.watchRenderer(() => {
        this.drain();
        this.#options.onWake?.();
      });
    }
    this.#keepAlive = setInterval(() => {}, FOREVER_MS);
    this.#pollUntilWoken(ms);
  }

  /** Applies no event any more. Returns false when it was stopped already. */
  stop(): boolean {
    if (this.#keepAlive === undefined) return false;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#poll);
    this.#keepAlive = undefined;
    this.#watch?.close();
    this.#watch = null;
    return true;
  }

  /** Applies all events that are in the queue. Returns whether the picture is to look different. */
  drain(): boolean {
    if (this.circularQueue.isEmpty) return false;
    // Before the queue is empty, so that whoever waits for the picture after these events sees one or the other.
    const manager = this.#options.imageBufferManager;
    const wasDue = manager?.frameDue ?? false;
    if (manager) manager.frameDue = true;
    let changed = false;
    try {
      changed = this.#applyAll(this.#takeAll());
    } finally {
      if (manager) manager.frameDue = wasDue;
    }
    if (changed) (this.#options.onChange ?? (() => this.#show.render()))();
    return changed;
  }

  /** Stops, and removes the shared memory. May be called twice. */
  cleanup(): void {
    this.stop();
    this.circularQueue.cleanup();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  /** The rows that are in the queue; of moves in a row the newest. */
  #takeAll(): EventRow[] {
    const rows: EventRow[] = [];
    // No more than a full queue: a server that fills it as fast as it is emptied must not keep us from rendering.
    for (let left = this.circularQueue.maxSize; left > 0; left--) {
      const row = this.circularQueue.dequeue();
      if (row === null) break;
      const last = rows.at(-1);
      if (row[0] === EVENT.mouseMove && last?.[0] === EVENT.mouseMove) rows.pop();
      rows.push(row);
      this.#applied++;
    }
    if (rows.length > 0) this.#lastEvent = performance.now();
    return rows;
  }

  /** Whether one of the events moved the camera or changed the size. */
  #applyAll(rows: readonly EventRow[]): boolean {
    let changed = false;
    for (const row of rows) {
      const event = decodeEvent(row);
      if (event === null) continue;
      changed = this.#apply(event) || changed;
      this.#newest = event.timestamp;
    }
    return changed;
  }

  /** Whether the event moved the camera or changed the size. */
  #apply(event: SceneEvent): boolean {
    const { style } = this.#show;
    switch (event.type) {
      case "wheel":
        return style.onWheel(event.deltaY, event);
      case "mouseMove":
        return style.onMouseMove(event.x, event.y, event);
      case "mousePress":
        return style.onButtonPress(event.button, event.x, event.y, event);
      case "mouseRelease":
        return style.onButtonRelease(event.button, event.x, event.y, event);
      case "keyDown":
        return style.onKeyPress(event.key, event);
      case "resize":
        return this.#resize(event.width * event.pixelRatio, event.height * event.pixelRatio);
      default:
        return false;
    }
  }

  #resize(width: number, height: number): boolean {
    const [maxWidth, maxHeight] = this.#options.imageBufferManager?.maxWindowSize ?? [MAX_SIZE, MAX_SIZE];
    const size = boundedSize(width, height, maxWidth * maxHeight, MAX_SIZE);
    if (size[0] === this.#show.size[0] && size[1] === this.#show.size[1]) return false;
    try {
      this.#options.imageBufferManager?.reserve(...size);
    } catch (error) {
      if (!(error instanceof SharedMemoryError)) throw error;
      log.warning`The picture keeps its size: ${error.message}`;
      return false;
    }
    this.#show.resize(...size);
    return true;
  }

  #pollUntilWoken(ms: number): void {
    const look = () => {
      this.drain();
      if (this.#keepAlive === undefined || (this.#watch && this.#options.imageBufferManager?.serverWakes))
        return;
      const quiet = performance.now() - this.#lastEvent > QUIET_AFTER_MS;
      this.#poll = setTimeout(look, quiet ? Math.max(ms, QUIET_POLL_MS) : ms);
    };
    look();
  }
}
