const METHODS = ["log", "info", "warn", "error"] as const;

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
