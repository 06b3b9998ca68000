import { afterAll, beforeAll, expect, test } from "bun:test";
import { createCipheriv } from "node:crypto";
import { createSocket } from "node:dgram";
import { classes, Message, methods, type RTCDtlsTransport } from "werift";
import { Hub } from "../../src/server/hub.ts";
import { type OfferCall, WebRtcSessions } from "../../src/server/signaling/webrtc-sessions.ts";
import { InboundPacketFilter } from "../../src/webrtc/inbound-packet-filter.ts";
import { eventually } from "../server/clients.ts";
import { type Joined, joined, portOf } from "./test-peer.ts";

let hub: Hub;
let sessions: WebRtcSessions;
beforeAll(() => {
  hub = new Hub({ title: "", transports: [], iceServers: [], msJpeg: 0, onError: () => {} });
  sessions = new WebRtcSessions({ host: "localhost", iceServers: [], broadcast: hub.video });
});
afterAll(() => {
  sessions.close();
  hub.stop();
});

/** Answers an offer, and tells whoever wants to know when its session is over. */
async function answer(sdp: string, more: Partial<OfferCall> = {}): Promise<string> {
  const ignore = () => {};
  const call = {
    viewer: crypto.randomUUID(),
    address: null,
    onStream: ignore,
    onSent: ignore,
    onClosed: ignore,
  };
  const answered = await sessions.answer({
    ...{ ...call, sdp },
    // Says what it hears.
    onChannel: (channel) => {
      channel.onMessage = (data) => channel.send(`heard ${data}`);
    },
    ...more,
  });
  if (!("sdp" in answered)) throw new Error(answered.message);
  return answered.sdp;
}

