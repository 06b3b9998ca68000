import { getLogger } from "@logtape/logtape";
import { ignoreEpipe } from "./log.ts";
import type { ServerCommandOptions } from "./server-options.ts";
import { tunnelCommand } from "./tunnel.ts";

const log = getLogger(["scenecast"]);

/** Addresses of a running server. */
interface ServerAddress {
  url: string;
  /** URL with the view-only token; undefined if there are no tokens. */
  viewUrl: string | undefined;
  port: number;
}

/** Announces a running server: the ready line on standard output; the SSH tunnel and the view-only link on standard error. */
export function announce({ url, viewUrl, port }: ServerAddress, options: ServerCommandOptions): void {
  ignoreEpipe(process.stdout);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ url, view_url: viewUrl, port, pid: process.pid })}\n`
      : `scenecast ready ${url}\n`,
  );
  const tunnel = tunnelCommand(port, options.host);
  if (tunnel)
    log.info`From your own computer: ${tunnel}   then open ${url.replace(/\/\/[^/]+/, `//localhost:${port}`)}`;
  if (viewUrl) log.info`View-only link: ${viewUrl}`;
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
        if (exitCode !== 0) log.warning`${opener} could not open a browser. Open ${url} yourself.`;
      },
    }).unref();
  } else log.warning`Cannot open a browser: xdg-open is not installed. Open ${url} yourself.`;
}
