import type { Role } from "../../protocol/role.ts";
import type { AppOptions } from "../app.ts";
import { isLocalHost } from "./host-names.ts";

/** Format of a token: characters that need no escaping in a URL or a shell, and at least 8 of them, against guessing. */
export const TOKEN_PATTERN: RegExp = /^[A-Za-z0-9._~-]{8,256}$/;
export const TOKEN_RULE = "A token is 8 to 256 letters, digits and . _ ~ - characters.";

/** Makes a random token of 144 bits. */
export function makeToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString("base64url");
}

/** An accepted token and its cookie, as hashes, so that the duration of a comparison does not depend on the request. */
interface Credential {
  readonly role: Role;
  readonly tokenHash: Uint8Array;
  readonly cookieName: string;
  readonly cookieValue: string;
  readonly cookieHash: Uint8Array;
}

/** The two tokens of a server, and the cookies by which a browser keeps them. */
export class Credentials {
  /** Token of the role "control"; undefined if no token is required. */
  readonly token: string | undefined;
  /** Token of the role "view"; undefined if no token is required. */
  readonly viewToken: string | undefined;
  readonly #credentials: readonly Credential[] = [];

  /** @throws RangeError if a token is malformed, or if both tokens are equal */
  constructor({ host = "localhost", token, viewToken }: AppOptions) {
    for (const each of [token, viewToken]) {
      if (each !== undefined && !TOKEN_PATTERN.test(each)) throw new RangeError(TOKEN_RULE);
    }
    if (token !== undefined && token === viewToken) {
      throw new RangeError("The token and the view-only token are the same; they must differ.");
    }
    if (token === undefined && viewToken === undefined && isLocalHost(host)) return;
    this.token = token ?? makeToken();
    this.viewToken = viewToken ?? makeToken();
    this.#credentials = [credentialFor("control", this.token), credentialFor("view", this.viewToken)];
  }

  get isRequired(): boolean {
    return this.#credentials.length > 0;
  }

  /**
   * The role of a request's token or cookie; null if it has neither; "wrong" if none of them is accepted. A token has precedence
   * over a cookie: with the view-only URL a viewer cannot steer, even if it has the cookie of the other token.
   */
  roleOf(request: Request, url: URL): Role | "wrong" | null {
    const cookies = new Bun.CookieMap(request.headers.get("cookie") ?? "");
    const tokens = [url.searchParams.get("token"), bearerToken(request)].filter((token) => token !== null);
    const credential =
      tokens.map((token) => this.#findByToken(token)).find((found) => found !== undefined) ??
      this.#credentials.find(({ cookieName, cookieHash }) =>
        hasHash(cookies.get(cookieName) ?? "", cookieHash),
      );
    if (credential !== undefined) return credential.role;
    const hasCredential =
      tokens.some((token) => token !== "") ||
      this.#credentials.some(({ cookieName }) => cookies.has(cookieName));
    return hasCredential ? "wrong" : null;
  }

  hasTokenInUrl(url: URL): boolean {
    return this.#credentialInUrl(url) !== undefined;
  }

  /** Set-Cookie for a page that was opened with a token in its URL; null without a token. */
  cookieFor(url: URL): string | null {
    const credential = this.#credentialInUrl(url);
    if (credential === undefined) return null;
    // Without Path, the browser uses the directory of the page, whatever prefix a proxy adds.
    const secure = url.protocol === "https:" ? "; Secure" : "";
    return `${credential.cookieName}=${credential.cookieValue}; HttpOnly; SameSite=Strict${secure}`;
  }

  #credentialInUrl(url: URL): Credential | undefined {
    return this.#findByToken(url.searchParams.get("token") ?? "");
  }

  #findByToken(token: string): Credential | undefined {
    return this.#credentials.find(({ tokenHash }) => hasHash(token, tokenHash));
  }
}

/** The holder of one token learns nothing about the other from the name or value of its cookie. */
function credentialFor(role: Role, token: string): Credential {
  // A hash of the token: with a leaked cookie store, the page cannot be opened by URL in another browser.
  const cookieValue = Buffer.from(sha256(`cookie ${token}`)).toString("hex");
  const nameHash = Buffer.from(sha256(`name ${token}`)).toString("hex");
  return {
    role,
    tokenHash: sha256(token),
    // Cookies are shared by all ports of a host, so that two servers behind tunnels on one laptop need two names.
    cookieName: `scenecast_${nameHash.slice(0, 8)}`,
    cookieValue,
    cookieHash: sha256(cookieValue),
  };
}

function sha256(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}

function hasHash(text: string, hash: Uint8Array): boolean {
  return crypto.timingSafeEqual(sha256(text), hash);
}

function bearerToken(request: Request): string | null {
  return /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
}
