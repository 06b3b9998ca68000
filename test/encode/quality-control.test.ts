import { describe, expect, test } from "bun:test";
import { type Delivery, QualityControl } from "../../src/encode/quality-control.ts";
import { FRAME_MS, LEVEL_BYTES, type LinkModel, msFor, noise } from "./simulated-link.ts";
import traces from "./traces/deliveries.json";

const LAN: LinkModel = { latencyMs: 1, bytesPerMs: 12_500 };
const FAR: LinkModel = { latencyMs: 110, bytesPerMs: 12_500 };
const SLOW: LinkModel = { latencyMs: 20, bytesPerMs: 300 };

/** Simulates a viewer with one frame in flight, in simulated time. */
class Simulation {
  readonly control = new QualityControl();
  /** The level after each change. */
  readonly levels: number[] = [0];
  /** Number of frames at each level. */
  readonly frames = { 0: 0, 1: 0, 2: 0 };
  readonly #noise = noise(7);
  now = 0;

  run(link: LinkModel, ms: number, frameMs = FRAME_MS): this {
    for (const end = this.now + ms; this.now < end; ) {
      const bytes = LEVEL_BYTES[this.control.level];
      this.frames[this.control.level]++;
      const delayMs = msFor(bytes, link) * (1 + 0.1 * this.#noise());
      this.now += delayMs;
      const skipped = Math.max(0, Math.floor(delayMs / frameMs) - 1);
      this.control.onDelivered({ bytes, ms: delayMs, skipped, still: false }, this.now);
      this.now += Math.max(0, frameMs - delayMs);
      if (this.levels.at(-1) !== this.control.level) this.levels.push(this.control.level);
    }
    return this;
  }
}

describe("the quality level of a connection", () => {
  test("a fast link has the best level from the first frame on", () => {
    expect(new Simulation().run(LAN, 60_000).levels).toEqual([0]);
  });

  test("a slow link has the lowest level after a few frames, and for nearly all others", () => {
    const simulation = new Simulation().run(SLOW, 1500);
    expect(simulation.control.level).toBe(2);
    simulation.run(SLOW, 300_000);
    expect(simulation.frames[2]).toBeGreaterThan(
      0.95 * (simulation.frames[0] + simulation.frames[1] + simulation.frames[2]),
    );
  });

  test("a link with a long round trip and much bandwidth returns to the best level, and stays", () => {
    const simulation = new Simulation().run(FAR, 30_000);
    expect(simulation.control.level).toBe(0);
    expect(simulation.levels.length).toBeLessThanOrEqual(4);
    const { length } = simulation.levels;
    expect(simulation.run(FAR, 300_000).levels.length).toBe(length);
  });

  test("the level drops immediately when the link becomes slow, and rises step by step when it is fast again", () => {
    const simulation = new Simulation().run(LAN, 5_000).run(SLOW, 1_900);
    expect(simulation.control.level).toBe(2);
    const before = simulation.now;
    for (let round = 0; round < 1000 && simulation.control.level === 2; round++) simulation.run(LAN, 20);
    expect(simulation.control.level).toBe(1);
    expect(simulation.now - before).toBeGreaterThanOrEqual(1_000);
    simulation.run(LAN, 30_000);
    expect(simulation.levels.slice(-3)).toEqual([2, 1, 0]);
  });

  test("a single slow frame does not lower the level", () => {
    const control = new QualityControl();
    for (let now = 0; now < 60_000; now += 20) {
      const ms = now % 2000 === 0 ? 900 : 10;
      control.onDelivered({ bytes: 50_000, ms, skipped: Math.floor(ms / 17), still: false }, now);
    }
    expect(control.level).toBe(0);
  });

  test("a better level that is too high is tried less and less often", () => {
    const simulation = new Simulation().run(SLOW, 300_000);
    const tries = simulation.levels.filter(
      (level, index) => level < (simulation.levels[index - 1] ?? 0),
    ).length;
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(12);
  });

  test("a slow source does not lower the level, because no frames are skipped", () => {
    expect(new Simulation().run({ latencyMs: 20, bytesPerMs: 500 }, 60_000, 250).levels).toEqual([0]);
  });

  test("a refinement is accepted when it arrives within the time that the view has been still", () => {
    const control = new QualityControl();
    expect(control.accepts(1, 1e9)).toBe(false);
    control.onDelivered({ bytes: 50_000, ms: 100, skipped: 0, still: false }, 0);
    expect([control.accepts(100_000, 199), control.accepts(100_000, 200)]).toEqual([false, true]);
  });

  test("a refinement does not lower the level", () => {
    const control = new QualityControl();
    for (let now = 0; now < 1_000; now += 20) {
      control.onDelivered({ bytes: 50_000, ms: 10, skipped: 0, still: false }, now);
      control.onDelivered({ bytes: 5_000_000, ms: 900, skipped: 50, still: true }, now);
    }
    expect(control.level).toBe(0);
  });

  for (const { name, end, maxChanges, deliveries } of traces) {
    test(`a recorded trace ends at its level: ${name}`, () => {
      const control = new QualityControl();
      const levels: number[] = [];
      for (const [at = 0, bytes = 0, ms = 0, skipped = 0, still = 0] of deliveries) {
        const delivery: Delivery = { bytes, ms, skipped, still: still === 1 };
        control.onDelivered(delivery, at);
        if (levels.at(-1) !== control.level) levels.push(control.level);
      }
      expect(levels.at(-1)).toBe(end);
      expect(levels.length - 1).toBeLessThanOrEqual(maxChanges);
    });
  }
});
