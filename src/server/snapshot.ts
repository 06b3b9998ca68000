import type { RawFrame } from "../encode/frame.ts";
import type { FrameSource } from "../encode/frame-source.ts";
import { encodeSnapshotJpeg } from "../encode/jpeg-encoder.ts";
import { encodePng } from "../encode/png.ts";
import { whenAborted } from "./abort.ts";

export type SnapshotFormat = "jpeg" | "png";

const ENCODE = { jpeg: encodeSnapshotJpeg, png: encodePng } as const;

/** A picture as a file, with the frame that it shows. */
export interface Snapshot {
  frame: RawFrame;
  bytes: Uint8Array;
}

/**
 * How long a view that moves may take to come to rest. The renderer takes 200 ms and one frame in full quality; with
 * someone who drags on and on, the picture is then one of the drag.
 */
const REST_WAIT_MS = 1500;
/** How long a renderer may take for a frame in the view's full size once it is asked for one, ms. */
const FULL_SIZE_WAIT_MS = 1000;
/** Shortest time from one such frame to the next, ms: each makes the view stutter for whoever moves it. */
const FULL_SIZE_EVERY_MS = 2000;
/** How often that is looked at when no frame comes, ms. */
const LOOK_MS = 10;

/** Pictures of the newest frame in full quality, each made once however many ask for it at the same time. */
export class Snapshots {
  readonly #source: FrameSource;
  readonly #isAtRest: () => boolean;
  readonly #onNeedChanged: () => void;
  readonly #running = new Map<string, Promise<Snapshot>>();
  /** Snapshots that wait for a frame in full size, asked for now. */
  #needing = 0;
  /** No frame in full size is asked for before this, `performance.now()`. */
  #nextFullSizeAt = 0;

  /**
   * `isAtRest`: whether there is nothing to wait for, because no picture of the view at rest is on its way; `onNeedChanged`
   * is called when {@link needFullSize} has changed.
   */
  constructor(source: FrameSource, on: { isAtRest: () => boolean; onNeedChanged: () => void }) {
    this.#source = source;
    this.#isAtRest = on.isAtRest;
    this.#onNeedChanged = on.onNeedChanged;
  }

  /** Whether the next frame is to have the full size of its view, though others take fewer pixels while they steer. */
  get needFullSize(): boolean {
    return this.#needing > 0;
  }

  /**
   * The newest frame, in full quality where the renderer is about to make one; null when no frame has come after
   * `waitMs`, or when `signal` aborted.
   */
  async take(format: SnapshotFormat, waitMs: number, signal: AbortSignal): Promise<Snapshot | null> {
    // While this listens, the frame number follows the frames of a plain FURY producer too.
    const stopListening = this.#source.onFrame(() => {});
    try {
      await this.#until(() => this.#source.hasFrame, waitMs, signal);
      await this.#until(this.#isAtRest, REST_WAIT_MS, signal);
      if (!this.#isReduced()) return await this.#make(format, signal);
      await this.#until(() => performance.now() >= this.#nextFullSizeAt, FULL_SIZE_EVERY_MS, signal);
      return await this.#makeFullSize(format, signal);
    } finally {
      stopListening();
    }
  }

  #isReduced(): boolean {
    return this.#source.hasFrame && (this.#source.newest?.viewSize ?? null) !== null;
  }

  /** Has the renderer make one frame in full size, for all snapshots that wait now. */
  async #makeFullSize(format: SnapshotFormat, signal: AbortSignal): Promise<Snapshot | null> {
    this.#setNeeding(this.#needing + 1);
    let made: Promise<Snapshot | null>;
    try {
      await this.#until(() => !this.#isReduced(), FULL_SIZE_WAIT_MS, signal);
      // The frame is copied before this returns, and only encoded after it.
      made = this.#make(format, signal);
    } finally {
      this.#nextFullSizeAt = performance.now() + FULL_SIZE_EVERY_MS;
      this.#setNeeding(this.#needing - 1);
    }
    return made;
  }

  #setNeeding(count: number): void {
    const before = this.needFullSize;
    this.#needing = count;
    if (this.needFullSize !== before) this.#onNeedChanged();
  }

  /** Waits until `holds`, at most `ms` or until `signal` aborts. */
  async #until(holds: () => boolean, ms: number, signal: AbortSignal): Promise<void> {
    if (holds() || signal.aborted) return;
    const over = Promise.withResolvers<void>();
    const look = () => {
      try {
        if (holds()) over.resolve();
      } catch (error) {
        over.reject(error);
      }
    };
    const stopListening = this.#source.onFrame(look);
    // Events that change nothing leave the queue without a frame.
    const looks = setInterval(look, LOOK_MS);
    const timer = setTimeout(over.resolve, ms);
    const stopWaiting = whenAborted(signal, over.resolve);
    try {
      await over.promise;
    } finally {
      clearInterval(looks);
      clearTimeout(timer);
      stopWaiting();
      stopListening();
    }
  }

  async #make(format: SnapshotFormat, signal: AbortSignal): Promise<Snapshot | null> {
    if (!this.#source.hasFrame || signal.aborted) return null;
    const key = `${format} ${this.#source.newest?.number}`;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const frame = this.#source.copyForKeeps();
    if (frame === null) return null;
    const made = ENCODE[format](frame).then((bytes) => ({ frame, bytes }));
    this.#running.set(key, made);
    try {
      return await made;
    } finally {
      this.#running.delete(key);
    }
  }
}
