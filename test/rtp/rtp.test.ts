import { expect, test } from "bun:test";
import { RtpPacket, unwrapRtx, Vp8RtpPayload } from "werift";
import { RtpWriter, vp8Payloads } from "../../src/rtp/rtp.ts";

const FIELDS = {
  ...{ payloadType: 96, sequence: 65_535, timestamp: 0xfffffffe, ssrc: 0xdeadbeef, marker: true },
  ...{ transportSequence: 0xabcd, sendTimeMs: 1_500 },
};

test("a frame is cut into packets of nearly the same size, which together are the frame", () => {
  for (const size of [1, 1_140, 1_141, 50_000]) {
    const frame = crypto.getRandomValues(new Uint8Array(size));
    const payloads = vp8Payloads(frame);
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

test("another implementation reads our packets and their extensions", () => {
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
    // 1.5 s, 18 bits of it behind the point.
    3: "060000",
    5: "abcd",
    7: "000000",
  });
});

test("a peer that takes no extensions gets none", () => {
  const writer = new RtpWriter({ sendTime: null, transportSequence: null, playoutDelay: null });
  const packet = Buffer.from(writer.packet(FIELDS, Uint8Array.of(1, 2, 3)));
  expect(packet.length).toBe(15);
  expect(RtpPacket.deSerialize(packet).header.extensions).toEqual([]);
});

test("another implementation gets back what was sent again", () => {
  const writer = new RtpWriter({ sendTime: null, transportSequence: 5, playoutDelay: null });
  const again = { ...FIELDS, payloadType: 97, ssrc: 11, sequence: 4 };
  const packet = RtpPacket.deSerialize(Buffer.from(writer.packet(again, Uint8Array.of(1, 2, 3), 1234)));
  const original = unwrapRtx(packet, 96, 0xdeadbeef);
  expect(original.header).toMatchObject({ sequenceNumber: 1234, ssrc: 0xdeadbeef, payloadType: 96 });
  expect(original.payload).toEqual(Buffer.from([1, 2, 3]));
});
