import fc from "fast-check";

/**
 * The cases are the same in every run, so that a failure is one for everybody; SCENECAST_SEED=… tries others. A failure
 * prints its seed and path, and the smallest case that fails too.
 */
const seed = Number(process.env.SCENECAST_SEED ?? 20261123);

/** How long one property looks for a case that fails, ms; on a slow machine it then has looked at fewer. */
const TIME_MS = 3000;

/** Checks that `promise` holds (does not throw) for `runs` values. */
export function holdsForAll<Value>(
  values: fc.Arbitrary<Value>,
  runs: number,
  promise: (value: Value) => void,
): void {
  const inTime = timeLimit();
  const property = fc.property(values, (value) => {
    if (inTime()) promise(value);
  });
  fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
}

/** {@link holdsForAll} for what takes its time. No case is left unfinished. */
export async function holdsForAllAsync<Value>(
  values: fc.Arbitrary<Value>,
  runs: number,
  promise: (value: Value) => Promise<void>,
): Promise<void> {
  const inTime = timeLimit();
  const property = fc.asyncProperty(values, async (value) => {
    if (inTime()) await promise(value);
  });
  await fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
}

/** Whether there is time left. fast-check's own limit lets go of a case in the middle. */
function timeLimit(): () => boolean {
  const end = performance.now() + TIME_MS;
  return () => performance.now() < end;
}
