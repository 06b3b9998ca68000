import { expect, test } from "bun:test";
import { RtpPacket, unwrapRtx, Vp8RtpPayload } from "werift";
import { PAYLOADERS } from "../../src/rtp/payloaders.ts";
import { RtpWriter } from "../../src/rtp/rtp.ts";

const FIELDS = {
  ...{ payloadType: 96, sequence: 65_535, timestamp: 0xfffffffe, ssrc: 0xdeadbeef, marker: true },
  ...{ transportSequence: 0xabcd, sendTimeMs: 1_500 },
};

test("the VP8 payloader splits a frame into fragments of nearly equal size, which werift reassembles", () => {
  for (const size of [1, 1_140, 1_141, 50_000]) {
    const frame = crypto.getRandomValues(new Uint8Array(size));
    const payloads = PAYLOADERS.vp8.payloads(frame);
    const sizes = payloads.map(({ byteLength }) => byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_141);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(payloads.length);
    const read = payloads.map((payload) => Vp8RtpPayload.deSerialize(Buffer.from(payload)));
    expect(read.map(({ isPartitionHead }) => Boolean(isPartitionHead))).toEqual(
      payloads.map((_, i) => i === 0),
    );
    expect(Buffer.concat(read.map(({ payload }) => payload ?? Buffer.alloc(0)))).toEqual(Buffer.from(frame));
  }
});

test("werift parses our packets and their header extensions", () => {
  const writer = new RtpWriter({ sendTime: 3, transportSequence: 5, playoutDelay: 7 });
  const { header, payload } = RtpPacket.deSerialize(
    Buffer.from(writer.packet(FIELDS, Uint8Array.of(1, 2, 3))),
  );
  expect(payload).toEqual(Buffer.from([1, 2, 3]));
  expect(header).toMatchObject({
    ...{ payloadType: 96, sequenceNumber: 65_535, timestamp: 0xfffffffe, ssrc: 0xdeadbeef, marker: true },
  });
  expect(
    Object.fromEntries(header.extensions.map(({ id, payload }) => [id, payload.toString("hex")])),
  ).toEqual({
    // 1.5 s, with 18 fractional bits.
    3: "060000",
    5: "abcd",
    7: "000000",
  });
});

test("packets have no header extensions if none was negotiated", () => {
  const writer = new RtpWriter({ sendTime: null, transportSequence: null, playoutDelay: null });
  const packet = Buffer.from(writer.packet(FIELDS, Uint8Array.of(1, 2, 3)));
  expect(packet.length).toBe(15);
  expect(RtpPacket.deSerialize(packet).header.extensions).toEqual([]);
});

test("werift restores the original packet from a retransmission", () => {
  const writer = new RtpWriter({ sendTime: null, transportSequence: 5, playoutDelay: null });
  const retransmission = { ...FIELDS, payloadType: 97, ssrc: 11, sequence: 4 };
  const packet = RtpPacket.deSerialize(
    Buffer.from(writer.packet(retransmission, Uint8Array.of(1, 2, 3), 1234)),
  );
  const original = unwrapRtx(packet, 96, 0xdeadbeef);
  expect(original.header).toMatchObject({ sequenceNumber: 1234, ssrc: 0xdeadbeef, payloadType: 96 });
  expect(original.payload).toEqual(Buffer.from([1, 2, 3]));
});
