import { MAX_MESSAGES_PER_SECOND } from "../../protocol/limits.ts";
import { TokenBucket } from "../../rtp/token-bucket.ts";

/**
 * Limits of one server. A request over a limit is refused with a message that says what to do, except for 431, which is Bun's.
 *
 * | subject | limit | set by | over the limit |
 * |---|---|---|---|
 * | viewers | 1000 | `--max-viewers`, `maxViewers` | 503 |
 * | connections of one address | a quarter of the viewers, at least 32 | `--max-viewers` | 429 |
 * | sizes of MJPEG streams (`?size=`) | 8 | | 503 |
 * | wrong tokens of one address | burst of 100, then 1 per second | | 429 instead of 401 |
 * | wrong tokens through one trusted proxy | burst of 1000, then 10 per second | | 429 instead of 401 |
 * | snapshots of one address | burst of 20, then 10 per second | | 429 |
 * | questions of one address for a place of the view (`/pick`) | burst of 60, then 30 per second | | 429 |
 * | body of a request | 64 KiB | | 413, and the connection is closed |
 * | changes of the scene that wait for the renderer | 256 | | 429 |
 * | lines of a producer on its control socket | 100 per second of 64 KiB each, burst of 200 | | read later |
 * | request line and headers | 16 KiB, 200 headers (Bun's) | | 431 |
 * | answered WebRTC offers without a connected peer | 64, in equal shares of the addresses | | 503; dropped after 15 s |
 * | lines of an offer | 1000, 16 media sections, 32 usable candidates | | 400; more candidates are ignored |
 * | data channels of a peer | 4 open, 100 in total | | closed; not answered |
 * | datagrams of a WebRTC peer | 2000 per second; 200 from addresses that ICE has not validated | | dropped |
 * | SCTP chunks of a peer | 3000 per second, 256 fragments of a message | | dropped; disconnected |
 * | packets that one RTCP packet reports | 4096 | | ignored |
 * | message on the WebSocket | 4 KiB (`MAX_MESSAGE_BYTES`) | | error `too-long`; over 64 KiB closed with 1009 |
 * | events of one viewer | 2000 per second (`MAX_EVENTS_PER_SECOND`) | | error `too-many` |
 * | messages of one POST to `/events` | 512 (`MAX_BATCH_MESSAGES`), 64 KiB | | 413 |
 * | WebSocket frames of any kind on one connection | 4000 per second (`MAX_MESSAGES_PER_SECOND`), 1 MiB per second | | closed with 1008 |
 * | error messages on one connection | burst of 200, then 100 per second | | not sent |
 * | frame streams opened on one connection | burst of 8, then 2 per second | | delayed; only the newest request is kept |
 *
 * Connections are counted by address, since viewer ids can be made up. Those of this machine are not counted, since local programs
 * and SSH tunnels share its address. Clients behind a proxy are counted one by one if the proxy is trusted (`--trusted-proxy`), or
 * if it connects to a Unix socket.
 */
export const DEFAULT_MAX_VIEWERS = 1000;

/** Share of the viewers, so that one address cannot fill the view. */
const MAX_SHARE_PER_ADDRESS = 1 / 4;
/** Minimum of that share, for several people behind one address. */
const MIN_CONNECTIONS_PER_ADDRESS = 32;

/** Snapshots per client address. A PNG of 1280x720 takes 20 to 50 ms of one core. */
export const SNAPSHOT_LIMIT = { burst: 20, perSecond: 10 };

/** Questions for a place of the view over HTTP, per client address. */
export const PICK_LIMIT = { burst: 60, perSecond: 30 };

/** Average rate of message bytes from one connection, bytes per second. 1,000 moves are 150 KB. */
const BYTES_PER_SECOND = 1 << 20;

/** Maximum number of different sizes of MJPEG streams at the same time. Each costs one more encoding of every frame. */
export const MAX_STREAM_SIZES = 8;

/** Largest body of a request, bytes. An SDP offer has about 10 KiB. */
export const MAX_BODY_BYTES = 1 << 16;

/** Maximum number of addresses that a limiter tracks. Beyond it, the least recently used is evicted. */
const MAX_TRACKED_ADDRESSES = 10_000;

/**
 * Flood limit of one connection: token buckets for its messages, of any kind, and for their bytes, checked before parsing. A page
 * sends 130 messages a second, a program with a 1000 Hz mouse 1,100; the burst of 16,000 is what such a program sends after a
 * network stall of 14 s. A new connection starts with 6,000 of them, so that reconnecting does not evade the limit.
 */
export class MessageBudget {
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;

  /** `now` as in {@link take}. */
  constructor(now = performance.now()) {
    const rate = MAX_MESSAGES_PER_SECOND;
    this.#messages = new TokenBucket(4 * rate, rate, now, 1.5 * rate);
    this.#bytes = new TokenBucket(4 * BYTES_PER_SECOND, BYTES_PER_SECOND, now, 1.5 * BYTES_PER_SECOND);
  }

  /** Counts one message of `bytes` bytes; returns false over the limit. `now` in ms of `performance.now()`. */
  take(bytes: number, now = performance.now()): boolean {
    return this.#messages.take(now) && this.#bytes.take(now, bytes);
  }
}

export class ConnectionCounter {
  /** Maximum per address. */
  readonly limit: number;
  readonly #open = new Map<string, number>();

  constructor(maxViewers: number) {
    this.limit = Math.max(MIN_CONNECTIONS_PER_ADDRESS, Math.floor(maxViewers * MAX_SHARE_PER_ADDRESS));
  }

  /** Whether this address may open another connection; always for null, which is this machine. */
  canOpen(address: string | null): boolean {
    return address === null || (this.#open.get(address) ?? 0) < this.limit;
  }

  /** Counts a connection until the returned function is called, which is idempotent. */
  open(address: string | null): () => void {
    if (address === null) return () => {};
    this.#open.set(address, (this.#open.get(address) ?? 0) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const remaining = (this.#open.get(address) ?? 0) - 1;
      if (remaining > 0) this.#open.set(address, remaining);
      else this.#open.delete(address);
    };
  }
}

/** Rate limiter with one token bucket per address. */
export class AddressLimiter {
  readonly #limit: { burst: number; perSecond: number };
  readonly #byAddress = new Map<string, TokenBucket>();

  constructor(limit: { burst: number; perSecond: number }) {
    this.#limit = limit;
  }

  /** Takes one token of this address; returns false if none is left. `now` as in {@link TokenBucket.take}. */
  take(address: string, now = performance.now()): boolean {
    const { burst, perSecond } = this.#limit;
    const bucket = this.#byAddress.get(address) ?? new TokenBucket(burst, perSecond, now);
    // Moved to the end: the first address is the least recently used.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, bucket);
    const [oldest = ""] = this.#byAddress.keys();
    if (this.#byAddress.size > MAX_TRACKED_ADDRESSES) this.#byAddress.delete(oldest);
    return bucket.take(now);
  }
}
