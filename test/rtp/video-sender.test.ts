import { afterEach, describe, expect, test } from "bun:test";
import { MAX_COUNTED_DEBT_MS } from "../../src/rtp/pacer.ts";
import { PAYLOADERS } from "../../src/rtp/payloaders.ts";
import { MAX_PACER_DEBT_MS, VideoSender } from "../../src/rtp/video-sender.ts";
import { eventually } from "../server/clients.ts";

const SSRC = 1;
const RTX = { ssrc: 2, payloadType: 97 };

const senders: VideoSender[] = [];
afterEach(() => {
  for (const sender of senders.splice(0)) sender.close();
});

/** A sender to a peer without feedback of its own, with the SSRCs and sequence numbers of the packets sent. */
function start({ hasTwcc = false } = {}) {
  const ssrcs: number[] = [];
  const sequences: number[] = [];
  let lastSentAtMs = Number.NaN;
  const transport = {
    sendRtp(packet: Uint8Array) {
      lastSentAtMs = performance.now();
      const view = new DataView(packet.buffer, packet.byteOffset);
      sequences.push(view.getUint16(2));
      ssrcs.push(view.getUint32(8));
      return packet.byteLength;
    },
    sendRtcp() {},
  };
  let keyframes = 0;
  const sender = new VideoSender(
    transport,
    {
      ...{ payloader: PAYLOADERS.vp8, ssrc: SSRC, payloadType: 96, rtx: RTX, cname: "test" },
      extensions: { sendTime: null, transportSequence: hasTwcc ? 3 : null, playoutDelay: null },
    },
    { onKeyframeNeeded: () => keyframes++, onBye: () => {} },
  );
  senders.push(sender);
  return { sender, ssrcs, sequences, keyframes: () => keyframes, lastSentAtMs: () => lastSentAtMs };
}

/** A generic NACK (RFC 4585, section 6.2.1). */
function nack(sequences: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(12 + 4 * sequences.length));
  view.setUint16(0, 0x81_cd);
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint32(8, SSRC);
  for (const [index, sequence] of sequences.entries()) view.setUint16(12 + 4 * index, sequence);
  return new Uint8Array(view.buffer);
}

/** TWCC feedback: which of up to 14 packets from number `from` on were received. */
function twcc(from: number, received: readonly boolean[]): Uint8Array {
  const deltas = received.filter(Boolean).length;
  const view = new DataView(new ArrayBuffer(4 * Math.ceil((22 + deltas) / 4)));
  view.setUint16(0, 0x8f_cd);
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint16(12, from);
  view.setUint16(14, received.length);
  // One chunk: a vector of one bit for each packet.
  view.setUint16(
    20,
    received.reduce((bits, isReceived, index) => bits | (Number(isReceived) << (13 - index)), 0x8000),
  );
  for (let delta = 0; delta < deltas; delta++) view.setUint8(22 + delta, 4);
  return new Uint8Array(view.buffer);
}

/** A receiver report with this loss, 0 to 1 (RFC 3550, section 6.4.2). */
function lossReport(fractionLost: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint16(0, 0x81_c9);
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint32(8, SSRC);
  view.setUint8(12, fractionLost * 256);
  return new Uint8Array(view.buffer);
}

describe("retransmission", () => {
  test("a packet that TWCC reports as lost is retransmitted once, without and before a NACK", () => {
    const { sender, ssrcs, sequences } = start({ hasTwcc: true });
    sender.send(new Uint8Array(3_000), Number.NaN);
    expect(ssrcs).toEqual([SSRC, SSRC, SSRC]);
    sender.receive(twcc(0, [true, false, true]));
    expect(ssrcs.slice(3)).toEqual([RTX.ssrc]);
    sender.receive(nack([sequences[1] ?? Number.NaN]));
    expect(ssrcs).toHaveLength(4);
    sender.receive(twcc(3, [true]));
    expect(ssrcs).toHaveLength(4);
  });

  test("a packet retransmitted after a NACK is not retransmitted when TWCC reports the original as lost", () => {
    const { sender, ssrcs, sequences } = start({ hasTwcc: true });
    sender.send(new Uint8Array(3_000), Number.NaN);
    sender.receive(nack([sequences[1] ?? Number.NaN]));
    expect(ssrcs).toHaveLength(4);
    sender.receive(twcc(0, [true, false, true]));
    expect(ssrcs).toHaveLength(4);
  });

  test("retransmissions are paced like frames, so that they do not fill the queue again", async () => {
    const { sender, ssrcs, sequences } = start();
    await sender.send(new Uint8Array(30_000), Number.NaN).ready;
    await eventually(() => ssrcs.length >= 27, "the frame is sent");
    const frame = ssrcs.length;
    sender.receive(nack(sequences.slice(0, 25)));
    expect(ssrcs.length - frame).toBeLessThan(10);
    await eventually(() => ssrcs.length - frame === 25, "all are retransmitted");
    expect(ssrcs.slice(frame).every((ssrc) => ssrc === RTX.ssrc)).toBe(true);
  });

  test("a keyframe is requested if the lost packets exceed the retransmission budget", async () => {
    const { sender, ssrcs, sequences, keyframes } = start();
    for (let frame = 0; frame < 4; frame++) await sender.send(new Uint8Array(50_000), Number.NaN).ready;
    await eventually(() => ssrcs.length >= 4 * 44, "the frames are sent");
    const before = keyframes();
    sender.receive(nack(sequences));
    expect(keyframes()).toBe(before + 1);
  });
});

describe("acceptance of the next frame", () => {
  test("the next frame is accepted immediately after a frame of usual size", () => {
    const { sender } = start();
    expect(sender.send(new Uint8Array(4_000), Number.NaN).ready).toBeUndefined();
  });

  test("the next frame is accepted immediately after a keyframe that is still being paced", () => {
    const { sender, ssrcs } = start();
    expect(sender.send(new Uint8Array(28_000), Number.NaN).ready).toBeUndefined();
    expect(ssrcs.length).toBeLessThan(10);
  });

  test("the next frame is accepted on an overused link only after the pacer debt has decreased, when all packets are sent", async () => {
    const { sender, ssrcs, lastSentAtMs } = start();
    sender.receive(lossReport(0.11));
    const frame = new Uint8Array(150_000);
    await sender.send(frame, Number.NaN).ready;
    expect(ssrcs).toHaveLength(PAYLOADERS.vp8.payloads(frame).length);
    // The debt of this frame is more than is counted. A third of the difference allows for late timers.
    expect(performance.now() - lastSentAtMs()).toBeGreaterThan((MAX_COUNTED_DEBT_MS - MAX_PACER_DEBT_MS) / 3);
  });
});
