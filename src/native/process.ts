import { cString, type Handle, lastNativeError, native, toPointer } from "./symbols.ts";

/**
 * Asks the kernel to send this process SIGTERM when its parent dies (PR_SET_PDEATHSIG). The kernel's parent is the
 * thread that started it: a process started from a Worker gets the signal when that Worker ends.
 * @param parentPid the process that started this one, as passed by it. Not `process.ppid`, which is another process if the
 *   parent is already dead
 * @returns false when the parent had died before the call; the caller should then exit.
 */
export function dieWithParent(parentPid: number): boolean {
  return checked(native().sc_process_die_with_parent(parentPid)) === 0;
}

/**
 * Ends this process from a native thread, `graceMs` after the other end of the pipe on standard input was closed, and unlinks its
 * segments. A safety net for a main thread that is busy or hangs, and therefore handles neither the end of input nor a signal.
 */
export function exitAfterInputEnds(graceMs: number): void {
  checked(native().sc_process_exit_after_hangup(0, graceMs));
}

interface ListenerOptions {
  /** TCP_NOTSENT_LOWAT in bytes: how much unsent data the kernel buffers per connection before a write blocks. */
  notSentLowat: number;
  /** Timeout of a peer that does not answer, ms: TCP_USER_TIMEOUT while data is unacknowledged, keep-alive probes while idle. */
  deadMs: number;
}

/**
 * Sets options on this process's listening TCP sockets of `port`; sockets accepted later inherit them.
 * @returns the number of listeners that were set: 0 if no socket listens on that port
 */
export function setListenerOptions(port: number, options: ListenerOptions): number {
  return checked(native().sc_process_set_listener_options(port, options.notSentLowat, options.deadMs));
}

/** Where a server listens: a TCP port, or the path of a Unix socket. */
export type ListenAddress = { port: number } | { socket: string };

/**
 * Stops accepting connections at an address while this process is out of file descriptors (EMFILE); they wait in the kernel's accept queue.
 * See native/accept_gate.h.
 */
export class AcceptGate implements Disposable {
  readonly #gate: Handle;
  #open = true;

  /** @throws NativeLibraryError if this thread does not listen there, or no descriptors are free for the reserve */
  constructor(address: ListenAddress) {
    const gate = toPointer(
      "port" in address
        ? native().sc_gate_create(address.port, null)
        : native().sc_gate_create(0, cString(address.socket)),
    );
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
    checked(native().sc_stall_guard_arm(this.#seconds, this.#message));
  }

  [Symbol.dispose](): void {
    checked(native().sc_stall_guard_disarm());
  }
}

const closers = new Set<() => void>();
let isListening = false;

/**
 * Calls `close` when this process exits, or when this Worker exits by itself: a native thread must not call into a JavaScript
 * engine that is being destroyed. (native/js_thread.c does the same for a Worker that is terminated.)
 * @returns a function that removes the registration
 */
export function closeAtExit(close: () => void): () => void {
  if (!isListening) {
    isListening = true;
    process.on("exit", closeAll);
  }
  closers.add(close);
  return () => closers.delete(close);
}

/** Not a closure in {@link closeAtExit}, which would keep the first `close` and everything it references alive. */
function closeAll(): void {
  for (const each of [...closers]) each();
}

function checked(result: number): number {
  if (result < 0) throw lastNativeError();
  return result;
}
