import { lookup } from "node:dns/promises";
import { getLogger } from "@logtape/logtape";
import { RTCPeerConnection } from "werift";
import { GATHERING_TIMEOUT_MS, type IceServer, withStun } from "../../webrtc/ice-server.ts";
import { isLocalHost } from "../access/host-names.ts";
import { hostAddresses } from "./host-addresses.ts";

/** An ICE server must respond within this time, ms; werift would wait for 13 s. */
const TIMEOUT_MS = 4_000;

const log = getLogger(["scenecast", "webrtc"]);

/**
 * Requests a candidate from each ICE server, and logs a warning for those that provide none. Otherwise a wrong password would
 * be noticed only by viewers that cannot connect.
 * @param host the server's `host` option
 */
export async function checkIceServers(servers: readonly IceServer[], host: string): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      const problem = await findProblem(server, host);
      if (problem === null) return;
      log.warning`The ICE server ${server.urls} cannot be used: ${problem} Viewers are answered without it, up to ${GATHERING_TIMEOUT_MS / 1000} s later.`;
    }),
  );
}

/** Why an ICE server provides no candidate, with what to check; null if it provides one. */
async function findProblem(server: IceServer, host: string): Promise<string | null> {
  const name = hostOf(server);
  const found = await lookup(name).catch(() => null);
  if (found === null) return `the host name ${name} cannot be resolved.`;
  const types = await gatherCandidateTypes(server, host);
  if (types.has(server.username === undefined ? "srflx" : "relay")) return null;
  if (isLocalHost(host) && !isLocalHost(found.address)) {
    return `with --host ${host}, scenecast can only reach programs on this machine. Use --host 0.0.0.0 instead.`;
  }
  if (server.username === undefined) {
    return "it does not respond. Is it running, and does a firewall let UDP through?";
  }
  if (server.urls.startsWith("turns:")) {
    return "it provides no relay. Is it running, is its certificate valid, and are user name and password right?";
  }
  return types.has("srflx")
    ? "it responds, but provides no relay. Are user name and password right?"
    : "it provides no relay. Is it running, and are user name and password right?";
}

/** Gathers ICE candidates with one ICE server. @returns which of "host", "srflx" and "relay" were gathered in time */
async function gatherCandidateTypes(server: IceServer, host: string): Promise<Set<string>> {
  const { addresses, bindsAddresses } = await hostAddresses(host);
  const udp4 = addresses.find((address) => address.includes("."));
  const connection = new RTCPeerConnection({
    iceServers: withStun([server]),
    ...{ iceUseIpv4: false, iceUseIpv6: false, iceAdditionalHostAddresses: [...addresses] },
    ...(bindsAddresses && udp4 !== undefined && { iceInterfaceAddresses: { udp4 } }),
  });
  const types = new Set<string>();
  connection.onIceCandidate.subscribe((candidate) => {
    const type = / typ (\w+)/.exec(candidate?.candidate ?? "")?.[1];
    if (type !== undefined) types.add(type);
  });
  connection.createDataChannel("");
  const gathered = connection.createOffer().then((offer) => connection.setLocalDescription(offer));
  await Promise.race([gathered, Bun.sleep(TIMEOUT_MS)]);
  // Not earlier, because a candidate gathered after close() would keep its socket.
  void gathered.finally(() => connection.close()).catch(() => {});
  return types;
}

function hostOf({ urls }: IceServer): string {
  return /^[a-z]+:(?:\[([^\]]+)\]|([^:?]+))/.exec(urls)?.slice(1).find(Boolean) ?? "";
}
