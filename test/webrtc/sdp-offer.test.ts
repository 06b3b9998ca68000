import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { Hub } from "../../src/server/hub.ts";
import { WebRtcSessions } from "../../src/server/signaling/webrtc-sessions.ts";
import { checkOffer } from "../../src/webrtc/sdp-offer.ts";
import { joined, offerText } from "./test-peer.ts";

let offer: string;
beforeAll(async () => {
  offer = await offerText();
});

const CANDIDATES = [
  "a=candidate:1 1 udp 9 192.0.2.7 5000 typ host",
  "a=candidate:2 1 UDP 9 2001:db8::7 5000 typ host",
  "a=candidate:3 1 tcp 9 192.0.2.7 9 typ host tcptype active",
  "a=candidate:4 1 udp 9 0b9d3e0e-3e0c-4f2f-9b1a-6f7a0e9d1c11.local 5000 typ host",
  "a=candidate:5 1 udp 9 internal.example.org 5000 typ host",
  "a=candidate:",
];

/** The candidates that are left of an offer with these. */
function left(candidates: readonly string[], isLite: boolean): string[] {
  const others = offer.split("\r\n").filter((line) => !line.startsWith("a=candidate:"));
  const checked = checkOffer([...others.filter(Boolean), ...candidates].join("\r\n"), isLite);
  if (!("sdp" in checked)) throw new Error(checked.message);
  return checked.sdp.split("\r\n").filter((line) => line.startsWith("a=candidate:"));
}

describe("the candidates of an offer", () => {
  test("are not looked at where the answer is ICE-lite, which makes no checks", () => {
    expect(left(CANDIDATES, true)).toEqual([]);
  });

  test("else those by UDP that are addresses: no name server is asked for an offer, nor a multicast", () => {
    expect(left(CANDIDATES, false)).toEqual(CANDIDATES.slice(0, 2));
  });

  test("and of those the first 32", () => {
    const many = Array.from({ length: 100 }, (_, i) => `a=candidate:${i} 1 udp 9 192.0.2.${i} 5000 typ host`);
    expect(left(many, false)).toEqual(many.slice(0, 32));
  });
});

describe("by default", () => {
  const hub = new Hub({ title: "", transports: [], iceServers: [], msJpeg: 0, onError: () => {} });
  const sessions = new WebRtcSessions({ host: "localhost", iceServers: [], broadcast: hub.video });
  afterAll(() => {
    sessions.close();
    hub.stop();
  });

  test("nothing is sent where an offer says, but to where its signed checks come from", async () => {
    const named = createSocket("udp4");
    const listening = Promise.withResolvers<void>();
    named.bind(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    let came = 0;
    named.on("message", () => came++);
    const candidate = `a=candidate:9 1 udp 2113937151 127.0.0.1 ${named.address().port} typ host`;
    const ignore = () => {};
    const viewer = await joined(
      async (sdp) => {
        const call = { sdp, viewer: "viewer-1", address: null, onStream: ignore, onSent: ignore };
        const answered = await sessions.answer({ ...call, onChannel: ignore, onClosed: ignore });
        if (!("sdp" in answered)) throw new Error(answered.message);
        return answered.sdp;
      },
      (sdp) => sdp.replace(/a=candidate:.*\r\n/g, `${candidate}\r\n`),
    );
    expect(came).toBe(0);
    named.close();
    await viewer.vanish();
  });
});
