import { readFileSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { surviveClosing } from "./log.ts";
import type { ServeOptions } from "./options.ts";
import { tunnelCommand } from "./tunnel.ts";

const log = getLogger(["scenecast"]);

/** SIGHUP, signal 1, in the bit masks of /proc. */
const HANG_UP_BIT = 1n;

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
  surviveClosing(process.stdout);
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

/** What asks a command to end in order. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP"] as const;

/**
 * Settles at the first signal that asks this process to end. A hang-up that is ignored, as `nohup` starts programs, stays so.
 * @param hurry called at a second Ctrl+C: a clean-up that waits for something is to wait no longer
 */
export function untilAskedToStop(hurry: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of STOP_SIGNALS) {
      if (signal === "SIGHUP" && ignoresHangUps()) continue;
      // SIGTERM may come more than once: of a launcher that dies, with each of its threads that had this process for a child.
      process.on(signal, () => {
        if (asked && signal === "SIGINT") hurry();
        asked = true;
        resolve();
      });
    }
  });
}

function ignoresHangUps(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return (BigInt(`0x${ignored ?? "0"}`) & HANG_UP_BIT) !== 0n;
  } catch {
    // Without /proc nothing says so; a server that ends with its terminal is the usual case.
    return false;
  }
}
