import { readFileSync } from "node:fs";

/** SIGHUP (signal 1) in the signal masks of /proc/PID/status. */
const SIGHUP_BIT = 1n;

/** Signals that request an orderly shutdown. */
const SHUTDOWN_SIGNALS = ["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP"] as const;

/**
 * Settles at the first shutdown signal. SIGHUP stays ignored if it was ignored when the process started, as with `nohup`.
 * @param onSecondInterrupt called at every further Ctrl+C: the caller should abort its clean-up
 */
export function waitForShutdownSignal(onSecondInterrupt: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    let requested = false;
    for (const signal of SHUTDOWN_SIGNALS) {
      if (signal === "SIGHUP" && ignoresSighup()) continue;
      // Repeated SIGTERM is normal: with PR_SET_PDEATHSIG a dying launcher sends one for each of its threads that was the parent.
      process.on(signal, () => {
        if (requested && signal === "SIGINT") onSecondInterrupt();
        requested = true;
        resolve();
      });
    }
  });
}

function ignoresSighup(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return (BigInt(`0x${ignored ?? "0"}`) & SIGHUP_BIT) !== 0n;
  } catch {
    // Unknown without /proc: SIGHUP then ends the process, as by default.
    return false;
  }
}
