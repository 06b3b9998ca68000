import { type Handle, lastNativeError, native, toPointer } from "./symbols.ts";

/**
 * Stops accepting connections on a port while this process is out of file descriptors (EMFILE); they wait in the kernel's accept queue.
 * See native/accept_gate.h.
 */
export class AcceptGate implements Disposable {
  readonly #gate: Handle;
  #open = true;

  /** @throws NativeLibraryError if this thread does not listen on `port`, or no descriptors are free for the reserve */
  constructor(port: number) {
    const gate = toPointer(native().sc_gate_create(port));
    if (gate === null) throw lastNativeError();
    this.#gate = gate;
  }

  /** Polls for free descriptors; to be called periodically. Returns whether connections are accepted. */
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
