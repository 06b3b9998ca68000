/** Who may talk to the server. Localhost needs nothing; any other address needs a token (DESIGN, Access). */
export interface AccessOptions {
  /** The address that the server is bound to, as given by the person: "localhost", "0.0.0.0", "node17". */
  host: string;
  /** What viewers must show. Default: none on localhost, a made-up one elsewhere. */
  token?: string;
  /** Origins that may open sockets besides the page's own, for example "https://hub.example.org". Default none. */
  allowOrigins?: readonly string[];
}

/** Why a request is not served: HTTP status and one sentence for a person. */
export interface Refusal {
  status: 401 | 403;
  message: string;
}

const LOCAL_NAME = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host name, without a port, means this machine only. */
export function isLocalHost(host: string): boolean {
  return LOCAL_NAME.test(host.toLowerCase());
}

export class Access {
  /** The token that viewers must show, undefined where none is needed. */
  readonly token: string | undefined;
  readonly #tokenHash: Uint8Array | undefined;
  readonly #cookieName: string = "";
  readonly #cookieValue: string = "";
  readonly #allowOrigins: ReadonlySet<string>;
  readonly #allowHosts: ReadonlySet<string>;

  constructor(options: AccessOptions) {
    this.token = options.token ?? (isLocalHost(options.host) ? undefined : madeUpToken());
    this.#allowOrigins = new Set(options.allowOrigins?.map((origin) => origin.toLowerCase()));
    this.#allowHosts = new Set([...this.#allowOrigins].map((origin) => originHost(origin) ?? ""));
    if (this.token === undefined) return;
    this.#tokenHash = sha256(this.token);
    // Cookies do not keep ports apart, so two servers behind tunnels on one laptop need two names. The value is not
    // the token itself: who reads a cookie store learns nothing that opens another browser's door by URL.
    this.#cookieName = `scenecast_${Buffer.from(sha256(`name ${this.token}`))
      .toString("hex")
      .slice(0, 8)}`;
    this.#cookieValue = Buffer.from(sha256(`cookie ${this.token}`)).toString("hex");
  }

  /** Whether this request may be served; null when it may. Every route but /healthz asks. */
  check(request: Request, url: URL): Refusal | null {
    if (this.#tokenHash !== undefined) {
      if (this.#showsToken(request, url)) return null;
      return {
        status: 401,
        message:
          "This view needs a token: open the address that scenecast printed when it started, with its ?token=….",
      };
    }
    return this.#checkHost(request);
  }

  /**
   * Whether the page that opens a socket (or posts) is this server's own, by its Origin header; null when it is. A
   * program that is no browser sends none, and may.
   */
  checkOrigin(request: Request): Refusal | null {
    const origin = request.headers.get("origin")?.toLowerCase();
    if (origin === undefined || this.#allowOrigins.has(origin)) return null;
    const host = originHost(origin);
    if (host !== null && requestHosts(request).some((own) => withoutDefaultPort(own, origin) === host))
      return null;
    return {
      status: 403,
      message: `A page of ${origin.slice(0, 200)} may not open this view; start scenecast with --allow-origin ${origin.slice(0, 200)} where it should.`,
    };
  }

  /** The Set-Cookie value for a page that was opened by its token, null where there is nothing to remember. */
  cookieFor(request: Request, url: URL): string | null {
    if (this.#tokenHash === undefined || !url.searchParams.has("token")) return null;
    if (!this.check(request, url)) {
      // No Path: the browser then takes the page's own directory, whatever prefix a proxy has put before it.
      return `${this.#cookieName}=${this.#cookieValue}; HttpOnly; SameSite=Strict`;
    }
    return null;
  }

  #showsToken(request: Request, url: URL): boolean {
    const given = url.searchParams.get("token") ?? bearer(request.headers.get("authorization"));
    if (given !== null && this.#tokenHash !== undefined && sameBytes(sha256(given), this.#tokenHash))
      return true;
    const cookie = cookieValue(request.headers.get("cookie"), this.#cookieName);
    return cookie !== null && sameBytes(sha256(cookie), sha256(this.#cookieValue));
  }

  /**
   * DNS rebinding: a page of http://evil.example whose name is made to resolve to 127.0.0.1 is same-origin with what
   * it then reads here, and only its Host header tells. A name that is not local is therefore taken only with proof
   * that the browser saw an https page, so that a proxy with a certificate for that name stands in front (JupyterHub,
   * code-server): Sec-Fetch-Site, which browsers send to trustworthy origins only and pages can not set, or for
   * sockets, which carry none, an https Origin. A tunnel (ssh -L) keeps "localhost" with another port.
   */
  #checkHost(request: Request): Refusal | null {
    const host = request.headers.get("host");
    if (host === null) return null;
    const lower = host.toLowerCase();
    if (isLocalHost(withoutPort(lower)) || this.#allowHosts.has(lower)) return null;
    if (request.headers.has("sec-fetch-site")) return null;
    const origin = request.headers.get("origin");
    if (origin?.startsWith("https://") && this.checkOrigin(request) === null) return null;
    return {
      status: 403,
      message: `This view answers to localhost only, and was asked for as ${host.slice(0, 200)}; open it through an SSH tunnel, or start scenecast with a --token or with --allow-origin http://${host.slice(0, 200)}.`,
    };
  }
}

function madeUpToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString("base64url");
}

function sha256(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}

/** Compares digests in a time that does not depend on where they differ. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function bearer(header: string | null): string | null {
  return header?.startsWith("Bearer ") ? header.slice("Bearer ".length) : null;
}

function cookieValue(header: string | null, name: string): string | null {
  const start = `${name}=`;
  const pair = header?.split(/;\s*/).find((item) => item.startsWith(start));
  return pair === undefined ? null : pair.slice(start.length);
}

/** The names under which the caller knows this server. A browser lets no page set X-Forwarded-Host on a socket. */
function requestHosts(request: Request): string[] {
  return [request.headers.get("host"), request.headers.get("x-forwarded-host")]
    .filter((host) => host !== null)
    .map((host) => host.toLowerCase());
}

function originHost(origin: string): string | null {
  const match = /^https?:\/\/([^/]+)$/.exec(origin);
  return match?.[1] === undefined ? null : withoutDefaultPort(match[1], origin);
}

function withoutDefaultPort(host: string, origin: string): string {
  return host.replace(origin.startsWith("https:") ? /:443$/ : /:80$/, "");
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "").replace(/\.$/, "");
}
