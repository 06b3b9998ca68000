import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PYTHON } from "../interop/fury-peer.ts";

/** The reason why tests against nibabel cannot run; "" if they can. */
export const missingNibabel = existsSync("/usr/lib/python3/dist-packages/nibabel")
  ? ""
  : "python3-nibabel is not installed";

/** A file that nibabel has written or read, and its content. Numbers that JSON does not have (NaN) are null. */
export interface NibabelImage {
  readonly file: string;
  /** Row-major 4x4 matrix, mm. */
  readonly affine: readonly number[];
  readonly shape: readonly number[];
  /** Number of values. */
  readonly count: number;
  /** Distance of the values that are listed. */
  readonly step: number;
  /** Scaled values, every `step`-th: components fastest, then i, j, k and time. */
  readonly values: readonly (number | null)[];
}

/** Runs a program of test/formats/programs. @returns its output, parsed as JSON */
export async function runNibabel<Output>(program: string, ...words: string[]): Promise<Output> {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const child = Bun.spawn([PYTHON, "-W", "ignore", path, ...words], { stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await new Response(child.stdout).text()) as Output;
}
