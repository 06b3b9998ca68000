import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadFile } from "../../src/loading/load-file.ts";
import type { PreparedMesh } from "../../src/loading/prepared-data.ts";
import { until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { workerThreads } from "../support/worker-threads.ts";
import { BAD_FILES } from "./bad-files.ts";

let files: TemporaryDirectory;
beforeAll(() => {
  files = new TemporaryDirectory();
});
afterAll(() => files[Symbol.dispose]());

/**
 * Loads a file in a Worker, and waits for the end of its thread.
 *
 * @param onReading called once, when the Worker begins to read
 * @returns the number of primitives, or the error message
 */
async function load(path: string, onReading: () => void = () => {}): Promise<number | string> {
  let hasStarted = false;
  const report = (): void => {
    if (!hasStarted) onReading();
    hasStarted = true;
  };
  const request = { path, root: undefined, drafts: true };
  const outcome = await loadFile(request, report).then(
    (data) => {
      const { triangles, points, lines } = (data as PreparedMesh).counts;
      return triangles + points + lines;
    },
    (error: unknown) => {
      if (!(error instanceof LoadError)) throw error;
      return error.message;
    },
  );
  await until(() => workerThreads() === 0, "the Worker has ended");
  return outcome;
}

/** Expects primitives, or an error message about the file (not about a thread that ended). */
function expectOutcome(outcome: number | string): void {
  if (typeof outcome === "number") expect(outcome).toBeGreaterThan(0);
  else expect(outcome).not.toContain("stopped unexpectedly");
}

describe("damaged files in a Worker", () => {
  for (const { name, bytes } of BAD_FILES) {
    test(`the damaged file ${name} is loaded or has an error about the file, and the Worker's thread ends`, async () =>
      expectOutcome(await load(files.write(name, bytes))));
  }
});

describe("files that change while they are read", () => {
  for (const format of ["ply", "stl", "obj"] as const) {
    const name = `sphere.${format}`;
    const model = (): string => {
      const path = `${files.path}/${name}`;
      rmSync(path, { force: true });
      writeLargeModel(path, format, 500_000);
      return path;
    };

    test(`a truncated ${name} is loaded or has an error, and the next load is complete`, async () => {
      for (const share of [0, 0.1, 0.5]) {
        const path = model();
        const { length } = readFileSync(path);
        expectOutcome(await load(path, () => truncateSync(path, Math.floor(share * length))));
      }
      expect(await load(model())).toBeGreaterThan(400_000);
    });

    test(`an overwritten ${name} is loaded or has an error, and the next load is complete`, async () => {
      for (const fill of [0xff, 0x20]) {
        const path = model();
        const other = new Uint8Array(readFileSync(path).length).fill(fill);
        expectOutcome(await load(path, () => writeFileSync(path, other)));
      }
      expect(await load(model())).toBeGreaterThan(400_000);
    });

    test(`a ${name} that is replaced by another file is loaded or has an error, and the next load is complete`, async () => {
      const path = model();
      const outcome = await load(path, () => {
        rmSync(path);
        writeFileSync(path, "not a model");
      });
      expectOutcome(outcome);
      expect(await load(model())).toBeGreaterThan(400_000);
    });
  }
});
