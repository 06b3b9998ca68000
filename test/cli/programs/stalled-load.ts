import { describeError } from "../../../src/cli/errors.ts";
import { withProgressTimeout } from "../../../src/cli/progress-timeout.ts";

/** Loads: `spin` blocks the event loop for ever, `wait` never settles, `work` reports progress and ends. */
const loads: Record<string, (onProgress: () => void) => Promise<void>> = {
  async spin() {
    for (let i = 0; i >= 0; i = (i + 1) % 1000) Atomics.load(new Int32Array(1), 0);
  },
  wait: () => new Promise(() => {}),
  async work(onProgress) {
    // 2 s in all, but never 1 s without progress.
    for (let i = 0; i < 8; i += 1) {
      const until = performance.now() + 250;
      while (performance.now() < until);
      onProgress();
    }
  },
};

const kind = process.argv[2] ?? "";
try {
  await withProgressTimeout("model.glb", loads[kind] ?? (() => Promise.resolve()), 1000);
  process.stdout.write("loaded\n");
} catch (error) {
  process.stderr.write(`scenecast: ${describeError(error)}\n`);
  process.exitCode = 1;
}
