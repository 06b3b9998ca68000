import { cString, lastNativeError, native } from "./symbols.ts";

/** native/stall_guard.h: SC_STALL_MAX_MESSAGE. */
const MAX_MESSAGE_BYTES = 1023;

/**
 * Watchdog on CPU time: ends this process with a message on standard error and exit code 1 when it has used `seconds` of CPU time
 * since the last {@link restart}. It also works in a loop that never returns, where JavaScript timers do not run. One per process.
 */
export class StallGuard implements Disposable {
  readonly #seconds: number;
  readonly #message: Uint8Array;

  /** @param seconds a whole number from 1 */
  constructor(seconds: number, message: string) {
    this.#seconds = seconds;
    this.#message = cString(
      Buffer.from(`${message}\n`)
        .subarray(0, MAX_MESSAGE_BYTES - 2)
        .toString(),
    );
    this.restart();
  }

  /** Restarts the time. */
  restart(): void {
    check(native().sc_stall_guard_arm(this.#seconds, this.#message));
  }

  [Symbol.dispose](): void {
    check(native().sc_stall_guard_disarm());
  }
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
