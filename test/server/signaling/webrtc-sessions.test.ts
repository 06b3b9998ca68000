import { afterEach, beforeEach, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { readdirSync } from "node:fs";
import { Hub } from "../../../src/server/hub.ts";
import type { Offer } from "../../../src/server/signaling/webrtc-session.ts";
import { WebRtcSessions } from "../../../src/server/signaling/webrtc-sessions.ts";
import { createOffer, offerSdp } from "../../webrtc/test-peer.ts";
import { eventually } from "../clients.ts";

let hub: Hub;
beforeEach(() => {
  hub = new Hub({});
});
afterEach(() => hub.stop());

const makeSessions = (connectTimeoutMs?: number, silenceTimeoutMs?: number) =>
  new WebRtcSessions(hub, connectTimeoutMs, silenceTimeoutMs);

function offerOf(sdp: string, viewer: string, more: Partial<Offer> = {}): Offer {
  return { sdp, viewer, role: "control", address: null, onSent: () => {}, onClosed: () => {}, ...more };
}

/** Answers the offer of a werift peer, and applies the answer. */
async function connect(sessions: WebRtcSessions, change = (sdp: string) => sdp) {
  const { peer, sdp } = await createOffer();
  const closed = Promise.withResolvers<void>();
  const answer = await sessions.answer(offerOf(change(sdp), "viewer-1", { onClosed: closed.resolve }));
  if (!("sdp" in answer)) throw new Error(answer.message);
  await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  return { peer, id: answer.id, closed: closed.promise };
}

/** Opens and ends one session, so that modules and sockets that stay open are not counted later. */
async function warmUp(sessions: WebRtcSessions, sdp: string): Promise<void> {
  const answer = await sessions.answer(offerOf(sdp, "viewer-first"));
  if ("id" in answer) sessions.get(answer.id)?.end();
  await eventually(() => sessions.pending.length === 0, "the first session is closed");
}

const openFiles = () => readdirSync("/proc/self/fd").length;

test("sessions that never connect time out, and close their sockets", async () => {
  const sdp = await offerSdp();
  const sessions = makeSessions(50);
  await warmUp(sessions, sdp);
  const before = openFiles();
  let closed = 0;
  for (let i = 0; i < 300; i++) {
    await eventually(() => sessions.makeRoomFor(null), "one more session is admitted");
    const answer = await sessions.answer(offerOf(sdp, `viewer-${i}`, { onClosed: () => closed++ }));
    expect(answer).toHaveProperty("id");
  }
  await eventually(() => sessions.pending.length === 0, "all sessions have timed out");
  expect(closed).toBe(300);
  await eventually(() => openFiles() <= before, "their sockets are closed");
});

test("an offer that cannot be answered in time is refused, and the sockets of its peer are closed", async () => {
  const sdp = await offerSdp();
  await warmUp(makeSessions(), sdp);
  const before = openFiles();
  // The ICE server does not respond, so gathering needs a second.
  const silent = createSocket("udp4");
  await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
  hub = new Hub({ iceServers: [{ urls: `stun:127.0.0.1:${silent.address().port}` }] });
  const sessions = makeSessions(50);
  let closed = 0;
  const answer = await sessions.answer(offerOf(sdp, "viewer-1", { onClosed: () => closed++ }));
  expect(answer).toMatchObject({ status: 503 });
  expect(closed).toBe(1);
  expect(sessions.makeRoomFor(null)).toBe(true);
  expect(sessions.pending.length).toBe(0);
  silent.close();
  await eventually(() => openFiles() <= before, "its sockets are closed");
  expect(closed).toBe(1);
});

test("at most 64 sessions may be pending", async () => {
  const sdp = await offerSdp();
  const sessions = makeSessions();
  let count = 0;
  for (; sessions.makeRoomFor(null) && count < 1000; count++) {
    await sessions.answer(offerOf(sdp, `viewer-${count}`));
  }
  expect(count).toBe(64);
  sessions.close();
  await eventually(() => sessions.pending.length === 0, "all sessions are closed");
});

test("if too many sessions are pending, the address with most of them makes room, down to equal shares", async () => {
  const sdp = await offerSdp();
  const sessions = makeSessions();
  const closed: string[] = [];
  const offers = async (address: string | null, count: number) => {
    let admitted = 0;
    for (let i = 0; i < count && sessions.makeRoomFor(address); i++, admitted++) {
      const onClosed = () => closed.push(`${address} ${i}`);
      await sessions.answer(offerOf(sdp, `${address}-viewer-${i}`, { address, onClosed }));
    }
    return admitted;
  };
  expect(await offers("198.51.100.7", 100)).toBe(64);
  expect(await offers(null, 100)).toBe(32);
  await eventually(() => closed.length === 32, "the oldest 32 are closed");
  expect(closed.toSorted()).toEqual(Array.from({ length: 32 }, (_, i) => `198.51.100.7 ${i}`).toSorted());
  expect(await offers("198.51.100.7", 1)).toBe(0);
  expect(await offers("203.0.113.9", 1)).toBe(1);
  expect(sessions.pending.length).toBe(64);
  sessions.close();
  await eventually(() => closed.length === 97, "all sessions are closed");
});

test("a second offer of a viewer ends its older session that has not connected", async () => {
  const sdp = await offerSdp();
  const sessions = makeSessions();
  const closed: string[] = [];
  await sessions.answer(offerOf(sdp, "the-same", { onClosed: () => closed.push("older") }));
  await sessions.answer(offerOf(sdp, "the-same", { onClosed: () => closed.push("newer") }));
  await eventually(() => closed.length > 0, "the older one is closed");
  expect(closed).toEqual(["older"]);
  expect(sessions.pending.length).toBe(1);
  sessions.close();
});

test("a session has a stream while its peer is connected, and nothing remains after its end", async () => {
  const sessions = makeSessions();
  const { peer, id, closed } = await connect(sessions);
  await eventually(() => hub.video.size === 1, "the peer is connected");
  expect(sessions.pending.length).toBe(0);
  expect(hub.viewers.streams).toHaveLength(1);
  sessions.get(id)?.end();
  await closed;
  expect(hub.video.size).toBe(0);
  expect(hub.viewers.streams).toHaveLength(0);
  expect(sessions.get(id)).toBeUndefined();
  await peer.close();
});

test("a peer whose certificate does not match the fingerprint in its offer is disconnected", async () => {
  const { peer, closed } = await connect(makeSessions(), (sdp) =>
    sdp.replace(/(a=fingerprint:\S+ )..:..:/g, "$1AB:CD:"),
  );
  await closed;
  expect(hub.video.size).toBe(0);
  await peer.close();
});

test("a session ends when nothing was received from its peer for some time", async () => {
  const { peer, closed } = await connect(makeSessions(undefined, 500));
  await eventually(() => hub.video.size === 1, "the peer is connected");
  // Closes the sockets without sending close_notify.
  for (const { iceTransport } of peer.dtlsTransports) await iceTransport.connection.close();
  await closed;
  expect(hub.video.size).toBe(0);
  await peer.close();
});
