import { QUERY } from "../../protocol/paths.ts";

/**
 * URLs of the server, all relative to the page, so that any prefix of a proxy works. They carry the viewer id and the token of
 * the page's own URL, because a page framed by another site has no cookie.
 */
export class ServerUrls {
  readonly #base: string;
  readonly #viewer: string;
  readonly #token: string | null;

  constructor(page: Pick<Location, "origin" | "pathname" | "search">, viewer: string = newViewerId()) {
    // Some proxies serve `/proxy/8000` without a trailing slash; a relative URL would then drop the last segment.
    this.#base = `${page.origin}${page.pathname.endsWith("/") ? page.pathname : `${page.pathname}/`}`;
    this.#viewer = viewer;
    this.#token = new URLSearchParams(page.search).get("token");
  }

  /** An http(s) URL. */
  http(path: string, query: Readonly<Record<string, string>> = {}): string {
    const url = new URL(path, this.#base);
    const token = this.#token !== null && { token: this.#token };
    url.search = `${new URLSearchParams({ [QUERY.viewer]: this.#viewer, ...query, ...token })}`;
    return url.href;
  }

  /** The same as a ws(s) URL. */
  socket(path: string): string {
    return this.http(path).replace(/^http/, "ws");
  }
}

/** Whether a host name or address, as in `location.hostname`, is the machine that the browser runs on. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);
}

/** A new viewer id: 128 random bits. `crypto.randomUUID` is not available over plain http. */
export function newViewerId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
