import { describe, expect, test } from "bun:test";
import { Pacer } from "../../src/rtp/pacer.ts";

const rates = (bitrate: number, pacingFactor: number) => ({ bitrate, pacing: pacingFactor * bitrate });

describe("the pacer", () => {
  test("the pacer sends a small frame, and the beginning of a large one, immediately", () => {
    const pacer = new Pacer(0);
    for (let i = 0; i < 8; i++) expect(pacer.take(1200, rates(4_000_000, 2.5), 0)).toBe(0);
  });

  test("the pacer limits a burst to the queue of a narrow link", () => {
    const pacer = new Pacer(0);
    let sent = 0;
    while (pacer.take(1000, rates(500_000, 2.5), 60_000) === 0) sent += 1000;
    // 40 ms at 500 kbit/s.
    expect(sent).toBeLessThanOrEqual(2500);
  });

  test.each([1.25, 2.5])(
    "the pacer spreads a large frame at a pacing rate of %d times the bitrate",
    (factor) => {
      const pacer = new Pacer(0);
      const paced = rates(4_000_000, factor);
      let now = 0;
      for (let sent = 0; sent < 100_000; sent += 1000) {
        for (let wait = pacer.take(1000, paced, now); wait > 0; wait = pacer.take(1000, paced, now)) {
          now += wait;
        }
      }
      const burstBytes = 10_000;
      const expectedMs = (100_000 - burstBytes) / (500 * factor);
      expect(Math.abs(now - expectedMs)).toBeLessThanOrEqual(4);
    },
  );

  test("the pacer limits a burst after a pause to 25 KB", () => {
    const pacer = new Pacer(0);
    let sent = 0;
    while (pacer.take(1000, rates(20_000_000, 2.5), 60_000) === 0) sent += 1000;
    expect(sent).toBeLessThanOrEqual(26_000);
  });

  test("the pacer measures how far the bytes sent are ahead of the bitrate", () => {
    const pacer = new Pacer(0);
    const paced = rates(800_000, 2.5);
    for (let i = 0; i < 2; i++) expect(pacer.take(1000, paced, 0)).toBe(0);
    expect(pacer.debtMs(paced, 0)).toBe(20);
    expect(pacer.debtMs(paced, 15)).toBe(5);
    expect(pacer.debtMs(paced, 1000)).toBe(0);
  });
});
