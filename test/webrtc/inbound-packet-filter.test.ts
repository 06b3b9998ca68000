import { afterEach, describe, expect, test } from "bun:test";
import { createCipheriv } from "node:crypto";
import { createSocket } from "node:dgram";
import { classes, Message, methods, type RTCDtlsTransport } from "werift";
import { InboundPacketFilter } from "../../src/webrtc/inbound-packet-filter.ts";
import type { Peer } from "../../src/webrtc/peer.ts";
import { randomNumbers } from "../support/random.ts";
import { answerLocally, type ConnectedPeer, connectPeer, portOf } from "./test-peer.ts";

const peers: Peer[] = [];
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
});

/** Answers an offer by a {@link Peer} that echoes messages on data channels. */
async function answer(sdp: string, onClosed = () => {}): Promise<string> {
  const answered = await answerLocally(sdp, {
    onClosed,
    onChannel: (channel) => {
      channel.onMessage.subscribe((data) => channel.send(`echo ${data}`));
    },
  });
  peers.push(answered.peer);
  return answered.answer;
}

/** A UDP socket that is not part of any session. */
async function openThirdParty(port: number) {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    async send(...datagrams: Buffer[]) {
      for (const datagram of datagrams) {
        await new Promise<void>((resolve) => socket.send(datagram, port, "127.0.0.1", () => resolve()));
      }
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

/** Checks that the session works: waits for the echo of a message, by when every datagram sent before is handled. */
async function expectEcho({ peer }: ConnectedPeer): Promise<void> {
  const channel = peer.createDataChannel("events");
  await channel.stateChanged.watch((state) => state === "open");
  const message = crypto.randomUUID();
  const echo = channel.onMessage.watch((data) => data === `echo ${message}`);
  channel.send(message);
  await echo;
}

/** An ICE check without a signature that nominates the address of its sender. */
function unsignedCheck(): Buffer {
  return new Message(methods.BINDING, classes.REQUEST)
    .setAttribute("USERNAME", "server:client")
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

const ALERT = 21;
const HANDSHAKE = 22;
const CLOSE_NOTIFY = Buffer.from([1, 0]);

function clientHello(): Buffer {
  const start = [1, 0, 0, 43, 0, 0, 0, 0, 0, 0, 0, 43, 0xfe, 0xfd];
  const end = [0, 0, 0, 2, 0xc0, 0x2b, 1, 0, 0];
  const fragment = Buffer.concat([Buffer.from(start), Buffer.alloc(32), Buffer.from(end)]);
  return record(HANDSHAKE, 0, 0, fragment);
}

/** The peer's close_notify, encrypted as OpenSSL does it, with a random explicit nonce. */
function closeNotify(transport: RTCDtlsTransport, nonce: Buffer, sequence: number): Buffer {
  const keys = transport.dtls?.cipher.cipher;
  if (!keys?.clientWriteKey || !keys.clientNonce) throw new Error("There are no keys yet.");
  const iv = Buffer.concat([keys.clientNonce.subarray(0, 4), nonce]);
  const plain = record(ALERT, 1, sequence, CLOSE_NOTIFY);
  const cipher = createCipheriv("aes-128-gcm", keys.clientWriteKey, iv);
  // RFC 5246, section 6.2.3.3: epoch and sequence number, then type, version and length.
  cipher.setAAD(Buffer.concat([plain.subarray(3, 11), plain.subarray(0, 3), plain.subarray(11, 13)]));
  const sealed = Buffer.concat([cipher.update(CLOSE_NOTIFY), cipher.final(), cipher.getAuthTag()]);
  return record(ALERT, 1, sequence, Buffer.concat([nonce, sealed]));
}

describe("a connected peer", () => {
  test("a connected peer is closed by its encrypted close_notify, for any nonce", async () => {
    for (const second of [0, 1, 10, 40, 42, 47, 70, 90, 110, 255]) {
      const closed = Promise.withResolvers<void>();
      const viewer = await connectPeer((sdp) => answer(sdp, closed.resolve));
      viewer.send(closeNotify(viewer.dtls, Buffer.from([2, second, 3, 4, 5, 6, 7, 8]), 9));
      await closed.promise;
      await viewer.closeSockets();
    }
  });

  test("a connected peer is not closed by forged or unencrypted alerts", async () => {
    let isClosed = false;
    const viewer = await connectPeer((sdp) =>
      answer(sdp, () => {
        isClosed = true;
      }),
    );
    const forged = closeNotify(viewer.dtls, Buffer.alloc(8), 9);
    forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
    const unknownContentType = record(40, 0, 9, CLOSE_NOTIFY);
    const datagrams = [
      ...[record(ALERT, 0, 9, CLOSE_NOTIFY), record(ALERT, 0, 9, Buffer.from([2, 40]))],
      ...[unknownContentType, forged],
    ];
    using other = await openThirdParty(viewer.port);
    await other.send(...datagrams);
    for (const datagram of datagrams) viewer.send(datagram);
    await expectEcho(viewer);
    expect(isClosed).toBe(false);
    await viewer.closeSockets();
  });

  test("a connected peer does not restart its DTLS handshake", async () => {
    const viewer = await connectPeer((sdp) => answer(sdp));
    using other = await openThirdParty(viewer.port);
    await other.send(clientHello());
    viewer.send(clientHello());
    await expectEcho(viewer);
    await viewer.closeSockets();
  });

  test("a connected peer survives thousands of random and mutated datagrams, from a third party and from its own address", async () => {
    const numbers = randomNumbers(11);
    const random = (below: number) => Math.floor(numbers() * below);
    const noise = () => Buffer.from(Array.from({ length: random(100) }, () => random(256)));
    /** Changes one to four bytes, and sometimes truncates. */
    const mutate = (datagram: Buffer): Buffer => {
      const other = Buffer.from(datagram);
      for (let i = random(4); i >= 0 && other.length > 0; i--) other[random(other.length)] = random(256);
      return random(4) === 0 ? other.subarray(0, random(other.length)) : other;
    };
    const viewer = await connectPeer((offer) => answer(offer));
    // Records datagrams that the peer sends.
    const sent: Buffer[] = [];
    const { connection } = viewer.dtls.iceTransport;
    const send = connection.send;
    connection.send = (data) => {
      sent.push(Buffer.from(data));
      return send(data);
    };
    await expectEcho(viewer);
    connection.send = send;
    sent.push(unsignedCheck(), clientHello());
    expect(sent.length).toBeGreaterThan(4);
    using other = await openThirdParty(viewer.port);
    for (let i = 0; i < 6000; i++) {
      const datagram = i % 3 === 0 ? noise() : mutate(sent[i % sent.length] ?? noise());
      if (i % 2 === 0) await other.send(datagram);
      else viewer.send(datagram);
      // Lets the server read: the kernel drops datagrams of a full socket buffer.
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    await expectEcho(viewer);
    await viewer.closeSockets();
  });
});

test("a third party that does not know the ICE password cannot take a peer's place, nor flood its handshake", async () => {
  const viewer = await connectPeer(async (sdp) => {
    const answered = await answer(sdp);
    using other = await openThirdParty(portOf(answered));
    await other.send(unsignedCheck());
    for (let i = 0; i < 1000; i++) await other.send(clientHello());
    return answered;
  });
  await expectEcho(viewer);
  await viewer.closeSockets();
});

/** A filter whose peer has the address 127.0.0.1:1, selected by ICE. */
function makeFilter() {
  return new InboundPacketFilter({
    icePassword: () => "password",
    isSelected: ([, port]) => port === 1,
    isSecure: () => false,
    verify: () => {},
    onCloseNotify: () => {},
  });
}

describe("the inbound packet filter", () => {
  test("the inbound packet filter drops datagrams beyond a rate limit, and third parties do not use up the peer's limit", () => {
    const filter = makeFilter();
    const isAccepted = (port: number) => filter.filter(Buffer.alloc(20, 128), ["127.0.0.1", port]).length > 0;
    const check = unsignedCheck();
    for (let i = 0; i < 20_000; i++) filter.filter(check, ["127.0.0.1", 2]);
    const accepted = Array.from({ length: 20_000 }, () => isAccepted(1)).filter(Boolean);
    expect(accepted.length).toBeGreaterThanOrEqual(2_000);
    expect(accepted.length).toBeLessThan(10_000);
  });

  test("the inbound packet filter drops DTLS handshake messages that announce megabytes, or contain fragments beyond their end", () => {
    const filter = makeFilter();
    const handshake = (length: number, offset: number, bytes: number, more = bytes) => {
      const header = Buffer.alloc(12);
      header.writeUInt8(1);
      header.writeUIntBE(length, 1, 3);
      header.writeUIntBE(offset, 6, 3);
      header.writeUIntBE(bytes, 9, 3);
      return record(HANDSHAKE, 0, 0, Buffer.concat([header, Buffer.alloc(more)]));
    };
    const isAccepted = (datagram: Buffer) => filter.filter(datagram, ["127.0.0.1", 1]).length > 0;
    expect(isAccepted(handshake(40, 0, 40))).toBe(true);
    expect(isAccepted(handshake(4_000, 1_000, 1_000))).toBe(true);
    expect(isAccepted(handshake(0xff_ffff, 0xff_fff0, 15))).toBe(false);
    expect(isAccepted(handshake(40, 30, 20))).toBe(false);
    expect(isAccepted(handshake(40, 0, 40, 30))).toBe(false);
  });
});
