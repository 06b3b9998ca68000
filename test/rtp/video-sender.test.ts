import { afterEach, describe, expect, test } from "bun:test";
import { VideoSender } from "../../src/rtp/video-sender.ts";
import { eventually } from "../server/clients.ts";

const SSRC = 1;
const RTX = { ssrc: 2, payloadType: 97 };
/** What a sender begins with, bytes per ms. */
const FIRST_RATE = 1_500_000 / 8000;
/** How far it may be ahead of that, ms. */
const AHEAD_MS = 300;

const senders: VideoSender[] = [];
afterEach(() => {
  for (const sender of senders.splice(0)) sender.close();
});

/** A sender to a peer that says nothing by itself, and of what it has sent the SSRCs and sequence numbers. */
function start({ tellsArrivals = false } = {}) {
  const sent: number[] = [];
  const numbers: number[] = [];
  const way = {
    sendRtp(packet: Uint8Array) {
      const view = new DataView(packet.buffer, packet.byteOffset);
      numbers.push(view.getUint16(2));
      sent.push(view.getUint32(8));
      return packet.byteLength;
    },
    sendRtcp() {},
  };
  let keyframes = 0;
  const sender = new VideoSender(
    way,
    {
      ...{ ssrc: SSRC, payloadType: 96, rtx: RTX, cname: "test" },
      extensions: { sendTime: null, transportSequence: tellsArrivals ? 3 : null, playoutDelay: null },
    },
    { onKeyframeWanted: () => keyframes++, onBye: () => {} },
  );
  senders.push(sender);
  return { sender, sent, numbers, keyframes: () => keyframes };
}

/** A request for packets (RFC 4585, section 6.2.1). */
function nack(sequences: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(12 + 4 * sequences.length));
  view.setUint16(0, 0x81_cd);
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint32(8, SSRC);
  for (const [index, sequence] of sequences.entries()) view.setUint16(12 + 4 * index, sequence);
  return new Uint8Array(view.buffer);
}

/** Tells which packets have come, by their transport-wide numbers from 0 on (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
function arrivals(from: number, came: readonly boolean[]): Uint8Array {
  const times = came.filter(Boolean).length;
  const view = new DataView(new ArrayBuffer(4 * Math.ceil((22 + times) / 4)));
  view.setUint16(0, 0x8f_cd);
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint16(12, from);
  view.setUint16(14, came.length);
  // One chunk: a vector of one bit for each of 14 packets.
  view.setUint16(
    20,
    came.reduce((bits, here, index) => bits | (Number(here) << (13 - index)), 0x8000),
  );
  for (let time = 0; time < times; time++) view.setUint8(22 + time, 4);
  return new Uint8Array(view.buffer);
}

/** Reports so much loss, 0 to 1 (RFC 3550, section 6.4.2). */
function lossReport(lost: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint16(0, 0x81_c9);
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint32(8, SSRC);
  view.setUint8(12, lost * 256);
  return new Uint8Array(view.buffer);
}

test("what has not come is sent again without being asked for", () => {
  const { sender, sent, numbers } = start({ tellsArrivals: true });
  sender.send(new Uint8Array(3_000), Number.NaN);
  expect(sent).toEqual([SSRC, SSRC, SSRC]);
  sender.receive(arrivals(0, [true, false, true]));
  expect(sent.slice(3)).toEqual([RTX.ssrc]);
  // The request for it comes as well, and nothing more of it.
  sender.receive(nack([numbers[1] ?? Number.NaN]));
  expect(sent).toHaveLength(4);
  sender.receive(arrivals(3, [true]));
  expect(sent).toHaveLength(4);
});

test("what was sent again already is not because the first one has not come", () => {
  const { sender, sent, numbers } = start({ tellsArrivals: true });
  sender.send(new Uint8Array(3_000), Number.NaN);
  sender.receive(nack([numbers[1] ?? Number.NaN]));
  expect(sent).toHaveLength(4);
  sender.receive(arrivals(0, [true, false, true]));
  expect(sent).toHaveLength(4);
});

test("what is asked for again leaves as slowly as what is sent first: a full queue is not filled anew", async () => {
  const { sender, sent, numbers } = start();
  await sender.send(new Uint8Array(30_000), Number.NaN).ready;
  await eventually(() => sent.length >= 27, "the frame is out");
  const first = sent.length;
  sender.receive(nack(numbers.slice(0, 25)));
  expect(sent.length - first).toBeLessThan(10);
  await eventually(() => sent.length - first === 25, "all is sent again");
  expect(sent.slice(first).every((ssrc) => ssrc === RTX.ssrc)).toBe(true);
});

test("too much to be sent again is not: a keyframe is asked for", async () => {
  const { sender, sent, numbers, keyframes } = start();
  for (let frame = 0; frame < 4; frame++) await sender.send(new Uint8Array(50_000), Number.NaN).ready;
  await eventually(() => sent.length >= 4 * 44, "the frames are out");
  const before = keyframes();
  sender.receive(nack(numbers));
  expect(keyframes()).toBe(before + 1);
});

describe("the next frame is welcome", () => {
  test("at once after one of usual size", () => {
    const { sender } = start();
    expect(sender.send(new Uint8Array(4_000), Number.NaN).ready).toBeUndefined();
  });

  test("at once behind a keyframe, which leaves by and by", () => {
    const { sender, sent } = start();
    expect(sender.send(new Uint8Array(28_000), Number.NaN).ready).toBeUndefined();
    expect(sent.length).toBeLessThan(10);
  });

  test("where too much was lost only when what has left is not too far ahead of the bitrate", async () => {
    const { sender } = start();
    sender.receive(lossReport(0.11));
    const bytes = 150_000;
    const before = performance.now();
    await sender.send(new Uint8Array(bytes), Number.NaN).ready;
    expect(performance.now() - before).toBeGreaterThanOrEqual(bytes / FIRST_RATE - AHEAD_MS - 100);
  });
});
