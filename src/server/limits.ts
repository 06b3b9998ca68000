import { LIMITS } from "./protocol.ts";

/**
 * How much one server takes on, and how it refuses more: by a sentence that says what to do, but for Bun's own 431.
 *
 * | what | at most | to change it | beyond it |
 * |---|---|---|---|
 * | viewers | 1000 | `--max-viewers`, `maxViewers` | 503 |
 * | connections of one address | a quarter of the viewers, at least 32 | with the viewers | 429 |
 * | sizes that MJPEG streams ask for (`?size=`) | 8 | | 503 |
 * | wrong tokens of one address | 100 at once, then 1 a second | | 429 instead of 401 |
 * | wrong tokens that come through one trusted proxy | 1000 at once, then 10 a second | | 429 instead of 401 |
 * | snapshots of one address | 20 at once, then 10 a second | | 429 |
 * | body of a request | 64 KiB | | 413, and the connection is closed |
 * | request line and headers | 16 KiB, 200 headers (Bun's) | | 431 |
 * | WebRTC offers whose peers have not come | 64, in equal shares of the addresses | | 503; given up after 15 s |
 * | lines of an offer | 1000, 16 of them media, 32 candidates of use | | 400; more candidates are left out |
 * | data channels of a peer | 4 open, 100 in all | | closed; not answered |
 * | message on the socket | 4 KiB (`LIMITS.messageBytes`) | | error `too-long`; over 64 KiB closed with 1009 |
 * | events of one viewer | 2000 a second (`LIMITS.eventsPerSecond`) | | error `too-many` |
 * | messages of one POST to `/events` | 512 (`LIMITS.batchMessages`), 64 KiB | | 413 |
 * | frames of any kind on one socket | 4000 a second (`LIMITS.messagesPerSecond`), 1 MiB a second | | closed with 1008 |
 * | error answers of one socket | 200 at once, then 100 a second | | not answered |
 * | streams opened on one socket | 8 at once, then 2 a second | | the newest request waits |
 *
 * Connections are counted by address, for anybody can make up viewer ids. Programs and SSH tunnels of this very machine
 * share its address, so that is not counted; clients of a proxy are told apart where it is a trusted one (`--trusted-proxy`).
 */
export const DEFAULT_MAX_VIEWERS = 1000;

/** A quarter, so that it takes more than one address to fill the view. */
const SHARE_OF_AN_ADDRESS = 1 / 4;
/** Enough for a room of people behind one address, whatever the number of viewers is. */
const LEAST_OF_AN_ADDRESS = 32;

/** What an {@link AddressLimiter} lets through of each address. */
export interface RateLimit {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** A page that is left open with an old token tries twice every 5 s. */
export const LIMIT_OF_WRONG_TOKENS = {
  client: { atOnce: 100, perSecond: 1 },
  proxy: { atOnce: 1000, perSecond: 10 },
} as const satisfies Record<string, RateLimit>;

/** A PNG of 1280x720 takes 20 to 50 ms of a core. */
export const LIMIT_OF_SNAPSHOTS: RateLimit = { atOnce: 20, perSecond: 10 };

/** What a token is made of: what fits unescaped into a URL and a shell, and is too long to be tried out. */
export const TOKEN_PATTERN: RegExp = /^[A-Za-z0-9._~-]{8,256}$/;
export const TOKEN_RULE = "A token is 8 to 256 letters, digits and . _ ~ - characters.";

/** Bytes of messages from one connection, on average: 1,000 moves have 150 KB. */
const BYTES_PER_SECOND = 1 << 20;

/** Each costs an encoding of every frame, whoever looks at it. */
export const MAX_STREAM_SIZES = 8;

/** Bytes: an SDP offer has some 10 KiB. */
export const MAX_BODY_BYTES = 1 << 16;

/** How many addresses a limiter remembers; beyond that those are forgotten that were quiet longest. */
const REMEMBERED_ADDRESSES = 10_000;

/** So many at once, and so many more with every second: a token bucket. */
export class Allowance {
  readonly #atOnce: number;
  readonly #perSecond: number;
  #left: number;
  #since: number;

  /** `now` as in {@link take}; `atStart`: what is there before the first second. */
  constructor(atOnce: number, perSecond: number, now = performance.now(), atStart = atOnce) {
    this.#atOnce = atOnce;
    this.#perSecond = perSecond;
    this.#left = atStart;
    this.#since = now;
  }

  /** Takes one, or `amount`; false where less is left. `now` in ms of `performance.now()`. */
  take(now = performance.now(), amount = 1): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((now - this.#since) / 1000) * this.#perSecond);
    this.#since = now;
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }
}

/**
 * What one connection may send of any kind, counted before it is parsed. A page sends 130 messages a second, a program with a
 * mouse of 1000 Hz 1,100; the reserve is what such a program has sent when the network stood still for 14 s. A connection
 * begins with less of it, so that opening another does not pay.
 */
export class MessageBudget {
  readonly #messages: Allowance;
  readonly #bytes: Allowance;

  /** `now` as in {@link take}. */
  constructor(now = performance.now()) {
    const { messagesPerSecond } = LIMITS;
    this.#messages = new Allowance(4 * messagesPerSecond, messagesPerSecond, now, 1.5 * messagesPerSecond);
    this.#bytes = new Allowance(4 * BYTES_PER_SECOND, BYTES_PER_SECOND, now, 1.5 * BYTES_PER_SECOND);
  }

  /** Takes one message of so many bytes; false where there were too many. `now` in ms of `performance.now()`. */
  take(bytes: number, now = performance.now()): boolean {
    return this.#messages.take(now) && this.#bytes.take(now, bytes);
  }
}

/** What one viewer may send of events. */
export function eventAllowance(): Allowance {
  return new Allowance(LIMITS.eventsPerSecond, LIMITS.eventsPerSecond);
}

/** How many of its faults one connection is answered. */
export function errorAllowance(): Allowance {
  return new Allowance(200, 100);
}

/** How many picture streams one connection may open: each may cost an encoder, and all viewers of its tier a keyframe. */
export function streamAllowance(): Allowance {
  return new Allowance(8, 2);
}

/** How many connections each address has. */
export class Connections {
  /** How many one address may have. */
  readonly limit: number;
  readonly #open = new Map<string, number>();

  constructor(maxViewers: number) {
    this.limit = Math.max(LEAST_OF_AN_ADDRESS, Math.floor(maxViewers * SHARE_OF_AN_ADDRESS));
  }

  /** Whether this address may have one more; null, for this machine's own, may always. */
  mayOpen(address: string | null): boolean {
    return address === null || (this.#open.get(address) ?? 0) < this.limit;
  }

  /** Counts a connection until the function that it returns is called, once or more often. */
  opened(address: string | null): () => void {
    if (address === null) return () => {};
    this.#open.set(address, (this.#open.get(address) ?? 0) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#open.get(address) ?? 0) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    };
  }
}

/** One token bucket for each address. */
export class AddressLimiter {
  readonly #limit: RateLimit;
  readonly #byAddress = new Map<string, Allowance>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Takes one; false where none is left. `now` as in {@link Allowance.take}. */
  take(address: string, now = performance.now()): boolean {
    const { atOnce, perSecond } = this.#limit;
    const allowance = this.#byAddress.get(address) ?? new Allowance(atOnce, perSecond, now);
    // Behind all others: the first is the one that was quiet longest.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, allowance);
    if (this.#byAddress.size > REMEMBERED_ADDRESSES) {
      for (const oldest of this.#byAddress.keys()) {
        this.#byAddress.delete(oldest);
        break;
      }
    }
    return allowance.take(now);
  }
}
