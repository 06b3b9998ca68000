import fc from "fast-check";

/**
 * Seed of all properties: the cases are the same in every run, so that a failure can be reproduced; SCENECAST_SEED=… changes
 * it. A failure prints its seed and path, and the smallest failing case.
 */
const seed = Number(process.env.SCENECAST_SEED ?? 20261123);

/** Time limit for one property, ms; a slow machine then checks fewer cases. */
const TIME_LIMIT_MS = 3000;

/** Checks that `check` does not throw for `runs` values. */
export function holdsForAll<Value>(
  values: fc.Arbitrary<Value>,
  runs: number,
  check: (value: Value) => void,
): void {
  const inTime = timeLimit();
  const property = fc.property(values, (value) => {
    if (inTime()) check(value);
  });
  fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
}

/** {@link holdsForAll} for an asynchronous check. Every case that is begun is finished. */
export async function holdsForAllAsync<Value>(
  values: fc.Arbitrary<Value>,
  runs: number,
  check: (value: Value) => Promise<void>,
): Promise<void> {
  const inTime = timeLimit();
  const property = fc.asyncProperty(values, async (value) => {
    if (inTime()) await check(value);
  });
  await fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
}

/** Returns whether there is time left. fast-check's own limit abandons a case in the middle. */
function timeLimit(): () => boolean {
  const end = performance.now() + TIME_LIMIT_MS;
  return () => performance.now() < end;
}
