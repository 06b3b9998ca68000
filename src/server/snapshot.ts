import type { RawFrame } from "../encode/frame.ts";
import type { FrameSource } from "../encode/frame-source.ts";
import { encodeSnapshotJpeg } from "../encode/jpeg-encoder.ts";
import { encodePng } from "../encode/png.ts";

export type SnapshotFormat = "jpeg" | "png";

const ENCODE = { jpeg: encodeSnapshotJpeg, png: encodePng } as const;

/** A picture as a file, with the frame that it shows. */
export interface Snapshot {
  frame: RawFrame;
  bytes: Uint8Array;
}

/** Pictures of the newest frame in full quality, each made once however many ask for it at the same time. */
export class Snapshots {
  readonly #source: FrameSource;
  readonly #running = new Map<string, Promise<Snapshot>>();

  constructor(source: FrameSource) {
    this.#source = source;
  }

  /**
   * The newest frame; null when none has come after `waitMs`, or when `signal` aborted.
   */
  async take(format: SnapshotFormat, waitMs: number, signal: AbortSignal): Promise<Snapshot | null> {
    // While this listens, the frame number follows the frames of a plain FURY producer too.
    const arrived = Promise.withResolvers<void>();
    const stopListening = this.#source.onFrame(() => arrived.resolve());
    const timer = setTimeout(() => arrived.resolve(), waitMs);
    const leave = () => arrived.resolve();
    signal.addEventListener("abort", leave);
    try {
      if (!this.#source.hasFrame && !signal.aborted) await arrived.promise;
      if (!this.#source.hasFrame || signal.aborted) return null;
      return await this.#make(format);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      stopListening();
    }
  }

  async #make(format: SnapshotFormat): Promise<Snapshot | null> {
    const key = `${format} ${this.#source.frameNumber}`;
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
