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

/** Loads that run now; the console is one for all of them. */
let hushed = 0;
let restore = (): void => {};

/**
 * Runs an asynchronous loader of three.js and drops the lines that it writes to the console. Lines of the rest of the
 * program, which goes on meanwhile, pass.
 */
export async function withoutThreeLines<T>(action: () => Promise<T>): Promise<T> {
  if (hushed === 0) restore = hush();
  hushed += 1;
  try {
    return await action();
  } finally {
    hushed -= 1;
    if (hushed === 0) restore();
  }
}

function hush(): () => void {
  const restores = METHODS.map((method) => {
    const original = console[method];
    const filter = (...parts: unknown[]): void => {
      if (!String(parts[0]).startsWith("THREE.")) original(...parts);
    };
    console[method] = filter;
    return () => {
      if (console[method] === filter) console[method] = original;
    };
  });
  return () => {
    for (const undo of restores) undo();
  };
}
