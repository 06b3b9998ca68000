import type { Role } from "../../protocol/role.ts";
import type { Caller } from "./client-address.ts";
import { type CredentialOptions, Credentials } from "./credentials.ts";
import { FailedAuthLimiter } from "./failed-auth-limiter.ts";
import { OriginPolicy } from "./origin-policy.ts";
import type { Refusal } from "./refusal.ts";

export interface AccessOptions extends CredentialOptions {
  /** Origins of other pages that may open WebSockets and post, for example "https://hub.example.org". Default none. */
  allowOrigins?: readonly string[];
}

/**
 * Authorizes requests. localhost requires no token; any other address requires one of two, on every route but /healthz.
 */
export class Access {
  readonly credentials: Credentials;
  readonly origins: OriginPolicy;
  readonly #failures = new FailedAuthLimiter();

  /** @throws RangeError if a token is malformed, or if both tokens are equal */
  constructor(options: AccessOptions) {
    this.credentials = new Credentials(options);
    this.origins = new OriginPolicy(options.allowOrigins);
  }

  /** The role of a request, or why it is refused. */
  authorize(request: Request, url: URL, caller: Caller): Role | Refusal {
    if (!this.credentials.isRequired) return this.origins.checkHost(request) ?? "control";
    const role = this.credentials.roleOf(request, url);
    if (role === null) return TOKEN_REQUIRED;
    // A correct token is accepted even over the limit: otherwise one attacker would lock out all clients behind the same proxy.
    // The token's length prevents guessing; the limit only serves to log attempts and to answer them with 429.
    if (role !== "wrong") return role;
    return this.#failures.record(caller) ? TOKEN_REQUIRED : TOO_MANY_FAILURES;
  }
}

const TOKEN_REQUIRED: Refusal = {
  status: 401,
  message:
    "This server requires a token. Open the address that scenecast printed when it started, with its ?token=….",
  headers: { "WWW-Authenticate": 'Bearer realm="scenecast"' },
};

const TOO_MANY_FAILURES: Refusal = {
  status: 429,
  message:
    "Too many wrong tokens were sent from your address. Open the address that scenecast printed when it started, with its ?token=…, and wait before you try again.",
  headers: { "Retry-After": "10" },
};
