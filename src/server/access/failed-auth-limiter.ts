import { getLogger } from "@logtape/logtape";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import type { Caller } from "./client-address.ts";
import { AddressLimiter, WRONG_TOKEN_LIMITS } from "./limits.ts";

const log = getLogger(["scenecast", "access"]);

/** Rate limiter of requests with a wrong token, per client address and per trusted proxy. */
export class FailedAuthLimiter {
  readonly #byClient = new AddressLimiter(WRONG_TOKEN_LIMITS.client);
  readonly #byProxy = new AddressLimiter(WRONG_TOKEN_LIMITS.proxy);
  readonly #warnings = new TokenBucket(1, 1 / 60);

  /** Counts a request with a wrong token. Returns false over the limit, and logs a warning then. */
  record({ address, proxy }: Caller): boolean {
    const client = address ?? "this machine";
    const isClientBelowLimit = this.#byClient.take(client);
    if (proxy === null ? isClientBelowLimit : this.#byProxy.take(proxy) && isClientBelowLimit) return true;
    if (this.#warnings.take()) log.warning`Many wrong tokens were sent from ${client}.`;
    return false;
  }
}
