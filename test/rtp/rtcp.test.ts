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

/** A message of transport-wide feedback, by hand from the draft. */
function arrivals(
  base: number,
  count: number,
  reference: number,
  chunks: number[],
  deltas: number[],
): Buffer {
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

describe("what peers report", () => {
  test("another implementation's reports, NACKs, PLIs and FIRs are read, many in one packet", () => {
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
      { kind: "report", ssrc: 5, lost: 0.25, highest: 9, lastReport: 0x1234, sinceLastReport: 0.5 },
      { kind: "nack", ssrc: 5, sequences: [65_534, 65_535, 3, 40] },
      { kind: "keyframe" },
      { kind: "keyframe" },
    ]);
  });

  test("an estimate of the receiver's own is no request for a keyframe", () => {
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

  test("arrival times are read from runs, from vectors of one bit and from vectors of two", () => {
    // Two that came, a run of three that did not; in steps of 0.25 ms.
    expect(readRtcp(arrivals(65_534, 5, 2, [0x2002, 0x0003], [4, 8]))).toEqual([
      {
        kind: "arrivals",
        packets: [
          { sequence: 65_534, atMs: 129 },
          { sequence: 65_535, atMs: 131 },
          { sequence: 0, atMs: null },
          { sequence: 1, atMs: null },
          { sequence: 2, atMs: null },
        ],
      },
    ]);
    // One bit each: came, did not, came.
    const [oneBit] = readRtcp(arrivals(1, 3, 0, [0x8000 | (0b101 << 11)], [4, 4]));
    expect(oneBit).toEqual({
      kind: "arrivals",
      packets: [
        { sequence: 1, atMs: 1 },
        { sequence: 2, atMs: null },
        { sequence: 3, atMs: 2 },
      ],
    });
    // Two bits each: a large step backwards, then a small one. The reference time is the last value before it wraps.
    const twoBits = arrivals(1, 2, 0xff_ffff, [0xc000 | (2 << 12) | (1 << 10)], [0xff, 0xfc, 8]);
    expect(readRtcp(twoBits)).toEqual([
      {
        kind: "arrivals",
        packets: [
          { sequence: 1, atMs: ARRIVAL_CLOCK_MS - 65 },
          { sequence: 2, atMs: ARRIVAL_CLOCK_MS - 63 },
        ],
      },
    ]);
  });

  test("a short report that expands to more packets than the send history is ignored", () => {
    // Runs of 8,191 packets that did not arrive: 16 bytes of them stand for 65,528.
    const runs = Array<number>(8).fill(0x1fff);
    expect(readRtcp(arrivals(0, 65_535, 0, runs, []))).toEqual([]);
    // The limit of 4,096 applies to the whole datagram.
    const whole = Buffer.concat(Array.from({ length: 30 }, (_, i) => arrivals(i, 4_000, 0, [0x1fff], [])));
    expect(readRtcp(whole)).toHaveLength(1);
    expect(readRtcp(arrivals(0, 4_096, 0, [0x1fff], []))).toHaveLength(1);
  });

  test("what is cut, too long by its own words, or noise is left out and ends nothing", () => {
    const whole = arrivals(1, 1000, 0, [0x23e8], Array<number>(1000).fill(1));
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

test("another implementation reads our sender reports", () => {
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
