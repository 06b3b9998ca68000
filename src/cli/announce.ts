import { readFileSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { ignoreEpipe } from "./log.ts";
import type { ServeOptions } from "./options.ts";
import { tunnelCommand } from "./tunnel.ts";

const log = getLogger(["scenecast"]);

/** SIGHUP (signal 1) in the signal masks of /proc/PID/status. */
const SIGHUP_BIT = 1n;

/** What is announced of a server. */
interface Announced {
  url: string;
  /** Where it can be looked at only; undefined where everybody steers. */
  viewUrl: string | undefined;
  port: number;
}

/**
 * Says that the page can be opened: the ready line on standard output, and on standard error how to reach it from elsewhere
 * and what to give to those who are to look only.
 */
export function announce({ url, viewUrl, port }: Announced, options: ServeOptions): void {
  ignoreEpipe(process.stdout);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ url, view_url: viewUrl, port, pid: process.pid })}\n`
      : `scenecast ready ${url}\n`,
  );
  const tunnel = tunnelCommand(port, options.host);
  if (tunnel)
    log.info`From your own computer: ${tunnel}   then open ${url.replace(/\/\/[^/]+/, `//localhost:${port}`)}`;
  if (viewUrl) log.info`For those who look and do not steer: ${viewUrl}`;
  if (options.open) openBrowser(url);
}

function openBrowser(url: string): void {
  const opener = Bun.which("xdg-open") ?? Bun.which("open");
  if (opener) {
    Bun.spawn([opener, url], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      onExit: (_, exitCode) => {
        if (exitCode !== 0) log.warning`${opener} could not open a browser; open ${url} yourself.`;
      },
    }).unref();
  } else log.warning`There is no xdg-open on this machine to start a browser with; open ${url} yourself.`;
}

/** Signals that request an orderly shutdown. */
const SHUTDOWN_SIGNALS = ["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP"] as const;

/**
 * Settles at the first signal that requests a shutdown. SIGHUP stays ignored where the process was started with it ignored, as
 * `nohup` does.
 * @param onSecondInterrupt called at every Ctrl+C after that: clean-up should stop waiting
 */
export function waitForShutdownSignal(onSecondInterrupt: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of SHUTDOWN_SIGNALS) {
      if (signal === "SIGHUP" && ignoresSighup()) continue;
      // Repeated SIGTERM is normal: with PR_SET_PDEATHSIG a dying launcher causes one for each of its threads that was the parent.
      process.on(signal, () => {
        if (asked && signal === "SIGINT") onSecondInterrupt();
        asked = true;
        resolve();
      });
    }
  });
}

/** Whether this process ignores SIGHUP. */
function ignoresSighup(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return (BigInt(`0x${ignored ?? "0"}`) & SIGHUP_BIT) !== 0n;
  } catch {
    // Without /proc this is unknown; ending with the terminal is the default.
    return false;
  }
}
