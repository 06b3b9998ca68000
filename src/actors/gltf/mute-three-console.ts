const METHODS = ["log", "info", "warn", "error"] as const;

/** Number of calls in progress. The console is global: the first call installs the filter and the last one removes it. */
let active = 0;
let restore = (): void => {};

/**
 * Runs an asynchronous loader of three.js and drops its console messages, which begin with "THREE.". Messages of other
 * code that runs in the meantime are not affected.
 */
export async function muteThreeConsole<T>(action: () => Promise<T>): Promise<T> {
  if (active === 0) restore = installFilter();
  active += 1;
  try {
    return await action();
  } finally {
    active -= 1;
    if (active === 0) restore();
  }
}

function installFilter(): () => void {
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
    for (const restoreMethod of restores) restoreMethod();
  };
}
