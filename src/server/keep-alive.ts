import { guarded } from "../native/guarded.ts";
/** What wants its connection kept open. */
export interface KeptAlive {
  /** Writes something that means nothing, where nothing else was written since the last call. */
  keepAlive(): void;
}

/**
 * Proxies cut a connection on which nothing comes: nginx after 60 s, others after 30. Whoever was written to just after one
 * look is written to at the look after the next, so silence lasts twice as long as this at most.
 */
const LOOK_MS = 10_000;

/** Looks after streams on which nothing happens: one timer for all of them, none where there is none. */
export class KeepAlive {
  readonly #lookMs: number;
  readonly #keepAlive = guarded("A stream could not be kept open", (stream: KeptAlive) => stream.keepAlive());
  readonly #streams = new Set<KeptAlive>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `lookMs`: from one look to the next. */
  constructor(lookMs = LOOK_MS) {
    this.#lookMs = lookMs;
  }

  add(stream: KeptAlive): void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => this.#look(), this.#lookMs);
  }

  /** Idempotent. */
  remove(stream: KeptAlive): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const stream of [...this.#streams]) this.#keepAlive(stream);
  }
}
