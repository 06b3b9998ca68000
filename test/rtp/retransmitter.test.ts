import { describe, expect, test } from "bun:test";
import { Retransmitter } from "../../src/rtp/retransmitter.ts";

const packet = (sequence: number, sentAtMs: number) => ({
  ...{ sequence, timestamp: 0, marker: false, payload: new Uint8Array(), sentAtMs },
});

const makeRetransmitter = () =>
  new Retransmitter(
    true,
    () => ({ bitrate: 20e6, loss: 0, rttMs: 30 }),
    () => {},
  );

describe("the buffer of a retransmitter", () => {
  test("a retransmitter returns a packet at most once per round trip", () => {
    const retransmitter = makeRetransmitter();
    const take = (sequence: number, now: number) => retransmitter.afterLoss([sequence], now)[0];
    retransmitter.add(packet(65_535, 0));
    retransmitter.add(packet(0, 1));
    expect(take(65_535, 50)?.sequence).toBe(65_535);
    expect(take(65_535, 60)).toBeUndefined();
    expect(take(65_535, 81)?.sequence).toBe(65_535);
    expect(take(0, 60)?.sequence).toBe(0);
    expect(take(7, 60)).toBeUndefined();
  });

  test("a retransmitter holds packets for a second, and at most 2,048 of them", () => {
    const retransmitter = makeRetransmitter();
    const take = (sequence: number, now: number) => retransmitter.afterLoss([sequence], now)[0];
    retransmitter.add(packet(1, 0));
    retransmitter.add(packet(2, 1500));
    expect(take(1, 1500)).toBeUndefined();
    for (let i = 0; i < 5000; i++) retransmitter.add(packet((3 + i) & 0xffff, 1500));
    expect(take(2, 1500)).toBeUndefined();
    expect(take(5002, 1500)?.sequence).toBe(5002);
  });
});
