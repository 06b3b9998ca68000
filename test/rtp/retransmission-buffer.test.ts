import { describe, expect, test } from "bun:test";
import { RetransmissionBuffer } from "../../src/rtp/retransmission-buffer.ts";

const packet = (sequence: number, sentAtMs: number) => ({
  ...{ sequence, timestamp: 0, marker: false, payload: new Uint8Array(), sentAtMs },
});

describe("the retransmission buffer", () => {
  test("the retransmission buffer returns a packet at most once per round trip", () => {
    const buffer = new RetransmissionBuffer();
    buffer.add(packet(65_535, 0));
    buffer.add(packet(0, 1));
    expect(buffer.take(65_535, 30, 50)?.sequence).toBe(65_535);
    expect(buffer.take(65_535, 30, 60)).toBeUndefined();
    expect(buffer.take(65_535, 30, 81)?.sequence).toBe(65_535);
    expect(buffer.take(0, 30, 60)?.sequence).toBe(0);
    expect(buffer.take(7, 30, 60)).toBeUndefined();
  });

  test("the retransmission buffer holds packets for a second, and at most 2,048 of them", () => {
    const buffer = new RetransmissionBuffer();
    buffer.add(packet(1, 0));
    buffer.add(packet(2, 1500));
    expect(buffer.take(1, 30, 1500)).toBeUndefined();
    for (let i = 0; i < 5000; i++) buffer.add(packet((3 + i) & 0xffff, 1500));
    expect(buffer.take(2, 30, 1500)).toBeUndefined();
    expect(buffer.take(5002, 30, 1500)?.sequence).toBe(5002);
  });
});
