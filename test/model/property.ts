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
  fc.assert(fc.property(values, promise), parameters<Value>(runs));
}

/** {@link holdsForAll} for what takes its time. */
export async function holdsForAllAsync<Value>(
  values: fc.Arbitrary<Value>,
  runs: number,
  promise: (value: Value) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(values, promise), parameters<Value>(runs));
}

function parameters<Value>(numRuns: number): fc.Parameters<[Value]> {
  const plugin = fc.interruptAfterTimeLimit(TIME_MS) as fc.Plugin<[Value]>;
  return { seed, numRuns, includeErrorInReport: true, plugins: [plugin] };
}
