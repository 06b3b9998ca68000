import { describeError } from "../../../src/cli/errors.ts";
import { whileItProgresses } from "../../../src/cli/loading-guard.ts";

/** A load that never ends: `spin` counts without returning to the event loop, `wait` waits for nothing, `work` ends. */
const kinds: Record<string, (signOfLife: () => void) => Promise<void>> = {
  async spin() {
    for (let i = 0; i >= 0; i = (i + 1) % 1000) Atomics.load(new Int32Array(1), 0);
  },
  wait: () => new Promise(() => {}),
  async work(signOfLife) {
    // 2 s in all, but never 1 s without a sign of life.
    for (let i = 0; i < 8; i += 1) {
      const until = performance.now() + 250;
      while (performance.now() < until);
      signOfLife();
    }
  },
};

const kind = process.argv[2] ?? "";
try {
  await whileItProgresses("model.glb", kinds[kind] ?? (() => Promise.resolve()), 1000);
  process.stdout.write("loaded\n");
} catch (error) {
  process.stderr.write(`scenecast: ${describeError(error)}\n`);
  process.exitCode = 1;
}
