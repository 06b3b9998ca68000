import { getLogger } from "@logtape/logtape";
import { surviveClosing } from "./log.ts";
import type { ServeOptions } from "./options.ts";
import { tunnelCommand } from "./tunnel.ts";

const log = getLogger(["scenecast"]);

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
  if (opener) Bun.spawn([opener, url], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).unref();
  else log.warning`There is no xdg-open on this machine to start a browser with; open ${url} yourself.`;
}

/** Settles at SIGINT or SIGTERM. A hang-up (SIGHUP) keeps its default, so that nohup works; the renderer sees that and cleans up. */
export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    // It may come more than once: of a launcher that dies, with each of its threads that had this process for a child.
    process.on("SIGTERM", () => resolve());
  });
}
