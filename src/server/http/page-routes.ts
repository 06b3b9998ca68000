import { PATHS } from "../../protocol/paths.ts";
import type { Access } from "../access/access.ts";
import type { Refusal } from "../access/origin-policy.ts";
import type { AppOptions } from "../app.ts";
import { CompressedText } from "./compressed-text.ts";
import { frameAncestors } from "./cross-origin.ts";
import { textResponse } from "./responses.ts";
import { READ_METHODS, type RequestContext, type Route } from "./route.ts";
import { TOKEN_PAGE_POLICY, tokenPage } from "./token-page.ts";

/** The document served at the base path. */
export interface PageDocument {
  readonly html: string;
  /** Value of its `Content-Security-Policy` header, without `frame-ancestors`. */
  readonly contentSecurityPolicy: string;
}

const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // The URL may contain the token.
  "Referrer-Policy": "no-referrer",
};

/** Compressed documents, shared by all servers of this process. */
const compressedPages = new WeakMap<PageDocument, CompressedText>();

/** Serves the viewer page, or a form for the token in its place. */
export class PageRoutes {
  readonly page: Route = { methods: READ_METHODS, handle: (request) => this.#servePage(request) };
  readonly #access: Access;
  readonly #base: string;
  readonly #loadPage: AppOptions["page"];

  constructor(access: Access, base: string, loadPage: AppOptions["page"]) {
    this.#access = access;
    this.#base = base;
    this.#loadPage = loadPage;
  }

  /** The response to a refused request: text, or for a browser that requests a page, a page with a field for the token. */
  refuse({ status, message, headers }: Refusal, { request, url }: RequestContext): Response {
    const isPage =
      READ_METHODS.includes(request.method) && request.headers.get("accept")?.includes("text/html");
    if (!isPage || status === 403) return textResponse(status, message, headers);
    return this.#page(status, tokenPage(message, url), url, TOKEN_PAGE_POLICY, headers);
  }

  async #servePage({ request, url }: RequestContext): Promise<Response> {
    const page = await this.#loadPage?.();
    if (page === undefined) {
      return textResponse(404, `This server has no page. Its state is at ${this.#base}${PATHS.state}.`);
    }
    const compressed = compressedPages.getOrInsertComputed(page, () => new CompressedText(page.html));
    const { body, headers } = await compressed.bodyFor(request.headers.get("accept-encoding"));
    const cookie = this.#access.credentials.cookieFor(url);
    return this.#page(200, body, url, page.contentSecurityPolicy, {
      ...headers,
      ...(cookie !== null && { "Set-Cookie": cookie }),
    });
  }

  #page(
    status: number,
    body: string | Uint8Array<ArrayBuffer>,
    url: URL,
    policy: string,
    headers: Record<string, string> = {},
  ): Response {
    return new Response(body, {
      status,
      headers: {
        ...PAGE_HEADERS,
        ...headers,
        "Content-Security-Policy": `${policy}; ${frameAncestors(this.#access, url)}`,
      },
    });
  }
}
