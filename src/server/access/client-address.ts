import { BlockList, isIP } from "node:net";
import { isLocalHost } from "./host-names.ts";

/** Client of a request, as rate and connection limits count it. */
export interface Caller {
  /**
   * An IPv4 address, or the /64 network of an IPv6 one, since a subscriber has a whole /64. Null for loopback and Unix sockets,
   * which local programs, SSH tunnels and proxies share.
   */
  address: string | null;
  /** Trusted proxy that forwarded the request, in the same form; null if the client connected directly. */
  proxy: string | null;
  /** The address that the browser used, where a proxy of this machine or a trusted one changed or encrypted it. */
  forwarded: ForwardedAddress;
}

/** Values of the headers X-Forwarded-Host and X-Forwarded-Proto. */
interface ForwardedAddress {
  /** Host names, lower case, with ports; several if proxies follow one another. */
  readonly hosts: readonly string[];
  readonly isHttps: boolean;
}

/** Peer of the connections of a Unix socket, which only this user can open: a proxy or a tunnel of theirs, and trusted. */
export const UNIX_SOCKET_PEER = "unix";

/** Identifies clients, also behind trusted proxies. From any other peer X-Forwarded-For is ignored, since it can be forged. */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /**
   * `trustedProxies`: IP addresses and CIDR networks, such as "127.0.0.1" and "10.0.0.0/8".
   * @throws RangeError if one of them is neither
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

  /** The client of a request. `peer`: remote address of the connection, or {@link UNIX_SOCKET_PEER}; undefined if it has closed. */
  of(request: Request, peer: string | undefined): Caller {
    const peerAddress = plainAddress(peer ?? "");
    const isTrusted = peer === UNIX_SOCKET_PEER || this.#isTrusted(peerAddress);
    const forwarded = isTrusted || isLocalHost(peerAddress) ? forwardedAddress(request) : NOT_FORWARDED;
    if (!isTrusted) return { address: countedAddress(peerAddress), proxy: null, forwarded };
    // Each proxy appends the address of its peer: from the right, the first address that is not a trusted proxy is the client.
    const forwardedFor = request.headers.get("x-forwarded-for")?.split(",").map(plainAddress) ?? [];
    const client = forwardedFor.findLast((address) => !this.#isTrusted(address)) ?? "";
    return { address: countedAddress(client), proxy: networkOf(peerAddress) ?? peerAddress, forwarded };
  }

  #isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 6 ? "ipv6" : "ipv4");
  }
}

const NOT_FORWARDED: ForwardedAddress = { hosts: [], isHttps: false };

function forwardedAddress({ headers }: Request): ForwardedAddress {
  const list = (name: string) =>
    (headers.get(name) ?? "")
      .split(",")
      .map((value) => value.trim().toLowerCase())
      .filter((value) => value !== "");
  // The first proxy in the list is the one that the browser connected to.
  return { hosts: list("x-forwarded-host"), isHttps: list("x-forwarded-proto")[0] === "https" };
}

/** Whether this is an IP address, or a network in CIDR notation. */
export function isAddressRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32));
}

/** Normalizes an address: removes the zone, and the IPv6 prefix that a dual-stack socket puts before an IPv4 address. */
function plainAddress(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
}

/** The form that is counted; null for loopback and for anything that is not an IP address. */
function countedAddress(address: string): string | null {
  const network = networkOf(address);
  return network === null || isLocalHost(network) ? null : network;
}

/** The /64 network of an IPv6 address; an IPv4 address and ::1 unchanged; null if it is not an IP address. */
function networkOf(address: string): string | null {
  const version = isIP(address);
  if (version !== 6 || address === "::1") return version === 0 ? null : address;
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(":")}::`;
}
