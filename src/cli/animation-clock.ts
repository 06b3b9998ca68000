import type { AnimationTime } from "../stream/render-loop.ts";

/** How an animation plays from a time on. */
export interface AnimationState extends AnimationTime {
  /** The time from which on it holds, ms: of `performance.now()`, or from the start of a film. */
  readonly sinceMs: number;
}

/** The time of the animation in the renderer process, which reports when it begins to play and when it stops. */
export class AnimationClock {
  #state: AnimationState = { seconds: 0, isRunning: false, sinceMs: 0 };

  /** The same object until the animation begins to play or stops. */
  get state(): AnimationState {
    return this.#state;
  }

  /** To be called with each report of the renderer. */
  set({ seconds, isRunning }: AnimationTime): void {
    this.#state = { seconds, isRunning, sinceMs: performance.now() };
  }
}

/** For how long an animation has played, s. @param ms on the clock of `sinceMs`, and not before it */
export function secondsAt({ seconds, isRunning, sinceMs }: AnimationState, ms: number): number {
  return isRunning ? seconds + Math.max(0, ms - sinceMs) / 1000 : seconds;
}
