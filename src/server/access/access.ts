import { getLogger } from "@logtape/logtape";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import type { Caller } from "./client-address.ts";
import { isLocalHost } from "./host-names.ts";
import { AddressLimiter, TOKEN_PATTERN, TOKEN_RULE, WRONG_TOKEN_LIMITS } from "./limits.ts";

const log = getLogger(["scenecast", "access"]);

/**
 * Who may look and who may steer. localhost needs nothing; any other address needs a token, on every route but /healthz
 * (DESIGN, Access). Two tokens open the view: with one a viewer steers, with the other it only looks.
 */
export interface AccessOptions {
  /** The address that the server is bound to, as given by the person: "localhost", "0.0.0.0", "node17". */
  host: string;
  /** With this viewers look and steer. Default: none on localhost, unless there is a `viewToken`; elsewhere made up. */
  token?: string;
  /** With this viewers look and do not steer. Default: made up where there is a token. */
  viewToken?: string;
  /** Origins that may open sockets and post besides the page's own, for example "https://hub.example.org". Default none. */
  allowOrigins?: readonly string[];
}

/** What a viewer may do. */
export type Role = "control" | "view";

/** Why a request is not served: HTTP status and one sentence for a person. */
export interface Refusal {
  status: 401 | 403 | 429;
  message: string;
  headers?: Record<string, string>;
}

/** A token as it is looked for: hashed, so that comparing takes the same time whatever was given. */
interface Credential {
  role: Role;
  tokenHash: Uint8Array;
  cookieName: string;
  cookieValue: string;
  cookieHash: Uint8Array;
}

export class Access {
  /** With this viewers may steer; undefined where no token is needed. */
  readonly token: string | undefined;
  /** With this viewers may only look; undefined where no token is needed. */
  readonly viewToken: string | undefined;
  readonly #credentials: readonly Credential[] = [];
  readonly #wrongTokens = new AddressLimiter(WRONG_TOKEN_LIMITS.client);
  readonly #wrongTokensByProxy = new AddressLimiter(WRONG_TOKEN_LIMITS.proxy);
  readonly #warnings = new TokenBucket(1, 1 / 60);
  readonly #allowOrigins: ReadonlySet<string>;
  readonly #allowHosts: ReadonlySet<string>;

  /** @throws RangeError for tokens that are none, or both the same. */
  constructor({ host, token, viewToken, allowOrigins }: AccessOptions) {
    for (const given of [token, viewToken]) {
      if (given !== undefined && !TOKEN_PATTERN.test(given)) throw new RangeError(TOKEN_RULE);
    }
    if (token !== undefined && token === viewToken) {
      throw new RangeError("The token and the view-only token are the same; they must differ.");
    }
    this.#allowOrigins = new Set(allowOrigins?.map((origin) => origin.toLowerCase()));
    this.#allowHosts = new Set([...this.#allowOrigins].map((origin) => originHost(origin) ?? ""));
    if (token === undefined && viewToken === undefined && isLocalHost(host)) return;
    this.token = token ?? makeToken();
    this.viewToken = viewToken ?? makeToken();
    this.#credentials = [credentialFor("control", this.token), credentialFor("view", this.viewToken)];
  }

  /**
   * What the sender of this request may do, or why it is not served. Every route but /healthz asks.
   */
  authorize(request: Request, url: URL, caller: Caller): Role | Refusal {
    if (this.#credentials.length === 0) return this.#checkHost(request) ?? "control";
    const tokens = [url.searchParams.get("token"), bearer(request.headers.get("authorization"))];
    const cookies = cookiesOf(request);
    // The token of the address first: who opens the view-only address looks, also with the other one's cookie.
    const door = this.#credentialOfTokens(tokens) ?? this.#credentialOfCookies(cookies);
    // A right token is taken whatever else came from its address, else one attacker would lock out all who are behind the
    // same proxy. That guessing leads nowhere is up to the token's length; here its owner hears of it, and who guesses too.
    if (door !== null) return door.role;
    const guessed = tokens.some(Boolean) || this.#credentials.some((each) => cookies.has(each.cookieName));
    if (!guessed) return TOKEN_REQUIRED;
    const from = caller.address ?? "this machine";
    const isBelowLimit = this.#wrongTokens.take(from);
    if (caller.proxy === null ? isBelowLimit : this.#wrongTokensByProxy.take(caller.proxy) && isBelowLimit)
      return TOKEN_REQUIRED;
    if (this.#warnings.take()) log.warning`Somebody tries one wrong token after the other, from ${from}.`;
    return TOO_MANY_FAILURES;
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

  /** Whether the query has a valid token: the page that links to this URL knows it then. */
  hasTokenInUrl(url: URL): boolean {
    return this.#credentialOfTokens([url.searchParams.get("token")]) !== null;
  }

  /** Origins of other sites' pages that may use this server. */
  get allowedOrigins(): readonly string[] {
    return [...this.#allowOrigins];
  }

  /** The Set-Cookie value for a page that was opened by a token, null where there is nothing to remember. */
  cookieFor(url: URL): string | null {
    const door = this.#credentialOfTokens([url.searchParams.get("token")]);
    if (door === null) return null;
    // No Path: the browser then takes the page's own directory, whatever prefix a proxy has put before it.
    const secure = url.protocol === "https:" ? "; Secure" : "";
    return `${door.cookieName}=${door.cookieValue}; HttpOnly; SameSite=Strict${secure}`;
  }

  #credentialOfTokens(tokens: readonly (string | null)[]): Credential | null {
    let found: Credential | null = null;
    for (const token of tokens) {
      const hash = sha256(token ?? "");
      for (const door of this.#credentials) if (sameBytes(hash, door.tokenHash)) found ??= door;
    }
    return found;
  }

  #credentialOfCookies(cookies: ReadonlyMap<string, string>): Credential | null {
    let found: Credential | null = null;
    for (const door of this.#credentials) {
      const hash = sha256(cookies.get(door.cookieName) ?? "");
      if (sameBytes(hash, door.cookieHash)) found ??= door;
    }
    return found;
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

const TOKEN_REQUIRED: Refusal = {
  status: 401,
  message:
    "This view needs a token: open the address that scenecast printed when it started, with its ?token=….",
  headers: { "WWW-Authenticate": 'Bearer realm="scenecast"' },
};

const TOO_MANY_FAILURES: Refusal = {
  status: 429,
  message:
    "Too many wrong tokens came from your address: open the address that scenecast printed when it started, with its ?token=…, and wait before you try another.",
  headers: { "Retry-After": "10" },
};

/** Who holds one token learns nothing of the other, by name or value of its cookie. */
function credentialFor(role: Role, token: string): Credential {
  // The value is not the token itself: who reads a cookie store learns nothing that opens another browser's door by URL.
  const cookieValue = Buffer.from(sha256(`cookie ${token}`)).toString("hex");
  return {
    role,
    tokenHash: sha256(token),
    // Cookies do not keep ports apart, so two servers behind tunnels on one laptop need two names.
    cookieName: `scenecast_${Buffer.from(sha256(`name ${token}`))
      .toString("hex")
      .slice(0, 8)}`,
    cookieValue,
    cookieHash: sha256(cookieValue),
  };
}

function makeToken(): string {
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
  return header === null ? null : (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null);
}

/** By name. */
function cookiesOf(request: Request): Map<string, string> {
  const pairs = request.headers.get("cookie")?.split(/;\s*/) ?? [];
  return new Map(pairs.map((pair) => [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1)]));
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
  return host.replace(/:\d*$/, "").replace(/\.$/, "");
}
