import { describe, expect, test } from "bun:test";
import {
  GenericNack,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpPacketConverter,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
} from "werift";
import { ARRIVAL_CLOCK_MS, compactNtp, readRtcp, senderReport } from "../../src/rtp/rtcp.ts";

/** A TWCC feedback packet, built by hand after the draft. */
function twcc(base: number, count: number, reference: number, chunks: number[], deltas: number[]): Buffer {
  const body = Buffer.alloc(20 + 2 * chunks.length);
  body.set([0x8f, 205], 0);
  body.writeUInt32BE(1, 4);
  body.writeUInt32BE(2, 8);
  body.writeUInt16BE(base, 12);
  body.writeUInt16BE(count, 14);
  body.writeUIntBE(reference, 16, 3);
  for (const [i, chunk] of chunks.entries()) body.writeUInt16BE(chunk, 20 + 2 * i);
  const whole = Buffer.concat([body, Buffer.from(deltas)]);
  const padded = Buffer.concat([whole, Buffer.alloc(-whole.length & 3)]);
  padded.writeUInt16BE(padded.length / 4 - 1, 2);
  return padded;
}

describe("readRtcp", () => {
  test("readRtcp parses werift's reports, NACKs and PLIs, and FIRs, in one compound packet", () => {
    const block = new RtcpReceiverInfo({
      ...{ ssrc: 5, fractionLost: 64, packetsLost: 3, highestSequence: 9, jitter: 0 },
      ...{ lsr: 0x1234, dlsr: 0x8000 },
    });
    const packet = Buffer.concat([
      new RtcpRrPacket({ ssrc: 1, reports: [block] }).serialize(),
      new RtcpTransportLayerFeedback({
        feedback: new GenericNack({ senderSsrc: 1, mediaSourceSsrc: 5, lost: [65_534, 65_535, 3, 40] }),
      }).serialize(),
      new RtcpPayloadSpecificFeedback({
        feedback: new PictureLossIndication({ senderSsrc: 1, mediaSsrc: 5 }),
      }).serialize(),
      // A FIR: RFC 5104, section 4.3.1.
      Buffer.from([0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0]),
    ]);
    expect(readRtcp(packet)).toEqual([
      {
        ...{ kind: "report", ssrc: 5, fractionLost: 0.25, highestSequence: 9 },
        ...{ lastSenderReport: 0x1234, delaySinceLastSenderReport: 0.5 },
      },
      { kind: "nack", ssrc: 5, sequences: [65_534, 65_535, 3, 40] },
      { kind: "keyframe" },
      { kind: "keyframe" },
    ]);
  });

  test("readRtcp does not mistake a REMB for a keyframe request", () => {
    const remb = new RtcpPayloadSpecificFeedback({
      feedback: new ReceiverEstimatedMaxBitrate({
        senderSsrc: 1,
        ssrcFeedbacks: [5],
        brExp: 2,
        brMantissa: 9,
      }),
    });
    expect(readRtcp(remb.serialize())).toEqual([]);
  });

  test("readRtcp parses TWCC arrival times from run lengths, and from one-bit and two-bit status vectors", () => {
    // Two packets received, three lost. Deltas have units of 0.25 ms.
    expect(readRtcp(twcc(65_534, 5, 2, [0x2002, 0x0003], [4, 8]))).toEqual([
      {
        kind: "twcc",
        packets: [
          { sequence: 65_534, arrivedAtMs: 129 },
          { sequence: 65_535, arrivedAtMs: 131 },
          { sequence: 0, arrivedAtMs: null },
          { sequence: 1, arrivedAtMs: null },
          { sequence: 2, arrivedAtMs: null },
        ],
      },
    ]);
    // One bit each: received, lost, received.
    const [oneBit] = readRtcp(twcc(1, 3, 0, [0x8000 | (0b101 << 11)], [4, 4]));
    expect(oneBit).toEqual({
      kind: "twcc",
      packets: [
        { sequence: 1, arrivedAtMs: 1 },
        { sequence: 2, arrivedAtMs: null },
        { sequence: 3, arrivedAtMs: 2 },
      ],
    });
    // Two bits each: a large negative delta, then a small one. The reference time is the last value before it wraps.
    const twoBits = twcc(1, 2, 0xff_ffff, [0xc000 | (2 << 12) | (1 << 10)], [0xff, 0xfc, 8]);
    expect(readRtcp(twoBits)).toEqual([
      {
        kind: "twcc",
        packets: [
          { sequence: 1, arrivedAtMs: ARRIVAL_CLOCK_MS - 65 },
          { sequence: 2, arrivedAtMs: ARRIVAL_CLOCK_MS - 63 },
        ],
      },
    ]);
  });

  test("readRtcp ignores TWCC feedback with more packets than the send history", () => {
    // Runs of 8,191 lost packets: 16 bytes stand for 65,528.
    const runs = Array<number>(8).fill(0x1fff);
    expect(readRtcp(twcc(0, 65_535, 0, runs, []))).toEqual([]);
    // The limit of 4,096 applies to the whole datagram.
    const whole = Buffer.concat(Array.from({ length: 30 }, (_, i) => twcc(i, 4_000, 0, [0x1fff], [])));
    expect(readRtcp(whole)).toHaveLength(1);
    expect(readRtcp(twcc(0, 4_096, 0, [0x1fff], []))).toHaveLength(1);
  });

  test("readRtcp does not throw on truncated packets, wrong lengths, or noise", () => {
    const whole = twcc(1, 1000, 0, [0x23e8], Array<number>(1000).fill(1));
    for (let bytes = 0; bytes < 64; bytes++) expect(() => readRtcp(whole.subarray(0, bytes))).not.toThrow();
    for (let i = 0; i < 500; i++) {
      const noise = crypto.getRandomValues(new Uint8Array(i % 97));
      noise[0] = 0x80 | ((noise[0] ?? 0) & 0x1f);
      noise[1] = 200 + (i % 8);
      noise[2] = 0;
      expect(() => readRtcp(noise)).not.toThrow();
    }
  });
});

test("werift parses our sender reports", () => {
  const atMs = Date.UTC(2026, 0, 1) + 250;
  const packets = RtcpPacketConverter.deSerialize(
    Buffer.from(senderReport({ ssrc: 9, atMs, rtpTimestamp: 7, packets: 5, bytes: 6, cname: "someone" })),
  );
  const [report, description] = packets;
  if (!(report instanceof RtcpSrPacket)) throw new Error("no sender report");
  expect(report.ssrc).toBe(9);
  expect(report.senderInfo.rtpTimestamp).toBe(7);
  expect(report.senderInfo.packetCount).toBe(5);
  expect(report.senderInfo.octetCount).toBe(6);
  expect(Number((report.senderInfo.ntpTimestamp >> 16n) & 0xffff_ffffn)).toBe(compactNtp(atMs));
  expect(JSON.stringify(description)).toContain("someone");
});
