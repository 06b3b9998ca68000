import { isLocalHost } from "./host-names.ts";

/** Why a request is refused: HTTP status, and a message for a person. */
export interface Refusal {
  status: 401 | 403 | 429;
  message: string;
  headers?: Record<string, string>;
}

/** Checks the Origin and Host headers of requests, by which browsers name the page that uses this server. */
export class OriginPolicy {
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;

  /** `allowOrigins`: see {@link AppOptions}. */
  constructor(allowOrigins: readonly string[] = []) {
    this.#allowedOrigins = new Set(allowOrigins.map((origin) => origin.toLowerCase()));
    this.#allowedHosts = new Set([...this.#allowedOrigins].map((origin) => originHost(origin) ?? ""));
  }

  /** Origins of other sites' pages that may use this server. */
  get allowedOrigins(): readonly string[] {
    return [...this.#allowedOrigins];
  }

  /**
   * Checks that the page that opens a socket, or posts, is this server's own or an allowed one, by its Origin header. Programs
   * other than browsers send none, and are accepted.
   * @param forwardedHosts this server's host names before a proxy changed the Host header
   * @returns null if it is accepted
   */
  checkOrigin(request: Request, forwardedHosts: readonly string[]): Refusal | null {
    const origin = request.headers.get("origin")?.toLowerCase();
    if (origin === undefined || this.#allowedOrigins.has(origin)) return null;
    const host = originHost(origin);
    if (
      host !== null &&
      [request.headers.get("host")?.toLowerCase() ?? "", ...forwardedHosts].some(
        (ownHost) => withoutDefaultPort(ownHost, origin) === host,
      )
    )
      return null;
    const originText = origin.slice(0, 200);
    return {
      status: 403,
      message: `A page of ${originText} may not open this view. To allow it, start scenecast with --allow-origin ${originText}.`,
    };
  }

  /**
   * Protects a server without tokens against DNS rebinding: a page of http://evil.example whose name resolves to 127.0.0.1 is
   * same-origin with this server, and only its Host header differs. A host name that is not local is accepted only with proof
   * that the browser loaded an https page, so that a proxy with a certificate for that name is in front (JupyterHub,
   * code-server): Sec-Fetch-Site, which browsers send to trustworthy origins only and pages cannot set, or an https Origin on
   * WebSockets, which have no Sec-Fetch-Site. An SSH tunnel keeps "localhost" with another port.
   * @returns null if it is accepted
   */
  checkHost(request: Request, forwardedHosts: readonly string[]): Refusal | null {
    const host = request.headers.get("host")?.toLowerCase();
    if (host === undefined) return null;
    if (isLocalHost(withoutPort(host)) || this.#allowedHosts.has(host)) return null;
    if (request.headers.has("sec-fetch-site")) return null;
    const origin = request.headers.get("origin");
    if (origin?.startsWith("https://") && this.checkOrigin(request, forwardedHosts) === null) return null;
    const hostText = host.slice(0, 200);
    return {
      status: 403,
      message: `This view is available as localhost only, and was requested as ${hostText}. Open it through an SSH tunnel, or start scenecast with a --token or with --allow-origin http://${hostText}.`,
    };
  }
}

function originHost(origin: string): string | null {
  const match = /^https?:\/\/([^/]+)$/.exec(origin);
  return match?.[1] === undefined ? null : withoutDefaultPort(match[1], origin);
}

function withoutDefaultPort(host: string, origin: string): string {
  return host.replace(origin.startsWith("https:") ? /:443$/ : /:80$/, "");
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, "").replace(/\.$/, "");
}
