import { afterEach, beforeEach, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { readdirSync } from "node:fs";
import { Hub } from "../../../src/server/hub.ts";
import { type OfferCall, WebRtcSessions } from "../../../src/server/signaling/webrtc-sessions.ts";
import { offering, offerText } from "../../webrtc/test-peer.ts";
import { eventually } from "../clients.ts";

let hub: Hub;
beforeEach(() => {
  hub = new Hub({ title: "", transports: [], iceServers: [], msJpeg: 0, onError: () => {} });
});
afterEach(() => hub.stop());

const sessions = (options: { connectMs?: number; silenceMs?: number } = {}) =>
  new WebRtcSessions({ host: "localhost", iceServers: [], broadcast: hub.video, ...options });

function call(sdp: string, viewer: string, more: Partial<OfferCall> = {}): OfferCall {
  const ignore = () => {};
  return {
    sdp,
    viewer,
    address: null,
    onStream: ignore,
    onSent: ignore,
    onChannel: ignore,
    onClosed: ignore,
    ...more,
  };
}

const openFiles = () => readdirSync("/proc/self/fd").length;

test("offers that never connect are dropped after a while, and leave no socket behind", async () => {
  const sdp = await offerText();
  const all = sessions({ connectMs: 50 });
  // What is loaded and opened with the first stays.
  const first = await all.answer(call(sdp, "viewer-first"));
  if ("id" in first) all.end(first.id);
  await eventually(() => all.pending === 0, "the first is gone");
  const before = openFiles();
  let closed = 0;
  for (let i = 0; i < 300; i++) {
    while (!all.mayTakeMore(null)) await Bun.sleep(5);
    const answered = await all.answer(call(sdp, `viewer-${i}`, { onClosed: () => closed++ }));
    expect(answered).toHaveProperty("id");
  }
  await eventually(() => all.pending === 0, "all are dropped");
  expect(closed).toBe(300);
  await eventually(() => openFiles() <= before, "their sockets are closed");
});

test("an offer that cannot be answered in time is refused, and its peer leaves no socket behind", async () => {
  const sdp = await offerText();
  const all = sessions();
  const first = await all.answer(call(sdp, "viewer-first"));
  if ("id" in first) all.end(first.id);
  await eventually(() => all.pending === 0, "the first is gone");
  const before = openFiles();
  // The ICE server does not answer, so gathering takes a second.
  const silent = createSocket("udp4");
  await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
  const hurried = new WebRtcSessions({
    ...{ host: "localhost", broadcast: hub.video, connectMs: 50 },
    iceServers: [{ urls: `stun:127.0.0.1:${silent.address().port}` }],
  });
  let closed = 0;
  const answered = await hurried.answer(call(sdp, "viewer-1", { onClosed: () => closed++ }));
  expect(answered).toMatchObject({ status: 503 });
  expect(closed).toBe(1);
  expect(hurried.mayTakeMore(null)).toBe(true);
  expect(hurried.pending).toBe(0);
  silent.close();
  await eventually(() => openFiles() <= before, "its sockets are closed");
  expect(closed).toBe(1);
});

test("only so many may wait for their peers at a time", async () => {
  const sdp = await offerText();
  const all = sessions();
  let count = 0;
  for (; all.mayTakeMore(null) && count < 1000; count++) await all.answer(call(sdp, `viewer-${count}`));
  expect(count).toBe(64);
  all.close();
  await eventually(() => all.pending === 0, "all are closed");
});

test("where no place is left, the address that has most of them makes room for another, down to equal shares", async () => {
  const sdp = await offerText();
  const all = sessions();
  const closed: string[] = [];
  const offers = async (address: string | null, count: number) => {
    let taken = 0;
    for (let i = 0; i < count && all.mayTakeMore(address); i++, taken++) {
      const onClosed = () => closed.push(`${address} ${i}`);
      await all.answer(call(sdp, `${address}-viewer-${i}`, { address, onClosed }));
    }
    return taken;
  };
  expect(await offers("198.51.100.7", 100)).toBe(64);
  expect(await offers(null, 100)).toBe(32);
  await eventually(() => closed.length === 32, "those that made room are closed");
  // The oldest ones.
  expect(closed.toSorted()).toEqual(Array.from({ length: 32 }, (_, i) => `198.51.100.7 ${i}`).toSorted());
  expect(await offers("198.51.100.7", 1)).toBe(0);
  expect(await offers("203.0.113.9", 1)).toBe(1);
  expect(all.pending).toBe(64);
  all.close();
  await eventually(() => closed.length === 97, "all are closed");
});

test("an offer of a viewer drops its older one that has not connected", async () => {
  const sdp = await offerText();
  const all = sessions();
  const closed: string[] = [];
  await all.answer(call(sdp, "the-same", { onClosed: () => closed.push("older") }));
  await all.answer(call(sdp, "the-same", { onClosed: () => closed.push("newer") }));
  await eventually(() => closed.length > 0, "the older one is closed");
  expect(closed).toEqual(["older"]);
  expect(all.pending).toBe(1);
  all.close();
});

test("a peer has its stream when it is connected, and when it closes nothing is left", async () => {
  const all = sessions();
  const { peer, sdp } = await offering();
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<unknown>();
  const answered = await all.answer(
    call(sdp, "viewer-1", { onStream: () => connected.resolve(), onClosed: closed.resolve }),
  );
  if (!("sdp" in answered)) throw new Error("refused");
  await peer.setRemoteDescription({ type: "answer", sdp: answered.sdp });
  await connected.promise;
  expect(all.pending).toBe(0);
  expect(hub.video.size).toBe(1);
  all.end(answered.id);
  expect(await closed.promise).not.toBeNull();
  expect(hub.video.size).toBe(0);
  expect(all.has(answered.id)).toBe(false);
  await peer.close();
});

test("a peer with another certificate than its offer names is not let in", async () => {
  const all = sessions();
  const { peer, sdp } = await offering();
  const other = sdp.replace(/(a=fingerprint:\S+ )..:..:/g, "$1AB:CD:");
  const closed = Promise.withResolvers<unknown>();
  const answered = await all.answer(call(other, "viewer-1", { onClosed: closed.resolve }));
  if (!("sdp" in answered)) throw new Error("refused");
  await peer.setRemoteDescription({ type: "answer", sdp: answered.sdp });
  expect(await closed.promise).toBeNull();
  await peer.close();
});

test("a peer that falls silent is gone after a while", async () => {
  const all = sessions({ silenceMs: 500 });
  const { peer, sdp } = await offering();
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<unknown>();
  const answered = await all.answer(
    call(sdp, "viewer-1", { onStream: () => connected.resolve(), onClosed: closed.resolve }),
  );
  if (!("sdp" in answered)) throw new Error("refused");
  await peer.setRemoteDescription({ type: "answer", sdp: answered.sdp });
  await connected.promise;
  // Its sockets are closed under it: nobody is told.
  for (const { iceTransport } of peer.dtlsTransports) await iceTransport.connection.close();
  await closed.promise;
  expect(hub.video.size).toBe(0);
  await peer.close();
});
