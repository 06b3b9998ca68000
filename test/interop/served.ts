import { expect } from "bun:test";
import { leftOver } from "../memory/segments.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { FuryProgram, type ProgramOptions } from "./fury-program.ts";
import { ViewerInput } from "./viewer-input.ts";

/**
 * Serves a FURY program while `send` sends its events, and returns the rows that it dequeued up to the event that it waits for.
 * Checks that no event was refused, and that the program left no segment.
 */
export async function served(
  program: ProgramOptions,
  send: (open: () => Promise<ViewerInput>, app: RunningScenecast) => Promise<void>,
): Promise<number[][]> {
  await using fury = await FuryProgram.start(program);
  await using app = await RunningScenecast.start(fury.serveCommand);
  const inputs: ViewerInput[] = [];
  await send(async () => {
    const input = await ViewerInput.open(app);
    inputs.push(input);
    return input;
  }, app);
  const { taken } = await fury.report;
  expect(inputs.flatMap((input) => input.refused)).toEqual([]);
  for (const input of inputs) input[Symbol.dispose]();
  await app.stop();
  expect(leftOver(fury.segments)).toEqual([]);
  return taken;
}
