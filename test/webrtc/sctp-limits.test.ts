import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RTCDataChannel } from "werift";
import { startServer } from "../../src/page-server.ts";
import { MAX_MESSAGE_BYTES } from "../../src/protocol/limits.ts";
import type { ServerMessage } from "../../src/protocol/server-messages.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { eventually } from "../server/clients.ts";
import { type ConnectedPeer, connectPeer } from "./test-peer.ts";

/** Payload protocol identifiers (RFC 8831, section 8). */
const CONTROL = 50;
const STRING = 51;
/** DATA_CHANNEL_OPEN of an ordered, reliable channel without a label (RFC 8832, section 5.1). */
const OPEN = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const ACKNOWLEDGED = Buffer.from([2]);

let server: ScenecastServer;
beforeAll(async () => {
  server = await startServer({ port: 0 });
});
afterAll(() => server.stop());

/** A connected viewer; `leave` ends its session. */
async function join(change?: (sdp: string) => string): Promise<ConnectedPeer & { leave(): Promise<void> }> {
  let session = "";
  const viewer = await connectPeer(async (body) => {
    const headers = { "Content-Type": "application/sdp" };
    const response = await fetch(`${server.url}whep`, { method: "POST", headers, body });
    if (response.status !== 201) throw new Error(await response.text());
    session = response.headers.get("location") ?? "";
    return await response.text();
  }, change);
  return {
    ...viewer,
    async leave() {
      await fetch(new URL(session, server.url), { method: "DELETE" });
      await viewer.closeSockets();
    },
  };
}

function sctpOf({ peer }: ConnectedPeer) {
  if (peer.sctp === null) throw new Error("The offer had no data channels.");
  return peer.sctp.sctp;
}

/** Sends an SCTP packet with this raw chunk, and a correct header and checksum. */
async function sendRaw(sctp: ReturnType<typeof sctpOf>, bytes: Buffer): Promise<void> {
  await (sctp as unknown as { sendChunk(chunk: { bytes: Buffer }): Promise<void> }).sendChunk({ bytes });
}

/** The next TSN that a peer sends, and the last that it received. */
function tsnsOf(sctp: ReturnType<typeof sctpOf>): { localTsn: number; lastReceivedTsn: number } {
  return sctp as unknown as { localTsn: number; lastReceivedTsn: number };
}

/** Opens a data channel, and collects the messages received. */
async function open({
  peer,
}: ConnectedPeer): Promise<{ channel: RTCDataChannel; messages: ServerMessage[] }> {
  const channel = peer.createDataChannel("more");
  const messages: ServerMessage[] = [];
  // Answers arrive on the channel "events".
  for (const each of Object.values(peer.sctp?.dataChannels ?? {})) {
    each.onMessage.subscribe((data) => messages.push(JSON.parse(String(data))));
  }
  channel.onMessage.subscribe((data) => messages.push(JSON.parse(String(data))));
  await channel.stateChanged.watch((state) => state === "open");
  return { channel, messages };
}

/** Checks that the session works: waits for the answer to a ping, by when everything sent before is handled. */
async function expectPong(viewer: ConnectedPeer): Promise<void> {
  const { channel, messages } = await open(viewer);
  const time = Math.random();
  channel.send(JSON.stringify({ type: "ping", time }));
  await eventually(
    () => messages.some((message) => message.type === "pong" && message.time === time),
    "the ping is answered",
  );
}

/** Sends messages, and collects the error codes that answer them. */
async function errorCodes(messages: (string | Buffer)[]): Promise<string[]> {
  const viewer = await join();
  const { channel, messages: received } = await open(viewer);
  for (const message of messages) channel.send(message);
  const codes = () => received.flatMap((message) => (message.type === "error" ? message.code : []));
  await eventually(() => codes().length >= messages.length, "all are answered with errors");
  await expectPong(viewer);
  await viewer.leave();
  return codes();
}

test("messages that are binary, not JSON, or too long are answered with errors, and the channels stay open", async () => {
  const long = JSON.stringify({ type: "ping", time: 1, more: "x".repeat(MAX_MESSAGE_BYTES) });
  const messages = [Buffer.alloc(10), "{", "[]", '{"type":"weel"}', long, Buffer.alloc(60_000), "\0"];
  expect((await errorCodes(messages)).toSorted()).toEqual([
    "bad-json",
    "bad-json",
    "bad-json",
    "bad-message",
    "binary",
    "binary",
    "too-long",
  ]);
});

test("a flood of messages is answered or dropped, and the channels stay open", async () => {
  const viewer = await join();
  const { channel } = await open(viewer);
  for (let i = 0; i < 500; i++) channel.send(i % 2 === 0 ? "noise" : '{"type":"mouseMove","x":1,"y":1}');
  await expectPong(viewer);
  await viewer.leave();
});

test("messages of unknown types, on unknown channels, and datagrams that are not SCTP are dropped", async () => {
  const viewer = await join();
  await expectPong(viewer);
  const sctp = sctpOf(viewer);
  for (const [stream, protocol, data] of [
    [0, 99, Buffer.from("of an unknown type")],
    [700, CONTROL, ACKNOWLEDGED],
    [700, STRING, Buffer.from("on a channel that is not open")],
    [701, CONTROL, OPEN.subarray(0, 5)],
    [702, CONTROL, Buffer.from([9])],
  ] as const) {
    await sctp.send(stream, protocol, data);
  }
  for (let bytes = 1; bytes < 100; bytes++) {
    await viewer.dtls.sendData(Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))));
  }
  await expectPong(viewer);
  await viewer.leave();
});

