import { expect } from "bun:test";
import { runScenecast } from "../support/scenecast.ts";

/** Expects an error message of one line, without a stack trace, that contains these parts. */
export function expectSentence(stderr: string, ...parts: readonly string[]): void {
  expect(stderr).toStartWith("scenecast: ");
  for (const part of parts) expect(stderr).toContain(part);
  expect(stderr.length).toBeLessThan(600);
  expect(stderr.trimEnd()).not.toContain("\n");
}

/** Runs scenecast and expects it to exit with this code and an error message that contains these parts. */
export async function expectRefusal(
  args: readonly string[],
  exitCode: 1 | 2,
  ...parts: readonly string[]
): Promise<void> {
  const { stderr, ...rest } = await runScenecast(args);
  expect(rest).toEqual({ exitCode, stdout: "" });
  expectSentence(stderr, ...parts);
}
