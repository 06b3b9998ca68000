import { beforeAll, describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { checkOffer } from "../../src/webrtc/sdp-offer.ts";
import { answerLocally, connectPeer, offerSdp } from "./test-peer.ts";

let offer: string;
beforeAll(async () => {
  offer = await offerSdp();
});

const CANDIDATES = [
  "a=candidate:1 1 udp 9 192.0.2.7 5000 typ host",
  "a=candidate:2 1 UDP 9 2001:db8::7 5000 typ host",
  "a=candidate:3 1 tcp 9 192.0.2.7 9 typ host tcptype active",
  "a=candidate:4 1 udp 9 0b9d3e0e-3e0c-4f2f-9b1a-6f7a0e9d1c11.local 5000 typ host",
  "a=candidate:5 1 udp 9 internal.example.org 5000 typ host",
  "a=candidate:",
];

/** The candidates that remain of an offer with these. */
function remaining(candidates: readonly string[], isLite: boolean): string[] {
  const others = offer.split("\r\n").filter((line) => !line.startsWith("a=candidate:"));
  const checked = checkOffer([...others.filter(Boolean), ...candidates].join("\r\n"), "VP8", isLite);
  if (!("sdp" in checked)) throw new Error(checked.message);
  return checked.sdp.split("\r\n").filter((line) => line.startsWith("a=candidate:"));
}

describe("the candidates of an offer", () => {
  test("the candidates of an offer are all removed if the answer is ICE-lite, which sends no checks", () => {
    expect(remaining(CANDIDATES, true)).toEqual([]);
  });

  test("the candidates of an offer are reduced to UDP addresses if the answer is not ICE-lite, so that an offer causes no DNS or mDNS query", () => {
    expect(remaining(CANDIDATES, false)).toEqual(CANDIDATES.slice(0, 2));
  });

  test("the candidates of an offer are limited to the first 32", () => {
    const many = Array.from({ length: 100 }, (_, i) => `a=candidate:${i} 1 udp 9 192.0.2.${i} 5000 typ host`);
    expect(remaining(many, false)).toEqual(many.slice(0, 32));
  });
});

test("an ICE-lite peer sends nothing to the candidates of an offer, only to the source of signed checks", async () => {
  const candidateSocket = createSocket("udp4");
  const listening = Promise.withResolvers<void>();
  candidateSocket.bind(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  let received = 0;
  candidateSocket.on("message", () => received++);
  const candidate = `a=candidate:9 1 udp 2113937151 127.0.0.1 ${candidateSocket.address().port} typ host`;
  const viewer = await connectPeer(
    async (sdp) => {
      const checked = checkOffer(sdp, "VP8", true);
      if (!("sdp" in checked)) throw new Error(checked.message);
      const { answer } = await answerLocally(checked.sdp);
      return answer;
    },
    (sdp) => sdp.replace(/a=candidate:.*\r\n/g, `${candidate}\r\n`),
  );
  expect(received).toBe(0);
  candidateSocket.close();
  await viewer.closeSockets();
});
