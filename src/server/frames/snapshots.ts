import type { RawFrame } from "../../encode/frame.ts";
import type { FrameSource } from "../../encode/frame-source.ts";
import { encodeSnapshotJpeg } from "../../encode/jpeg-encoder.ts";
import { encodePng } from "../../encode/png.ts";
import { whenAborted } from "../abort.ts";
import type { Demand } from "../demand.ts";
import type { RendererConnection } from "../renderer/renderer-connection.ts";

export type SnapshotFormat = "jpeg" | "png";

/** An image file, and the frame that it was encoded from. */
export interface Snapshot {
  frame: RawFrame;
  bytes: Uint8Array;
}

/** Timeout for the first frame, and for a renderer that reports its progress but makes none, ms. */
const PROGRESS_TIMEOUT_MS = 10_000;
/**
 * Timeout for a moving view to become still, ms. The renderer needs 200 ms and one full-quality frame; during a longer drag the
 * snapshot shows a frame of the moving view.
 */
const STILL_TIMEOUT_MS = 1500;
/** Maximum wait for a renderer that makes progress, ms: proxies and clients give up after 60 s. */
const MAX_WAIT_MS = 50_000;
/** Timeout for the frame after a request for full resolution, ms. */
const FULL_RESOLUTION_TIMEOUT_MS = 1000;
/** Timeout for the permission to request full resolution, ms: the interval of {@link Demand.mayRequestFullResolution}. */
const REQUEST_TIMEOUT_MS = 2000;
/** Poll interval of these conditions while no frame arrives, ms. */
const POLL_MS = 10;

/** Encodes the newest frame in full quality as an image file. Concurrent requests for the same frame share one encoding. */
export class Snapshots {
  readonly #renderer: RendererConnection;
  readonly #source: FrameSource;
  readonly #demand: Demand;
  readonly #alpha: boolean;
  readonly #running = new Map<string, Promise<Snapshot>>();

  /** @param alpha whether PNGs keep the alpha of RGBA frames */
  constructor(renderer: RendererConnection, demand: Demand, alpha: boolean) {
    this.#renderer = renderer;
    this.#source = renderer.source;
    this.#demand = demand;
    this.#alpha = alpha;
  }

  /**
   * Makes a snapshot of the newest frame, in full quality if the renderer is about to draw the full view. It waits as long as the
   * renderer makes progress, at most 50 s.
   * @param partial take the newest frame without waiting for the full view
   * @returns null if no complete frame arrived in time, or `signal` aborted
   */
  take(format: SnapshotFormat, partial: boolean, signal: AbortSignal): Promise<Snapshot | null> {
    return this.#demand.during({ acceptsReducedResolution: partial }, () =>
      this.#take(format, partial, signal),
    );
  }

  async #take(format: SnapshotFormat, partial: boolean, signal: AbortSignal): Promise<Snapshot | null> {
    // Frames of a plain FURY producer are counted only while there is a listener.
    const stopListening = this.#source.onFrame(() => {});
    const endsAt = performance.now() + MAX_WAIT_MS;
    try {
      await this.#waitUntil(() => this.#source.hasFrame, PROGRESS_TIMEOUT_MS, signal, endsAt);
      if (partial) return await this.#make(format, signal);
      await this.#waitUntilComplete(signal, endsAt);
      if (this.#renderer.isWorking) return null;
      if (!this.#isReduced()) return await this.#make(format, signal);
      await this.#waitUntil(() => this.#demand.mayRequestFullResolution, REQUEST_TIMEOUT_MS, signal);
      // The frame is copied while full resolution is requested, and encoded afterwards.
      const { snapshot } = await this.#demand.withFullResolution(async () => {
        await this.#waitUntil(() => !this.#isReduced(), FULL_RESOLUTION_TIMEOUT_MS, signal);
        return { snapshot: this.#make(format, signal) };
      });
      return await snapshot;
    } finally {
      stopListening();
    }
  }

  /** Waits until the view is still: as long as the renderer makes progress, or {@link STILL_TIMEOUT_MS} for a moving view. */
  async #waitUntilComplete(signal: AbortSignal, endsAt: number): Promise<void> {
    const renderer = this.#renderer;
    while (!signal.aborted && performance.now() < endsAt) {
      await this.#waitUntil(() => renderer.isStill || renderer.isWorking, STILL_TIMEOUT_MS, signal);
      if (!renderer.isWorking) return;
      await this.#waitUntil(() => !renderer.isWorking, PROGRESS_TIMEOUT_MS, signal, endsAt);
      if (renderer.isWorking) return;
    }
  }

  #isReduced(): boolean {
    return this.#source.hasFrame && (this.#source.newest?.viewSize ?? null) !== null;
  }

  /** Waits until the condition holds or `signal` aborts. The timeout of `ms` restarts with each progress of the renderer, until `endsAt`. */
  async #waitUntil(condition: () => boolean, ms: number, signal: AbortSignal, endsAt = 0): Promise<void> {
    if (condition() || signal.aborted) return;
    const settled = Promise.withResolvers<void>();
    let best = this.#renderer.progress ?? -1;
    const check = () => {
      try {
        if (condition()) settled.resolve();
        else if ((this.#renderer.progress ?? -1) > best && performance.now() < endsAt) {
          best = this.#renderer.progress ?? -1;
          timer.refresh();
        }
      } catch (error) {
        settled.reject(error);
      }
    };
    const timer = setTimeout(settled.resolve, ms);
    const stopListening = this.#source.onFrame(check);
    // Events that change nothing leave the queue without a frame.
    const poll = setInterval(check, POLL_MS);
    const stopWaiting = whenAborted(signal, settled.resolve);
    try {
      await settled.promise;
    } finally {
      clearInterval(poll);
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
    const bytes = format === "png" ? encodePng(frame, { alpha: this.#alpha }) : encodeSnapshotJpeg(frame);
    const encoding = bytes.then((bytes) => ({ frame, bytes }));
    this.#running.set(key, encoding);
    try {
      return await encoding;
    } finally {
      this.#running.delete(key);
    }
  }
}
