import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import type { PeerOptions } from "../../webrtc/peer.ts";
import { isWildcardAddress } from "../access/host-names.ts";

/** Resolves the server's `host` option to addresses. @throws Error if the host name cannot be resolved */
export async function hostAddresses(
  host: string,
): Promise<Pick<PeerOptions, "addresses" | "bindsAddresses">> {
  if (host === "localhost") return { addresses: ["127.0.0.1"], bindsAddresses: true };
  if (!isWildcardAddress(host)) {
    const { address } = await lookup(host.replace(/^\[|\]$/g, ""));
    return { addresses: [address], bindsAddresses: true };
  }
  const families = host === "0.0.0.0" ? ["IPv4"] : ["IPv4", "IPv6"];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(
    // Link-local addresses require a zone, which SDP cannot express. 127.0.0.1 suffices for the loopback interface.
    ({ address, family }) => families.includes(family) && !/^(fe80:|169\.254\.|::1$)/i.test(address),
  );
  return { addresses: usable.map(({ address }) => address), bindsAddresses: false };
}
