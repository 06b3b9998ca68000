import { fileChanges } from "../file-changes.ts";
import { moduleFiles } from "./module-files.ts";

/** Time for which the files must be unchanged, ms: sources are small and written at once. */
const DEBOUNCE_MS = 40;

/**
 * Watches a scene module, what it imports by relative paths, and other files. Yields once at the start, then once after each change.
 *
 * @param module absolute path
 * @param signal ends the generator
 */
export async function* moduleChanges(
  module: string,
  others: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<void> {
  while (!signal.aborted) {
    // What the module imports may change with it.
    const changes = fileChanges([...moduleFiles(module), ...others], signal, DEBOUNCE_MS);
    await changes.next();
    yield;
    await changes.next();
    await changes.return(undefined);
  }
}
