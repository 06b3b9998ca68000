import { describe, expect, test } from "bun:test";
import { Pacer } from "../../src/rtp/pacer.ts";

const rates = (bitrate: number, pacingFactor: number) => ({ bitrate, pacing: pacingFactor * bitrate });

describe("the pacer", () => {
  test("the pacer sends a small frame, and the beginning of a large one, immediately", () => {
    const pacer = new Pacer(0);
    for (let i = 0; i < 8; i++) expect(pacer.take(1200, rates(4_000_000, 2.5), 0)).toBe(0);
  });

  test.each([
    // 40 ms on a narrow link.
    [500_000, 2_500],
    // The limit of 25 KB, and one packet.
    [20_000_000, 26_000],
  ])("the pacer limits a burst after a pause at %d bit/s to %d bytes", (bitrate, maxBytes) => {
    const pacer = new Pacer(0);
    let sent = 0;
    while (pacer.take(1000, rates(bitrate, 2.5), 60_000) === 0) sent += 1000;
    expect(sent).toBeLessThanOrEqual(maxBytes);
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

  test("the pacer measures how far the bytes sent are ahead of the bitrate", () => {
    const pacer = new Pacer(0);
    const paced = rates(800_000, 2.5);
    for (let i = 0; i < 2; i++) expect(pacer.take(1000, paced, 0)).toBe(0);
    expect(pacer.debtMs(paced, 0)).toBe(20);
    expect(pacer.debtMs(paced, 15)).toBe(5);
    expect(pacer.debtMs(paced, 1000)).toBe(0);
  });
});