/** An SCTP chunk whose header may have a wrong length. */
function chunk(type: number, body: Buffer, length = 4 + body.length): Buffer {
  const header = Buffer.from([type, 0, length >> 8, length & 0xff]);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 3)]);
}

const [HEARTBEAT, SELECTIVE_ACK, FORWARD_TSN, COOKIE_ACK, RECONFIG] = [4, 3, 192, 11, 130];

test("SCTP chunks and parameters with length 0, or beyond the end of the packet, do not hang the server", async () => {
  const viewer = await join();
  await expectPong(viewer);
  const sctp = sctpOf(viewer);
  const parameter = (length: number) => Buffer.from([0, 1, length >> 8, length & 0xff, 1, 2, 3, 4]);
  for (const packet of [
    chunk(COOKIE_ACK, Buffer.alloc(0), 0),
    chunk(COOKIE_ACK, Buffer.alloc(0), 3),
    chunk(COOKIE_ACK, Buffer.alloc(0), 4_000),
    chunk(HEARTBEAT, parameter(0)),
    chunk(HEARTBEAT, parameter(3)),
    chunk(HEARTBEAT, parameter(4_000)),
    chunk(RECONFIG, parameter(0)),
    chunk(FORWARD_TSN, Buffer.alloc(2)),
  ]) {
    await sendRaw(sctp, packet);
  }
  await expectPong(viewer);
  await viewer.leave();
});

test("an SCTP acknowledgement of a million chunks that were never sent is dropped before werift expands it", async () => {
  const viewer = await join();
  await expectPong(viewer);
  const gaps = 250;
  const body = Buffer.alloc(12 + 4 * gaps);
  body.writeUInt32BE(tsnsOf(sctpOf(viewer)).lastReceivedTsn, 0);
  body.writeUInt16BE(gaps, 8);
  for (let gap = 0; gap < gaps; gap++) body.writeUInt32BE(0x0002_ffff, 12 + 4 * gap);
  // 16 million chunks each: minutes in all.
  for (let i = 0; i < 40; i++) await sendRaw(sctpOf(viewer), chunk(SELECTIVE_ACK, body));
  await expectPong(viewer);
  await viewer.leave();
});

test("the session closes when a message that never ends exceeds the fragment limit", async () => {
  await eventually(() => server.viewers === 0, "the other viewers have disconnected");
  const viewer = await join();
  await expectPong(viewer);
  const sctp = sctpOf(viewer);
  let tsn = tsnsOf(sctp).localTsn;
  for (let i = 0; i < 1_000 && server.viewers > 0; i++) {
    const body = Buffer.alloc(13);
    body.writeUInt32BE(tsn++ >>> 0, 0);
    body.writeUInt32BE(STRING, 8);
    // The first fragment, and then only middle ones.
    const data = chunk(0, body);
    data.writeUInt8(i === 0 ? 2 : 0, 1);
    await sendRaw(sctp, data);
    // Lets the server read: the kernel drops datagrams of a full socket buffer.
    if (i % 20 === 0) await new Promise(setImmediate);
  }
  await eventually(() => server.viewers === 0, "the viewer is disconnected");
  await viewer.closeSockets();
});

test("a peer with a maximum message size below the length of ours joins, and receives no messages", async () => {
  const viewer = await join((sdp) => sdp.replace(/a=max-message-size:\d+/, "a=max-message-size:10"));
  await eventually(() => server.viewers === 1, "the viewer is connected");
  const { channel } = await open(viewer);
  channel.send(JSON.stringify({ type: "ping", time: 1 }));
  await viewer.leave();
  await eventually(() => server.viewers === 0, "the viewer is disconnected");
});

test("at most 100 data channels of a peer are accepted", async () => {
  const viewer = await join();
  const sctp = sctpOf(viewer);
  const acknowledged = new Set<number>();
  const execute = sctp.onReceive.execute;
  sctp.onReceive.execute = (stream, protocol, data) => {
    if (protocol === CONTROL && stream >= 100) acknowledged.add(stream);
    else execute(stream, protocol, data);
  };
  for (let stream = 100; stream < 700; stream++) await sctp.send(stream, CONTROL, OPEN);
  await eventually(() => acknowledged.size > 90, "the first are acknowledged");
  expect(acknowledged.size).toBeGreaterThan(90);
  expect(acknowledged.size).toBeLessThanOrEqual(100);
  await viewer.leave();
});

test("the session closes when a peer sends beyond the receive window", async () => {
  await eventually(() => server.viewers === 0, "the other viewers have disconnected");
  const viewer = await join();
  await expectPong(viewer);
  expect(server.viewers).toBe(1);
  // Disables flow control.
  const sctp = sctpOf(viewer);
  Object.defineProperties(sctp, { peerRwnd: { value: 1e9 }, cwnd: { value: 1e9, writable: true } });
  void sctp.send(0, STRING, Buffer.alloc(1 << 20));
  await eventually(() => server.viewers === 0, "the viewer is disconnected");
  await viewer.closeSockets();
});
