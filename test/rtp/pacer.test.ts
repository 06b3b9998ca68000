import { describe, expect, test } from "bun:test";
import { Pacer } from "../../src/rtp/pacer.ts";
import { RetransmissionBuffer } from "../../src/rtp/retransmission-buffer.ts";
import { TwccSendHistory } from "../../src/rtp/twcc-send-history.ts";

/** Rates of which the second is so many times the first. */
const rates = (bitrate: number, times: number) => ({ bitrate, pacing: times * bitrate });

describe("pacing", () => {
  test("lets a small frame, and the beginning of a large one, leave at once", () => {
    const pacer = new Pacer(0);
    for (let i = 0; i < 8; i++) expect(pacer.take(1200, rates(4_000_000, 2.5), 0)).toBe(0);
  });

  test("lets no more leave at once than a narrow link's queue holds", () => {
    const pacer = new Pacer(0);
    let sent = 0;
    while (pacer.take(1000, rates(500_000, 2.5), 60_000) === 0) sent += 1000;
    // 40 ms of half a megabit.
    expect(sent).toBeLessThanOrEqual(2500);
  });

  test("spreads a large one over the time that the pacing rate needs", () => {
    for (const times of [1.25, 2.5]) {
      const pacer = new Pacer(0);
      const paced = rates(4_000_000, times);
      let now = 0;
      for (let sent = 0; sent < 100_000; sent += 1000) {
        for (let wait = pacer.take(1000, paced, now); wait > 0; wait = pacer.take(1000, paced, now)) {
          now += wait;
        }
      }
      // What is beyond the burst.
      const ms = (100_000 - 10_000) / (500 * times);
      expect(now).toBeGreaterThanOrEqual(ms - 4);
      expect(now).toBeLessThanOrEqual(ms + 4);
    }
  });

  test("does not let more leave after a pause than without", () => {
    const pacer = new Pacer(0);
    let sent = 0;
    while (pacer.take(1000, rates(20_000_000, 2.5), 60_000) === 0) sent += 1000;
    expect(sent).toBeLessThanOrEqual(26_000);
  });

  test("knows how far what has left is ahead of the bitrate", () => {
    const pacer = new Pacer(0);
    const one = rates(800_000, 2.5);
    for (let i = 0; i < 2; i++) expect(pacer.take(1000, one, 0)).toBe(0);
    expect(pacer.aheadMs(one, 0)).toBe(20);
    expect(pacer.aheadMs(one, 15)).toBe(5);
    expect(pacer.aheadMs(one, 1000)).toBe(0);
  });
});

describe("packets that may be asked for again", () => {
  const packet = (sequence: number, sentAtMs: number) => ({
    ...{ sequence, timestamp: 0, marker: false, payload: new Uint8Array(), sentAtMs },
  });

  test("are sent again once within a round trip, however often they are asked for", () => {
    const kept = new RetransmissionBuffer();
    kept.add(packet(65_535, 0));
    kept.add(packet(0, 1));
    expect(kept.take(65_535, 30, 50)?.sequence).toBe(65_535);
    expect(kept.take(65_535, 30, 60)).toBeUndefined();
    expect(kept.take(65_535, 30, 81)?.sequence).toBe(65_535);
    expect(kept.take(0, 30, 60)?.sequence).toBe(0);
    expect(kept.take(7, 30, 60)).toBeUndefined();
  });

  test("are kept for a second, and no more than some two thousand of them", () => {
    const kept = new RetransmissionBuffer();
    kept.add(packet(1, 0));
    kept.add(packet(2, 1500));
    expect(kept.take(1, 30, 1500)).toBeUndefined();
    for (let i = 0; i < 5000; i++) kept.add(packet((3 + i) & 0xffff, 1500));
    expect(kept.take(2, 30, 1500)).toBeUndefined();
    expect(kept.take(5002, 30, 1500)?.sequence).toBe(5002);
  });
});

test("arrivals are put together with what was sent, each once, also when the numbers begin anew", () => {
  const log = new TwccSendHistory();
  for (let i = 0; i < 65_540; i++) log.left(100 + (i % 7), i & 0xffff, i);
  expect(log.next).toBe(4);
  const report = {
    kind: "arrivals" as const,
    packets: [
      { sequence: 65_535, atMs: 1 },
      { sequence: 0, atMs: null },
      { sequence: 3, atMs: 2 },
      { sequence: 4, atMs: 3 },
      { sequence: 40_000, atMs: 3 },
    ],
  };
  expect(log.match(report)).toEqual([
    { sentAtMs: 65_535, atMs: 1, bytes: 100 + (65_535 % 7), number: 65_535, rtpSequence: 65_535 },
    { sentAtMs: 65_536, atMs: null, bytes: 100 + (65_536 % 7), number: 65_536, rtpSequence: 0 },
    { sentAtMs: 65_539, atMs: 2, bytes: 100 + (65_539 % 7), number: 65_539, rtpSequence: 3 },
  ]);
  expect(log.match(report)).toEqual([]);
  // Of the newest that left it was told: nothing is waited for, until another leaves.
  expect(log.untoldSince).toBeNull();
  expect(log.left(100, 7, 70_000)).toBe(65_540);
  expect(log.untoldSince).toBe(70_000);
});
