import type { FrameProvider, RawFrame } from "../encode/frame.ts";
import type { RTCServer, VideoFrame } from "./rtc-server.ts";

/** Frames of an RTCServer, or of a subclass that modifies them, each as soon as it is returned. */
export class RtcServerFrames implements FrameProvider {
  readonly #server: Pick<RTCServer, "recv">;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<() => void>();
  #number = 0;
  #newest: { frame: VideoFrame; atMs: number } | null = null;
  #receiving = false;

  /** `onError` is called once, when there are no more frames. */
  constructor(server: Pick<RTCServer, "recv">, onError: (error: unknown) => void) {
    this.#server = server;
    this.#onError = onError;
  }

  get frameNumber(): number {
    return this.#number;
  }

  onFrame(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#receiving) void this.#receive();
    return () => this.#listeners.delete(listener);
  }

  copyNewest(): RawFrame | null {
    if (this.#newest === null) return null;
    const { frame, atMs } = this.#newest;
    const { width, height, format, bottomUp, data } = frame;
    return {
      ...{ number: this.#number, width, height, format, bottomUp, data, renderedAtMs: atMs },
      ...{ eventMs: null, renderMs: null, viewSize: null, still: null, unchanged: false },
    };
  }

  async #receive(): Promise<void> {
    this.#receiving = true;
    try {
      while (this.#listeners.size > 0) {
        const frame = await this.#server.recv();
        // The broadcast itself repeats a still view to viewers that need it.
        if (frame.repeated) continue;
        this.#newest = { frame, atMs: performance.timeOrigin + performance.now() };
        this.#number++;
        for (const listener of [...this.#listeners]) listener();
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#receiving = false;
    }
  }
}
