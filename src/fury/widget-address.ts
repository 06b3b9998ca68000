import { WidgetError } from "./widget-error.ts";

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
   * The address of jupyter-server-proxy on a JupyterHub, by JUPYTERHUB_SERVICE_PREFIX; undefined elsewhere.
   * @throws WidgetError "bad-address" if the variable is invalid
   */
  static ofEnvironment(env: Readonly<Record<string, string | undefined>>): AdvertisedAddress | undefined {
    const prefix = env.JUPYTERHUB_SERVICE_PREFIX;
    if (!prefix) return undefined;
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
