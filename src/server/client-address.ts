import { BlockList, isIP } from "node:net";
import { isLocalHost } from "./host-names.ts";

/** Where a request comes from, for counting. */
export interface Caller {
  /**
   * An IPv4 address, or the first half of an IPv6 one, for every subscriber has all of the second. Null for this machine's own,
   * which programs here, SSH tunnels and proxies share.
   */
  address: string | null;
  /** The trusted proxy that named it, in the same form; null where there was none. */
  proxy: string | null;
}

/** Tells clients apart, also behind proxies that were named as trusted: what others write into X-Forwarded-For counts nothing. */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /**
   * `trustedProxies`: addresses and networks, such as "127.0.0.1" and "10.0.0.0/8".
   * @throws RangeError for what is neither
   */
  constructor(trustedProxies: readonly string[] = []) {
    for (const proxy of trustedProxies) {
      if (!isAddressRange(proxy)) {
        throw new RangeError(
          `The trusted proxy ${JSON.stringify(proxy)} is not an IP address or a network such as 10.0.0.0/8.`,
        );
      }
      const [address = "", bits] = proxy.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /** `peer`: the address at the other end of the connection. */
  of(request: Request, peer: string | undefined): Caller {
    const own = plainAddress(peer ?? "");
    if (!this.#isTrusted(own)) return { address: countedAddress(own), proxy: null };
    // Each proxy adds what it has seen behind what it was given: from the right, the first that is no proxy is the client.
    const named = request.headers.get("x-forwarded-for")?.split(",").map(plainAddress) ?? [];
    const client = named.findLast((address) => !this.#isTrusted(address)) ?? "";
    return { address: countedAddress(client), proxy: networkOf(own) };
  }

  #isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 6 ? "ipv6" : "ipv4");
  }
}

/** Whether this is an IP address, or a network in CIDR notation. */
export function isAddressRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32));
}

/** Without its zone, and an IPv4 address without the IPv6 form that a dual-stack socket gives it. */
function plainAddress(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
}

function countedAddress(address: string): string | null {
  const network = networkOf(address);
  return network === null || isLocalHost(network) ? null : network;
}

/** Null for what is no IP address. */
function networkOf(address: string): string | null {
  const version = isIP(address);
  if (version !== 6 || address === "::1") return version === 0 ? null : address;
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(":")}::`;
}
