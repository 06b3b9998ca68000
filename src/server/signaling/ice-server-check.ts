import { lookup } from "node:dns/promises";
import { getLogger } from "@logtape/logtape";
import { RTCPeerConnection } from "werift";
import { GATHERING_MS, type IceServer, withStun } from "../../webrtc/ice-server.ts";
import { releaseRelays } from "../../webrtc/relays.ts";
import { isLocalHost } from "../access/host-names.ts";
import { hostAddresses } from "./host-addresses.ts";

/** So long an ICE server has for its answer, ms; werift would wait for 13 s. */
const PATIENCE_MS = 4_000;

const log = getLogger(["scenecast", "webrtc"]);

/**
 * Asks each ICE server once for a candidate, and warns of those that give none: later on a viewer would only be without it.
 * @param host what the server listens on, from where they are asked
 */
export async function checkIceServers(servers: readonly IceServer[], host: string): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      const why = await whyNone(server, host);
      if (why === null) return;
      log.warning`The ICE server ${server.urls} is of no use: ${why} Viewers are answered without it, up to ${GATHERING_MS / 1000} s later.`;
    }),
  );
}

/** Null where it gives what it is for; else a sentence, and maybe a question. */
async function whyNone(server: IceServer, host: string): Promise<string | null> {
  const name = hostOf(server);
  const found = await lookup(name).catch(() => null);
  if (found === null) return `this machine finds no address of ${name}.`;
  const kinds = await candidateKinds(server, host);
  if (kinds.has(server.username === undefined ? "srflx" : "relay")) return null;
  if (isLocalHost(host) && !isLocalHost(found.address)) {
    return `scenecast, with --host ${host}, reaches this machine's own programs only. Say --host 0.0.0.0 to use it.`;
  }
  if (server.username === undefined) {
    return "it does not answer. Is it running, and does a firewall let UDP through?";
  }
  if (server.urls.startsWith("turns:")) {
    return "it gives no relay. Is it running, is its certificate valid, and are user name and password right?";
  }
  return kinds.has("srflx")
    ? "it answers, but gives no relay. Are user name and password right?"
    : "it gives no relay. Is it running, and are user name and password right?";
}

function hostOf({ urls }: IceServer): string {
  return /^[a-z]+:(?:\[([^\]]+)\]|([^:?]+))/.exec(urls)?.slice(1).find(Boolean) ?? "";
}

/** Of "host", "srflx" and "relay" those that can be had. */
async function candidateKinds(server: IceServer, host: string): Promise<Set<string>> {
  const { addresses, bindsAddresses } = await hostAddresses(host);
  const udp4 = addresses.find((address) => address.includes("."));
  const connection = new RTCPeerConnection({
    iceServers: withStun([server]),
    ...{ iceUseIpv4: false, iceUseIpv6: false, iceAdditionalHostAddresses: addresses },
    ...(bindsAddresses && udp4 !== undefined && { iceInterfaceAddresses: { udp4 } }),
  });
  const kinds = new Set<string>();
  connection.onIceCandidate.subscribe((candidate) => {
    const kind = / typ (\w+)/.exec(candidate?.candidate ?? "")?.[1];
    if (kind !== undefined) kinds.add(kind);
  });
  connection.createDataChannel("");
  const gathered = connection.createOffer().then((offer) => connection.setLocalDescription(offer));
  await Promise.race([gathered, Bun.sleep(PATIENCE_MS)]);
  // Not before, for what comes afterwards has sockets of its own.
  void gathered
    .finally(async () => {
      await Promise.all(connection.iceTransports.map((transport) => releaseRelays(transport.connection)));
      await connection.close();
    })
    .catch(() => {});
  return kinds;
}
