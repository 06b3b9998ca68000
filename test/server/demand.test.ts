import { expect, test } from "bun:test";
import { Demand } from "../../src/server/demand.ts";

const PAGE = { acceptsReducedResolution: true };
const RECORDER = { acceptsReducedResolution: false };

test("a consumer that accepts full frames only does not end reduced resolution for the others", () => {
  const demand = new Demand(() => {});
  demand.add(RECORDER);
  expect(demand.allowsReducedResolution).toBe(false);
  demand.add(PAGE);
  expect(demand.allowsReducedResolution).toBe(true);
  demand.remove(PAGE);
  expect([demand.allowsReducedResolution, demand.consumers]).toEqual([false, 1]);
});

test("a request for full resolution ends with its work, and delays the next request", async () => {
  const published: boolean[] = [];
  const demand: Demand = new Demand(() => published.push(demand.allowsReducedResolution));
  demand.add(PAGE);
  expect(demand.mayRequestFullResolution).toBe(true);
  const failed = demand.withFullResolution(() => Promise.reject(new Error("no frame")));
  await expect(failed).rejects.toThrow("no frame");
  expect(published).toEqual([true, false, true]);
  expect(demand.mayRequestFullResolution).toBe(false);
});
