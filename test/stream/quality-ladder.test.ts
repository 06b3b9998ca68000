import { expect, test } from "bun:test";
import { QualityLadder, type RenderQuality } from "../../src/stream/quality-ladder.ts";

/** Records the rendering times of `frames` frames, ms, and returns the scale of each frame. */
function drive(
  ladder: QualityLadder,
  frames: number,
  msAt: (scale: number, frame: number, quality: RenderQuality) => number,
): number[] {
  return Array.from({ length: frames }, (_, frame) => {
    const { quality } = ladder;
    ladder.record(msAt(quality.scale, frame, quality));
    return quality.scale;
  });
}

/** Returns the rendering time of a frame, ms: a constant part for triangles, and a part for pixels that is given at full scale. */
const costing = (triangles: number, pixels: number) => (scale: number) => triangles + pixels * scale ** 2;

/** Number of changes of the scale. */
const changes = (scales: readonly number[]) => scales.filter((at, i) => i > 0 && at !== scales[i - 1]).length;

/** Factors of rendering time, recorded while another program used the cores; the minimum of three is accurate. */
const HICCUPS = [1, 1.1, 2.6, 1, 0.95, 1.3, 1, 4.1, 1.05, 1, 1.2, 1];

/** SwiftShader at 1920x1080, ms at full scale, 0.75 and 0.5: measured on two busy cores, some values smoothed. */
const RECORDED: Record<string, readonly [number, number, number]> = {
  bunny: [49.7, 32.0, 20.8],
  standardMaterial: [294.3, 170.0, 59.2],
  demo: [93.6, 80.9, 55.4],
};
const recorded = (name: string) => (scale: number) => RECORDED[name]?.[[1, 0.75, 0.5].indexOf(scale)] ?? 0;

test("a scene that is fast at full scale is never reduced, even with occasional slow frames", () => {
  const ladder = new QualityLadder();
  const scales = drive(ladder, 2000, (_, frame) => 14 * (HICCUPS[frame % HICCUPS.length] ?? 1));
  expect(new Set(scales)).toEqual(new Set([1]));
});

test("a scene limited by pixels is reduced within a few frames, only as far as needed, and stays reduced", () => {
  const ladder = new QualityLadder();
  const scales = drive(ladder, 1000, costing(4, 44));
  expect(scales.indexOf(0.75)).toBeLessThanOrEqual(4);
  expect(changes(scales)).toBe(1);
  expect(ladder.quality.scale).toBe(0.75);
});

test("the scale drops by several steps immediately if one step cannot be enough", () => {
  const found = ["bunny", "demo", "standardMaterial"].map((name) => {
    const ladder = new QualityLadder();
    drive(ladder, 3, recorded(name));
    const first = ladder.quality.scale;
    drive(ladder, 200, recorded(name));
    return [name, first, ladder.quality.scale];
  });
  expect(found).toEqual([
    ["bunny", 0.75, 0.75],
    ["demo", 0.5, 0.5],
    ["standardMaterial", 0.5, 0.5],
  ]);
});

test("a second step follows if the first was not enough", () => {
  // In the second row, SwiftShader with a million triangles, the first step alone gains too little.
  for (const [full, threeQuarters, half] of [
    [50, 42, 25],
    [51, 46, 34],
  ]) {
    const ladder = new QualityLadder();
    const scales = drive(ladder, 110, (at) => (at === 1 ? full : at === 0.75 ? threeQuarters : half) ?? 0);
    expect(scales.slice(0, 3)).toEqual([1, 1, 1]);
    expect([...new Set(scales)]).toEqual([1, 0.75, 0.5]);
    expect(ladder.quality.scale).toBe(0.5);
  }
});

test("a scene limited by triangles returns to full scale, and reductions are tried with increasing backoff", () => {
  const ladder = new QualityLadder();
  const scales = drive(ladder, 4000, costing(60, 8));
  expect(ladder.quality.scale).toBe(1);
  expect(scales.filter((at) => at < 1).length).toBeLessThan(60);
  const late = scales.slice(2000);
  expect(changes(late)).toBeLessThanOrEqual(2);
});

