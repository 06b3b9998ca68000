import { RTCPeerConnection } from "werift";
import { type IceServer, withStun } from "./ice-server.ts";

/**
 * Gathers ICE candidates with one ICE server. @returns which of "host", "srflx" and "relay" were gathered within `timeoutMs`
 * @param bindsAddresses as in PeerOptions
 */
export async function gatherCandidateTypes(
  server: IceServer,
  { addresses, bindsAddresses }: { addresses: readonly string[]; bindsAddresses: boolean },
  timeoutMs: number,
): Promise<Set<string>> {
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
  await Promise.race([gathered, Bun.sleep(timeoutMs)]);
  // Not earlier, because a candidate gathered after close() would keep its socket.
  void gathered.finally(() => connection.close()).catch(() => {});
  return types;
}
