import { WidgetError } from "./widget-server.ts";

/** Placeholder of the port; with two braces in VSCODE_PROXY_URI of code-server. */
const PORT = /\{\{port\}\}|\{port\}/g;

/** Stands for the site of the page that contains the iframe. */
const SAME_SITE = "http://same-site.invalid";

/**
 * Template of the URL by which browsers reach a port of this machine through a proxy: an http(s) URL, or a path on the site
 * of the notebook, with "{port}" for the port.
 */
export class AdvertisedAddress {
  readonly #template: string;

  /** @throws WidgetError "bad-address" */
  constructor(template: string, what = "advertisedUrl") {
    this.#template = template;
    const url = this.#parse(1);
    const isPath = template.startsWith("/") && url?.origin === SAME_SITE;
    const isUrl = /^https?:\/\//i.test(template) && url !== null;
    const isClean = !/\s/.test(template) && url?.hash === "" && url.username === "" && url.password === "";
    if ((isPath || isUrl) && isClean) return;
    throw new WidgetError(
      `${what} is ${JSON.stringify(template.slice(0, 200))}; it must be an http(s) URL or a path that begins with one slash, ` +
        'for example "/user/me/proxy/{port}/", without spaces, a user or a #.',
      "bad-address",
    );
  }

  /**
   * The address of jupyter-server-proxy on a JupyterHub, by JUPYTERHUB_SERVICE_PREFIX, else that of code-server's proxy, by
   * VSCODE_PROXY_URI; undefined elsewhere.
   * @throws WidgetError "bad-address" if the variable is invalid
   */
  static ofEnvironment(env: Readonly<Record<string, string | undefined>>): AdvertisedAddress | undefined {
    const prefix = env.JUPYTERHUB_SERVICE_PREFIX;
    const template = env.VSCODE_PROXY_URI;
    if (!prefix) return template ? new AdvertisedAddress(template, "VSCODE_PROXY_URI") : undefined;
    return new AdvertisedAddress(
      `${prefix.endsWith("/") ? prefix : `${prefix}/`}proxy/{port}/`,
      "The address made from JUPYTERHUB_SERVICE_PREFIX",
    );
  }

  /** Scheme, host and port of the site; undefined for a path. */
  get origin(): string | undefined {
    const origin = this.#parse(1)?.origin;
    return origin === SAME_SITE ? undefined : origin;
  }

  /** The address of the page behind this port, with this query added. A path stays a path. */
  of(port: number, query: Readonly<Record<string, string>>): string {
    const url = this.#parse(port) ?? new URL(SAME_SITE);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return url.origin === SAME_SITE ? url.pathname + url.search : url.href;
  }

  #parse(port: number): URL | null {
    return URL.parse(this.#template.replace(PORT, String(port)), SAME_SITE);
  }
}

/**
 * FURY's check_port_is_available: whether no other program listens on this TCP port. Another
 * program may take the port a moment later. An address that this machine does not have, or a port that this user may not
 * open, counts as available: starting a server there reports the error.
 * @param host "localhost" is 127.0.0.1, as for the server
 * @param port 0 to 65535; 0 is always available
 * @throws RangeError for an invalid port
 */
export function checkPortIsAvailable(host: string, port: number): boolean {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`A port is a whole number from 0 to 65535; it is ${port}.`);
  }
  try {
    probePort(host, port);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EADDRINUSE");
  }
}

/**
 * Finds a free port: the first of `preferred` that is available, else any. Another program may take it before the caller does.
 * @param host as in {@link checkPortIsAvailable}
 * @returns 0 if this machine does not have the address; a server started there then reports the error
 */
export function findFreePort(host: string, preferred: readonly number[]): number {
  const free = preferred.find((port) => port > 0 && checkPortIsAvailable(host, port));
  if (free !== undefined) return free;
  try {
    return probePort(host, 0);
  } catch {
    return 0;
  }
}

/** Opens a listener and closes it. @returns its port; any free one for 0 */
function probePort(host: string, port: number): number {
  const listener = Bun.listen({
    hostname: host === "localhost" ? "127.0.0.1" : host,
    port,
    socket: { open: (socket) => void socket.terminate(), data() {} },
  });
  const bound = listener.port;
  listener.stop(true);
  return bound;
}
