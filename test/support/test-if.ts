import { test } from "bun:test";

/** `test`, skipped if something is missing on this machine, with the reason in the test's name. `missing`: empty if nothing is. */
export function testIf(
  missing: string,
): (name: string, run: () => Promise<void>, timeoutMs?: number) => void {
  return (name, run, timeoutMs) =>
    test.skipIf(missing !== "")(missing === "" ? name : `${name} (skipped: ${missing})`, run, timeoutMs);
}
