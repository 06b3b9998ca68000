import type { RawFrame } from "../../encode/frame.ts";
import type { FrameSource } from "../../encode/frame-source.ts";
import { encodeSnapshotJpeg } from "../../encode/jpeg-encoder.ts";
import { encodePng } from "../../encode/png.ts";
import { whenAborted } from "../abort.ts";
import type { Demand } from "../demand.ts";

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
/** Timeout for a requested frame in the view's full size, ms. */
const FULL_SIZE_WAIT_MS = 1000;
/** Timeout for the permission to request full resolution, ms: the interval of {@link Demand.mayRequestFullResolution}. */
const REQUEST_WAIT_MS = 2000;
/** How often that is looked at when no frame comes, ms. */
const LOOK_MS = 10;

/** Pictures of the newest frame in full quality, each made once however many ask for it at the same time. */
export class Snapshots {
  readonly #source: FrameSource;
  readonly #demand: Demand;
  readonly #isStill: () => boolean;
  readonly #running = new Map<string, Promise<Snapshot>>();

  /** `isStill`: whether the newest frame shows the view as it is, so that there is nothing to wait for. */
  constructor(source: FrameSource, demand: Demand, isStill: () => boolean) {
    this.#source = source;
    this.#demand = demand;
    this.#isStill = isStill;
  }

  /**
   * The newest frame, in full quality where the renderer is about to make one; null when no frame has come after
   * `waitMs`, or when `signal` aborted.
   */
  take(format: SnapshotFormat, waitMs: number, signal: AbortSignal): Promise<Snapshot | null> {
    return this.#demand.during({ acceptsReducedResolution: false }, () => this.#take(format, waitMs, signal));
  }

  async #take(format: SnapshotFormat, waitMs: number, signal: AbortSignal): Promise<Snapshot | null> {
    // With a listener, the frame number follows the frames of a plain FURY producer too.
    const stopListening = this.#source.onFrame(() => {});
    try {
      await this.#until(() => this.#source.hasFrame, waitMs, signal);
      await this.#until(this.#isStill, REST_WAIT_MS, signal);
      if (!this.#isReduced()) return await this.#make(format, signal);
      await this.#until(() => this.#demand.mayRequestFullResolution, REQUEST_WAIT_MS, signal);
      // The frame is copied while full resolution is requested, and encoded afterwards.
      const making = await this.#demand.withFullResolution(async () => {
        await this.#until(() => !this.#isReduced(), FULL_SIZE_WAIT_MS, signal);
        return { snapshot: this.#make(format, signal) };
      });
      return await making.snapshot;
    } finally {
      stopListening();
    }
  }

  #isReduced(): boolean {
    return this.#source.hasFrame && (this.#source.newest?.viewSize ?? null) !== null;
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
    const frame = this.#source.copyToNewBuffer();
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