/** A datagram socket that has no part in any session. */
async function stranger(port: number) {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const sent = (datagram: Buffer) =>
    new Promise<void>((resolve) => socket.send(datagram, port, "127.0.0.1", () => resolve()));
  return {
    async send(...datagrams: Buffer[]) {
      for (const datagram of datagrams) await sent(datagram);
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

/** Settles when the server has answered what this peer says on a data channel: it has taken all that was sent before. */
async function isHeard({ peer }: Joined): Promise<void> {
  const channel = peer.createDataChannel("events");
  await channel.stateChanged.watch((state) => state === "open");
  const word = crypto.randomUUID();
  const heard = channel.onMessage.watch((data) => data === `heard ${word}`);
  channel.send(word);
  await heard;
}

/** What asks for an address to be the one that is sent to, and is signed by nobody. */
function unsignedCheck(): Buffer {
  return new Message(methods.BINDING, classes.REQUEST)
    .setAttribute("USERNAME", "anybody:anyone")
    .setAttribute("PRIORITY", 1)
    .setAttribute("ICE-CONTROLLING", 1n)
    .setAttribute("USE-CANDIDATE", null).bytes;
}

/** A DTLS record. */
function record(type: number, epoch: number, sequence: number, fragment: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(0xfefd, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(sequence, 5, 6);
  header.writeUInt16BE(fragment.byteLength, 11);
  return Buffer.concat([header, fragment]);
}

const CLOSE_NOTIFY = Buffer.from([1, 0]);
const clientHello = () =>
  record(
    22,
    0,
    0,
    Buffer.concat([
      Buffer.from([1, 0, 0, 43, 0, 0, 0, 0, 0, 0, 0, 43, 0xfe, 0xfd]),
      Buffer.alloc(32),
      Buffer.from([0, 0, 0, 2, 0xc0, 0x2b, 1, 0, 0]),
    ]),
  );

/** The peer's goodbye, as OpenSSL encrypts it: its explicit nonce is random. */
function goodbye(transport: RTCDtlsTransport, nonce: Buffer, sequence: number): Buffer {
  const keys = transport.dtls?.cipher.cipher;
  if (!keys?.clientWriteKey || !keys.clientNonce) throw new Error("There are no keys yet.");
  const iv = Buffer.concat([keys.clientNonce.subarray(0, 4), nonce]);
  const aad = record(21, 1, sequence, CLOSE_NOTIFY);
  const sealed = createCipheriv("aes-128-gcm", keys.clientWriteKey, iv);
  // RFC 5246, section 6.2.3.3: epoch and sequence number, then type, version and length.
  sealed.setAAD(Buffer.concat([aad.subarray(3, 11), aad.subarray(0, 3), aad.subarray(11, 13)]));
  const text = Buffer.concat([sealed.update(CLOSE_NOTIFY), sealed.final(), sealed.getAuthTag()]);
  return record(21, 1, sequence, Buffer.concat([nonce, text]));
}

test("a goodbye is heard at once, whatever its nonce begins with", async () => {
  for (const second of [0, 1, 10, 40, 42, 47, 70, 90, 110, 255]) {
    const closed = Promise.withResolvers<unknown>();
    const viewer = await joined((sdp) => answer(sdp, { onClosed: closed.resolve }));
    viewer.send(goodbye(viewer.dtls, Buffer.from([2, second, 3, 4, 5, 6, 7, 8]), 9));
    expect(await closed.promise).not.toBeNull();
    await viewer.vanish();
  }
});

test("nobody but the peer says its goodbye", async () => {
  let isClosed = false;
  const viewer = await joined((sdp) =>
    answer(sdp, {
      onClosed: () => {
        isClosed = true;
      },
    }),
  );
  const forged = goodbye(viewer.dtls, Buffer.alloc(8), 9);
  forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
  const datagrams = [
    record(21, 0, 9, CLOSE_NOTIFY),
    record(21, 0, 9, Buffer.from([2, 40])),
    // No content type that there is.
    record(40, 0, 9, CLOSE_NOTIFY),
    forged,
  ];
  using other = await stranger(viewer.port);
  await other.send(...datagrams);
  for (const datagram of datagrams) viewer.send(datagram);
  await isHeard(viewer);
  expect(isClosed).toBe(false);
  await viewer.vanish();
});

test("a handshake that is over does not begin anew", async () => {
  const viewer = await joined((sdp) => answer(sdp));
  using other = await stranger(viewer.port);
  await other.send(clientHello());
  viewer.send(clientHello());
  await isHeard(viewer);
  await viewer.vanish();
});

test("who does not know the answer takes nobody's place in it, nor floods its handshake", async () => {
  const viewer = await joined(async (sdp) => {
    const answered = await answer(sdp);
    using other = await stranger(portOf(answered));
    await other.send(unsignedCheck());
    for (let i = 0; i < 1000; i++) await other.send(clientHello());
    return answered;
  });
  await isHeard(viewer);
  await viewer.vanish();
});

/** A gate whose peer has one address, selected by ICE. */
function gateOf(password: string) {
  return new InboundPacketFilter({
    icePassword: () => password,
    isSelected: ([, port]) => port === 1,
    isSecure: () => false,
    decrypt: () => {},
    onGoodbye: () => {},
  });
}

test("datagrams beyond a rate limit are dropped, and strangers do not use up the peer's limit", () => {
  const gate = gateOf("password");
  const isAdmitted = (port: number) => gate.filter(Buffer.alloc(20, 128), ["127.0.0.1", port]).length > 0;
  const check = unsignedCheck();
  for (let i = 0; i < 20_000; i++) gate.filter(check, ["127.0.0.1", 2]);
  const admitted = Array.from({ length: 20_000 }, () => isAdmitted(1)).filter(Boolean);
  expect(admitted.length).toBeGreaterThanOrEqual(2_000);
  expect(admitted.length).toBeLessThan(10_000);
});

test("DTLS handshake messages that announce megabytes, or contain fragments beyond their end, are dropped", () => {
  const gate = gateOf("password");
  const handshake = (length: number, offset: number, bytes: number, more = bytes) => {
    const header = Buffer.alloc(12);
    header.writeUInt8(1);
    header.writeUIntBE(length, 1, 3);
    header.writeUIntBE(offset, 6, 3);
    header.writeUIntBE(bytes, 9, 3);
    return record(22, 0, 0, Buffer.concat([header, Buffer.alloc(more)]));
  };
  const isAdmitted = (datagram: Buffer) => gate.filter(datagram, ["127.0.0.1", 1]).length > 0;
  expect(isAdmitted(handshake(40, 0, 40))).toBe(true);
  expect(isAdmitted(handshake(4_000, 1_000, 1_000))).toBe(true);
  expect(isAdmitted(handshake(0xff_ffff, 0xff_fff0, 15))).toBe(false);
  expect(isAdmitted(handshake(40, 30, 20))).toBe(false);
  expect(isAdmitted(handshake(40, 0, 40, 30))).toBe(false);
});

test("thousands of datagrams, made up and changed ones, from a stranger and from the peer's own address: it goes on", async () => {
  const seen: Buffer[] = [];
  const viewer = await joined((offer) => answer(offer));
  // What it really sends is what is changed.
  const { connection } = viewer.dtls.iceTransport;
  const send = connection.send;
  connection.send = (data) => {
    seen.push(Buffer.from(data));
    return send(data);
  };
  await isHeard(viewer);
  connection.send = send;
  seen.push(unsignedCheck(), clientHello());
  expect(seen.length).toBeGreaterThan(4);
  using other = await stranger(viewer.port);
  for (let i = 0; i < 6000; i++) {
    const datagram = i % 3 === 0 ? madeUp() : changed(seen[i % seen.length] ?? madeUp());
    if (i % 2 === 0) await other.send(datagram);
    else viewer.send(datagram);
    // The kernel drops what is not read in time.
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  await isHeard(viewer);
  await viewer.vanish();
});

const random = (below: number) => Math.floor(Math.random() * below);

function madeUp(): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(random(100))));
}

/** One to four of its bytes are others, or it ends early. */
function changed(datagram: Buffer): Buffer {
  const other = Buffer.from(datagram);
  for (let i = random(4); i >= 0 && other.length > 0; i--) other[random(other.length)] = random(256);
  return random(4) === 0 ? other.subarray(0, random(other.length)) : other;
}

test("all that were closed are forgotten", async () => {
  sessions.close();
  await eventually(() => sessions.pending === 0 && hub.video.size === 0, "nothing is held");
});
