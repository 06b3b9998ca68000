import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { StunOverTurnProtocol, TurnProtocol } from "werift";
import type { Peer } from "../../src/webrtc/peer.ts";
import { iceInternals, sctpInternals, WERIFT_VERSION } from "../../src/webrtc/werift-internals.ts";
import { answerLocally, type ConnectedPeer, connectPeer } from "./test-peer.ts";

test("werift has the version whose private members werift-internals.ts was written for", async () => {
  const file = new URL("../../node_modules/werift/package.json", import.meta.url);
  expect(((await Bun.file(file).json()) as { version: string }).version).toBe(WERIFT_VERSION);
});

/** Paths of members, with their `typeof` or their class. */
type Members = readonly (readonly [path: string, type: string | (abstract new () => unknown)])[];

/** The members that are missing or have another type. */
function wrongMembers(object: unknown, members: Members): string[] {
  return members
    .filter(([path, type]) => {
      let value = object;
      for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
      return typeof type === "string" ? typeof value !== type : !(value instanceof type);
    })
    .map(([path]) => path);
}

describe("private members of werift", () => {
  let viewer: ConnectedPeer;
  let server: Peer;
  beforeAll(async () => {
    viewer = await connectPeer(async (offer) => {
      const { peer, answer } = await answerLocally(offer);
      server = peer;
      return answer;
    });
    const channel = viewer.peer.createDataChannel("events");
    await channel.stateChanged.watch((state) => state === "open");
  });
  afterAll(async () => {
    server.close();
    await viewer.closeSockets();
  });

  test("the private members that are used exist in a connected DTLS transport", () => {
    const members: Members = [
      ["startSrtp", "function"],
      ["dtls.connected", "boolean"],
      ["dtls.srtp.srtpProfile", "number"],
      ["dtls.extractSessionKeys", "function"],
      ["dtls.sessionType", "number"],
      ["dtls.cipher.cipher.encrypt", "function"],
      ["dtls.cipher.cipher.decrypt", "function"],
      ["dtls.cipher.sessionType", "number"],
      ["dtls.dtls.version.major", "number"],
      ["dtls.dtls.version.minor", "number"],
      ["dtls.dtls.recordSequenceNumber", "number"],
      ["dtls.dtls.epoch", "number"],
    ];
    expect(wrongMembers(viewer.dtls, members)).toEqual([]);
  });

  test("the private members that are used exist in a connected ICE transport", () => {
    const members: Members = [
      ["ensureProtocol", "function"],
      ["gatherCandidates", "function"],
      ["send", "function"],
      ["close", "function"],
      ["onData.subscribe", "function"],
      ["localPassword", "string"],
      ["nominated.remoteAddr", Array],
      ["checkList.0.requestTransactionIds", Set],
      ["protocols.0.datagramReceived", "function"],
      ["protocols.0.transport.socket.on", "function"],
    ];
    expect(wrongMembers(iceInternals(viewer.dtls), members)).toEqual([]);
  });

  test("the private members that are used exist in the client of a TURN server", () => {
    const transport = { onData: () => {}, send: async () => {}, close: async () => {}, socket: {} };
    const client = new StunOverTurnProtocol(
      new TurnProtocol(["127.0.0.1", 9], "user", "password", 600, transport as never),
    );
    const members: Members = [
      ["turn.onData.execute", "function"],
      ["turn.transport.socket", "object"],
    ];
    expect(wrongMembers(client, members)).toEqual([]);
  });

  test("the private members that are used exist in an SCTP association", () => {
    if (viewer.peer.sctp === null) throw new Error("There is no SCTP association.");
    const members: Members = [
      ["datachannelReceive", "function"],
      ["sctp.advertisedRwnd", "number"],
      ["sctp.localTsn", "number"],
      ["sctp.lastReceivedTsn", "number"],
      ["sctp.inboundStreams", "object"],
      ["sctp.onReceive.execute", "function"],
      ["sctp.getInboundStream", "function"],
      ["sctp.handleData", "function"],
    ];
    const internals = sctpInternals(viewer.peer.sctp);
    expect(wrongMembers(internals, members)).toEqual([]);
    const stream = internals.sctp.getInboundStream(7);
    expect(wrongMembers(stream, [["reassembly.length", "number"]])).toEqual([]);
  });
});
