/**
 * Checks the first argument of a generic base class, and otherwise names its concrete classes. Ported programs may still
 * pass FURY's constructor arguments `(max_size, dimension, use_shared_mem, …)`, which have no counterpart here.
 * @throws TypeError
 */
export function assertBackend(backend: unknown, generic: string, concrete: readonly [string, string]): void {
  if (typeof backend === "object" && backend !== null && "create" in backend && "keyOf" in backend) return;
  throw new TypeError(
    `${generic} is abstract: create or extend ${concrete[0]} (between Workers) or ${concrete[1]} (between processes), which take the options.`,
  );
}
