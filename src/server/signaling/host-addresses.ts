import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { isEveryAddress } from "../access/host-names.ts";

/** Where peers can reach this machine, and whether sockets listen on these addresses alone. */
export interface HostAddresses {
  addresses: string[];
  bindsAddresses: boolean;
}

/** The addresses that belong to what the server listens on, as its `host` option says it. */
export async function hostAddresses(host: string): Promise<HostAddresses> {
  if (host === "localhost") return { addresses: ["127.0.0.1"], bindsAddresses: true };
  if (!isEveryAddress(host)) {
    const { address } = await lookup(host.replace(/^\[|\]$/g, ""));
    return { addresses: [address], bindsAddresses: true };
  }
  const families = host === "0.0.0.0" ? ["IPv4"] : ["IPv4", "IPv6"];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(
    // Link-local ones need a zone, which SDP can not say. Of loopback ones the first is enough.
    ({ address, family }) => families.includes(family) && !/^(fe80:|169\.254\.|::1$)/i.test(address),
  );
  return { addresses: usable.map(({ address }) => address), bindsAddresses: false };
}
