import { lastNativeError, native } from "./symbols.ts";

/**
 * Asks the kernel to send this process SIGTERM when its parent dies (PR_SET_PDEATHSIG). The kernel's parent is the
 * thread that started it: a process started from a Worker gets the signal when that Worker ends.
 * @param parentPid the process that started this one, as passed by it. Not `process.ppid`, which is another process if the
 *   parent is already dead
 * @returns false when the parent had died before the call; the caller should then exit.
 */
export function dieWithParent(parentPid: number): boolean {
  const result = native().sc_process_die_with_parent(parentPid);
  if (result < 0) throw lastNativeError();
  return result === 0;
}

/**
 * Ends this process from a native thread, `graceMs` after the other end of the pipe on standard input was closed, and unlinks its
 * segments. A safety net for a main thread that is busy or hangs, and therefore handles neither the end of input nor a signal.
 */
export function exitAfterInputEnds(graceMs: number): void {
  if (native().sc_process_exit_after_hangup(0, graceMs) < 0) throw lastNativeError();
}

export interface ListenerOptions {
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
  const result = native().sc_process_set_listener_options(port, options.notSentLowat, options.deadMs);
  if (result < 0) throw lastNativeError();
  return result;
}
