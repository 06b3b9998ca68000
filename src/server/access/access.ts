import { getLogger } from "@logtape/logtape";
import type { Role } from "../../protocol/role.ts";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import type { AppOptions } from "../app.ts";
import type { Caller } from "./client-address.ts";
import { Credentials } from "./credentials.ts";
import { AddressLimiter } from "./limits.ts";
import { OriginPolicy, type Refusal } from "./origin-policy.ts";

const log = getLogger(["scenecast", "access"]);

/**
 * Authorizes requests. localhost requires no token; any other address requires one of two, on every route but /healthz.
 */
export class Access {
  readonly credentials: Credentials;
  readonly origins: OriginPolicy;
  /** Wrong tokens. A page left open with an old token retries twice every 5 s. */
  readonly #failuresByClient = new AddressLimiter({ burst: 100, perSecond: 1 });
  readonly #failuresByProxy = new AddressLimiter({ burst: 1000, perSecond: 10 });
  readonly #warnings = new TokenBucket(1, 1 / 60);

  /** @throws RangeError if a token is malformed, or if both tokens are equal */
  constructor(options: AppOptions) {
    this.credentials = new Credentials(options);
    this.origins = new OriginPolicy(options.allowOrigins);
  }

  /** The role of a request, or why it is refused. */
  authorize(request: Request, url: URL, caller: Caller): Role | Refusal {
    if (!this.credentials.isRequired)
      return this.origins.checkHost(request, caller.forwarded.hosts) ?? "control";
    const role = this.credentials.roleOf(request, url);
    if (role === null) return TOKEN_REQUIRED;
    // A correct token is accepted even over the limit: otherwise one attacker would lock out all clients behind the same proxy.
    // The token's length prevents guessing; the limit only serves to log attempts and to answer them with 429.
    if (role !== "wrong") return role;
    return this.#takeFailure(caller) ? WRONG_TOKEN : TOO_MANY_FAILURES;
  }

  /** Counts a request with a wrong token. Returns false over the limit, and logs a warning then. */
  #takeFailure({ address, proxy }: Caller): boolean {
    const client = address ?? "this machine";
    const isClientBelowLimit = this.#failuresByClient.take(client);
    if (isClientBelowLimit && proxy === null) return true;
    if (proxy !== null && this.#failuresByProxy.take(proxy) && isClientBelowLimit) return true;
    if (this.#warnings.take()) log.warning`Many wrong tokens were sent from ${client}.`;
    return false;
  }
}

const TOKEN_REQUIRED: Refusal = {
  status: 401,
  message:
    "This server requires a token. Open the address that scenecast printed when it started, with its ?token=….",
  headers: { "WWW-Authenticate": 'Bearer realm="scenecast"' },
};

const WRONG_TOKEN: Refusal = {
  ...TOKEN_REQUIRED,
  message:
    "This server has another token: this one is wrong, or was that of an earlier start. Open the address that scenecast printed when it started, with its ?token=….",
};

const TOO_MANY_FAILURES: Refusal = {
  status: 429,
  message:
    "Too many wrong tokens were sent from your address. Open the address that scenecast printed when it started, with its ?token=…, and wait before you try again.",
  headers: { "Retry-After": "10" },
};
