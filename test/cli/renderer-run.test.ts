import { expect, test } from "bun:test";
import { RendererRun } from "../../src/cli/renderer-run.ts";

const names = {
  image_buffer_names: ["a", "b"],
  info_buffer_name: "c",
  queue_buffer_name: undefined,
  queue_head_tail_buffer_name: undefined,
};
const segments = { type: "segments" as const, names, driver: "llvmpipe" };

test("the server attaches once, and again with the first frame if it failed before", () => {
  let attempts = 0;
  const run = new RendererRun(() => {
    if (++attempts === 1) throw new Error("no such segment");
  });
  expect(run.driver).toBeUndefined();
  run.onSegments(segments);
  expect(run.driver).toBe("llvmpipe");
  expect(run.onRunning({ type: "running" })).toBeUndefined();
  expect(run.onRunning({ type: "running" })).toBeUndefined();
  expect(attempts).toBe(2);
});

test("a renderer whose segments cannot be opened is not running", () => {
  const run = new RendererRun(() => {
    throw new Error("no such segment");
  });
  run.onSegments(segments);
  expect(run.onRunning({ type: "running" })).toEqual(new Error("no such segment"));
  expect(run.isRunning).toBe(false);
});

test("it is loading from the first progress message to the first frame", () => {
  const run = new RendererRun(() => {});
  run.onSegments(segments);
  expect(run.isLoading).toBe(false);
  expect(run.onProgress({ type: "progress", fraction: 0.5, phase: "reading" })).toEqual({
    state: "loading",
    fraction: 0.5,
    phase: "reading",
    secondsLeft: null,
  });
  expect(run).toMatchObject({ isLoading: true, phase: "reading" });
  run.onRunning({ type: "running", problem: "bunny.ply is empty." });
  expect(run).toMatchObject({ isLoading: false, isRunning: true });
  expect(run.problems.status).toEqual({ state: "running", problem: "bunny.ply is empty." });
});

test("a change with progress messages is distinguished from one without", () => {
  const run = new RendererRun(() => {});
  run.onRunning({ type: "running" });
  expect(run.onLoadEnd()).toBe(false);
  run.onProgress({ type: "progress", fraction: 0.5, phase: "reading" });
  expect(run.onLoadEnd()).toBe(true);
  expect(run.onLoadEnd()).toBe(false);
});
