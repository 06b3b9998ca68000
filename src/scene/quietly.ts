const METHODS = ["log", "info", "warn", "error"] as const;
const MAX_MESSAGES = 20;

/**
 * Runs a synchronous parser of three.js and keeps what it writes to the console: these loaders report damage there,
 * a line for each line of a file, and go on.
 *
 * @returns the result and the first 20 messages
 */
export function quietly<T>(action: () => T): { result: T; messages: string[] } {
  const messages: string[] = [];
  const saved = METHODS.map((method) => console[method]);
  const keep = (...parts: unknown[]): void => {
    if (messages.length < MAX_MESSAGES) messages.push(parts.map(String).join(" "));
  };
  for (const method of METHODS) console[method] = keep;
  try {
    return { result: action(), messages };
  } finally {
    for (const [index, method] of METHODS.entries()) console[method] = saved[index] ?? keep;
  }
}
