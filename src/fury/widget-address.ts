import { WidgetError } from "./widget-error.ts";

/** Stands for the port. With two braces as code-server writes it in VSCODE_PROXY_URI. */
const PORT = /\{\{port\}\}|\{port\}/g;

/** Stands in for the site of the page that the frame is put into. */
const SAME_SITE = "http://same-site.invalid";

/**
 * Where browsers find a port of this machine when they do not reach it themselves, but through a proxy: an http(s) URL
 * or a path of the site that the notebook is on, with "{port}" for the port.
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
   * What JupyterHub tells the servers of its users, as jupyter-server-proxy serves it; undefined elsewhere.
   * @throws WidgetError "bad-address" where the environment says what cannot be
   */
  static ofEnvironment(env: Readonly<Record<string, string | undefined>>): AdvertisedAddress | undefined {
    const prefix = env.JUPYTERHUB_SERVICE_PREFIX;
    if (!prefix) return undefined;
    return new AdvertisedAddress(
      `${prefix.endsWith("/") ? prefix : `${prefix}/`}proxy/{port}/`,
      "The address made from JUPYTERHUB_SERVICE_PREFIX",
    );
  }

  /** Scheme, host and port of the site; undefined for a path, which is on whatever site the notebook is. */
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