test("one slow frame does not change the scale, two consecutive ones do", () => {
  const ladder = new QualityLadder();
  drive(ladder, 10, () => 10);
  drive(ladder, 1, () => 500);
  drive(ladder, 2, () => 10);
  expect(ladder.quality.scale).toBe(1);
  drive(ladder, 2, () => 100);
  expect(ladder.quality.scale).toBeLessThan(1);
});

test("the next drag starts with the scale of the last one", () => {
  const ladder = new QualityLadder();
  drive(ladder, 30, costing(2, 120));
  expect(ladder.quality.scale).toBe(0.5);
  ladder.onOtherSize();
  expect(ladder.quality.scale).toBe(0.5);
  const scales = drive(ladder, 200, costing(2, 120));
  expect(new Set(scales)).toEqual(new Set([0.5]));
});

test("the first frame after a still view or a change of size is not measured", () => {
  const ladder = new QualityLadder();
  for (let drag = 0; drag < 20; drag++) {
    drive(ladder, 5, (_, frame) => (frame === 0 ? 200 : 12));
    ladder.onOtherSize();
  }
  expect(ladder.quality.scale).toBe(1);
});

test("the scale returns to full after frames were fast for a second, and not before", () => {
  const ladder = new QualityLadder();
  drive(ladder, 60, costing(2, 120));
  const scales = drive(ladder, 300, costing(2, 12));
  expect(scales.indexOf(0.75)).toBeGreaterThanOrEqual(45);
  expect(scales.at(-1)).toBe(1);
  expect(changes(scales)).toBe(2);
});

test("a larger scale that proves too slow is tried with increasing backoff", () => {
  const ladder = new QualityLadder();
  drive(ladder, 60, costing(2, 120)); // now at 0.5
  // Another program slows it whenever the larger scale is tried, and a little longer.
  let since = 0;
  const scales = drive(ladder, 6000, (at) => {
    since = at > 0.5 ? 0 : since + 1;
    if (at > 0.5) return 45;
    return since < 8 ? 22 : 5;
  });
  const ups = scales.flatMap((at, i) => (at > (scales[i - 1] ?? 1) ? [i] : []));
  expect(ups.length).toBeGreaterThan(1);
  expect(ups.length).toBeLessThan(9);
  expect(scales.filter((at) => at > 0.5).length).toBeLessThan(80);
});

test("frame times just below the limit do not make the scale oscillate", () => {
  const ladder = new QualityLadder();
  // 58 ms at full scale, 33 ms at 0.75, with occasional slow frames.
  const scales = drive(
    ladder,
    3000,
    (at, frame) => costing(1, 57)(at) * (HICCUPS[frame % HICCUPS.length] ?? 1),
  );
  expect(changes(scales)).toBeLessThan(6);
});

test("reset forgets the scale and all measurements", () => {
  const ladder = new QualityLadder();
  drive(ladder, 60, costing(2, 120));
  ladder.reset();
  expect(ladder.quality.scale).toBe(1);
  drive(ladder, 200, costing(60, 8));
  expect(ladder.quality.scale).toBe(1);
  ladder.reset();
  drive(ladder, 8, costing(2, 120));
  expect(ladder.quality.scale).toBeLessThan(1);
});

test("a scene that is limited by triangles is drawn at a coarser level of detail if it has one", () => {
  const ladder = new QualityLadder();
  ladder.reset({ hasLevels: true });
  const levels: number[] = [];
  drive(ladder, 400, (scale, _, { level }) => {
    levels.push(level);
    return (level === 0 ? 45 : 15) + 8 * scale ** 2;
  });
  expect(levels.lastIndexOf(0)).toBeLessThan(20);
  expect(ladder.quality.level).toBe(1);
});

test("a GPU draws the full scene while that is fast enough, and a coarser level of detail otherwise", () => {
  const levelAfter = (fullMs: number): number => {
    const ladder = new QualityLadder();
    ladder.reset({ hasLevels: true, isGpu: true });
    drive(ladder, 100, (_scale, _frame, { level }) => (level === -1 ? fullMs : 6));
    expect(ladder.quality.scale).toBe(1);
    return ladder.quality.level;
  };
  expect(levelAfter(15)).toBe(-1);
  expect(levelAfter(60)).toBe(0);
});
