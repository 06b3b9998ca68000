import { NativeLibraryError } from "./errors.ts";
import { type Handle, lastError, native, toPointer } from "./symbols.ts";

/**
 * Accepts no connections on a port of this process while it has no file descriptors for them: they wait in the kernel's queue.
 * See native/accept_gate.h.
 */
export class AcceptGate implements Disposable {
  readonly #gate: Handle;
  #open = true;

  /** @throws NativeLibraryError where this thread does not listen on `port`, or there are no descriptors to hold in reserve */
  constructor(port: number) {
    const gate = toPointer(native().sc_gate_create(port));
    if (gate === null) throw new NativeLibraryError(`${lastError().message}.`);
    this.#gate = gate;
  }

  /** Looks how many descriptors there are. Returns whether connections are accepted; to be called now and then. */
  check(): boolean {
    return this.#open && native().sc_gate_check(this.#gate) === 1;
  }

  /** To be called before the listener is closed. Idempotent. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    native().sc_gate_destroy(this.#gate);
  }
}
