import { describe, expect, test } from "bun:test";
import { type Delivery, QualityControl } from "../../src/encode/quality-control.ts";
import { FRAME_MS, type LinkModel, msFor, noise, TIER_BYTES } from "./simulated-link.ts";
import traces from "./traces/deliveries.json";

const LAN: LinkModel = { latencyMs: 1, bytesPerMs: 12_500 };
const FAR: LinkModel = { latencyMs: 110, bytesPerMs: 12_500 };
const SLOW: LinkModel = { latencyMs: 20, bytesPerMs: 300 };

/** A viewer on a link with one picture on the way, the time being counted and not waited for. */
class Drive {
  readonly control = new QualityControl();
  /** Each tier that it had, once a change. */
  readonly tiers: number[] = [0];
  /** How many pictures it got of each. */
  readonly pictures = { 0: 0, 1: 0, 2: 0 };
  readonly #noise = noise(7);
  now = 0;

  run(link: LinkModel, ms: number, frameMs = FRAME_MS): this {
    for (const end = this.now + ms; this.now < end; ) {
      const bytes = TIER_BYTES[this.control.level];
      this.pictures[this.control.level]++;
      const took = msFor(bytes, link) * (1 + 0.1 * this.#noise());
      this.now += took;
      const skipped = Math.max(0, Math.floor(took / frameMs) - 1);
      this.control.onDelivered({ bytes, ms: took, skipped, still: false }, this.now);
      this.now += Math.max(0, frameMs - took);
      if (this.tiers.at(-1) !== this.control.level) this.tiers.push(this.control.level);
    }
    return this;
  }
}

describe("what a connection takes", () => {
  test("is the best where pictures arrive in time, from the first one on", () => {
    expect(new Drive().run(LAN, 60_000).tiers).toEqual([0]);
  });

  test("is less within a handful of pictures where their bytes take long, and nearly always so", () => {
    const drive = new Drive().run(SLOW, 1500);
    expect(drive.control.level).toBe(2);
    drive.run(SLOW, 300_000);
    expect(drive.pictures[2]).toBeGreaterThan(
      0.95 * (drive.pictures[0] + drive.pictures[1] + drive.pictures[2]),
    );
  });

  test("is the best after a look where the way is long and the bytes take no time", () => {
    const drive = new Drive().run(FAR, 30_000);
    expect(drive.control.level).toBe(0);
    expect(drive.tiers.length).toBeLessThanOrEqual(4);
    const { length } = drive.tiers;
    expect(drive.run(FAR, 300_000).tiers.length).toBe(length);
  });

  test("goes down at once when the link becomes slow, and up one by one when it is quick again", () => {
    const drive = new Drive().run(LAN, 5_000).run(SLOW, 1_900);
    expect(drive.control.level).toBe(2);
    const before = drive.now;
    while (drive.control.level === 2) drive.run(LAN, 20);
    expect(drive.now - before).toBeGreaterThanOrEqual(1_000);
    drive.run(LAN, 30_000);
    expect(drive.tiers.slice(-3)).toEqual([2, 1, 0]);
  });

  test("is not less for a hitch", () => {
    const control = new QualityControl();
    for (let now = 0; now < 60_000; now += 20) {
      const ms = now % 2000 === 0 ? 900 : 10;
      control.onDelivered({ bytes: 50_000, ms, skipped: Math.floor(ms / 17), still: false }, now);
    }
    expect(control.level).toBe(0);
  });

  test("is tried less and less often where a better tier turns out to be too much", () => {
    const drive = new Drive().run(SLOW, 300_000);
    const tries = drive.tiers.filter((tier, index) => tier < (drive.tiers[index - 1] ?? 0)).length;
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(12);
  });

  test("is not judged by a source that is slow itself: where nothing is skipped nothing gets worse", () => {
    expect(new Drive().run({ latencyMs: 20, bytesPerMs: 500 }, 60_000, 250).tiers).toEqual([0]);
  });

  test("takes the large picture of a view at rest when it arrives sooner than the rest has lasted", () => {
    const control = new QualityControl();
    expect(control.accepts(1, 1e9)).toBe(false);
    control.onDelivered({ bytes: 50_000, ms: 100, skipped: 0, still: false }, 0);
    expect([control.accepts(100_000, 199), control.accepts(100_000, 200)]).toEqual([false, true]);
  });

  test("is not less because of a picture of a view at rest", () => {
    const control = new QualityControl();
    for (let now = 0; now < 1_000; now += 20) {
      control.onDelivered({ bytes: 50_000, ms: 10, skipped: 0, still: false }, now);
      control.onDelivered({ bytes: 5_000_000, ms: 900, skipped: 50, still: true }, now);
    }
    expect(control.level).toBe(0);
  });

  for (const { name, end, atMost, deliveries } of traces) {
    test(`recorded: ${name}`, () => {
      const control = new QualityControl();
      const tiers: number[] = [];
      for (const [at = 0, bytes = 0, ms = 0, skipped = 0, still = 0] of deliveries) {
        const delivery: Delivery = { bytes, ms, skipped, still: still === 1 };
        control.onDelivered(delivery, at);
        if (tiers.at(-1) !== control.level) tiers.push(control.level);
      }
      expect(tiers.at(-1)).toBe(end);
      expect(tiers.length - 1).toBeLessThanOrEqual(atMost);
    });
  }
});
