import { getLogger } from "@logtape/logtape";
import type { PanelDescription } from "../protocol/panel.ts";
import { ScenePatchError } from "../server/renderer/scene-control.ts";
import { describeError } from "./errors.ts";

const log = getLogger(["scenecast", "view"]);

/** Steps per second until a viewer sets another speed. */
const DEFAULT_SPEED = 10;

/** Minimum interval of two steps, ms: a renderer makes at most 60 frames a second. */
const MIN_INTERVAL_MS = 1000 / 60;

/** Poll interval while no viewer receives frames, ms. */
const WAIT_MS = 250;

type Time = NonNullable<PanelDescription["time"]>;

export interface TimePlayerOptions {
  /** The time step that is shown. */
  readonly step: () => number;
  /** Shows a time step. Rejects with a sentence if it cannot be shown. */
  readonly show: (step: number) => Promise<unknown>;
  /** Whether frames are seen; playing pauses while they are not. */
  readonly isSeen: () => boolean;
  /** Whether it plays, or the speed, has changed. */
  readonly onChange: () => void;
}

/** Plays time steps in a loop. The next one is shown when the one before is, so that a slow renderer skips none and none queue up. */
export class TimePlayer implements Disposable {
  readonly #options: TimePlayerOptions;
  /** The renderer's description of time. */
  #described: Time | undefined;
  /** Undefined until a viewer has played or stopped it. */
  #isPlaying: boolean | undefined;
  #speed = DEFAULT_SPEED;
  #timer: Timer | undefined;
  /** Settles when the step that is being shown is; undefined between two steps. */
  #showing: Promise<void> | undefined;

  constructor(options: TimePlayerOptions) {
    this.#options = options;
  }

  /** The description of time with the present state; undefined if there is nothing to play. */
  get time(): Time | undefined {
    return this.#described && { ...this.#described, isPlaying: this.isPlaying, speed: this.#speed };
  }

  get isPlaying(): boolean {
    return this.#isPlaying ?? this.#described?.isPlaying ?? false;
  }

  /** Whether a viewer has stopped it. */
  get isStopped(): boolean {
    return this.#isPlaying === false;
  }

  /** To be called when the renderer has described time; undefined: one step, and no animation. */
  describe(time: Time | undefined): void {
    this.#described = time;
    this.#schedule(this.#intervalMs);
  }

  /** Plays or stops; it has stopped when the promise settles. Rejects with a sentence if there is nothing to play. */
  async play(isPlaying: boolean, speed?: number): Promise<void> {
    if (this.#described === undefined)
      throw new Error("There is nothing to play: the scene has one time step.");
    this.#speed = speed ?? this.#speed;
    this.#isPlaying = isPlaying;
    this.#schedule(this.#intervalMs);
    this.#options.onChange();
    if (!isPlaying) await this.#showing;
  }

  [Symbol.dispose](): void {
    this.#described = undefined;
    clearTimeout(this.#timer);
  }

  get #intervalMs(): number {
    return Math.max(MIN_INTERVAL_MS, 1000 / this.#speed);
  }

  /** Shows the next step after `ms`. While a step is being shown, its end schedules the next. */
  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#showing !== undefined || !this.isPlaying || (this.#described?.steps ?? 1) <= 1) return;
    this.#timer = setTimeout(() => {
      this.#showing = this.#advance().then((waitMs) => {
        this.#showing = undefined;
        this.#schedule(waitMs);
      });
    }, ms);
  }

  /** Shows the next step. Returns the time until the one after it, ms. */
  async #advance(): Promise<number> {
    const startedAt = performance.now();
    const { step, show, isSeen, onChange } = this.#options;
    if (!isSeen()) return WAIT_MS;
    try {
      await show((step() + 1) % (this.#described?.steps ?? 1));
    } catch (error) {
      if (error instanceof ScenePatchError && error.status === 503) return WAIT_MS;
      log.warning`Playing was stopped: ${describeError(error)}`;
      this.#isPlaying = false;
      onChange();
    }
    return Math.max(0, this.#intervalMs - (performance.now() - startedAt));
  }
}
