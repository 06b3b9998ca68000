import { afterEach, beforeEach, expect, test } from "bun:test";
import { configureSync, resetSync } from "@logtape/logtape";
import { guarded, inBackground } from "../../src/native/guarded.ts";

let lines: string[];

beforeEach(() => {
  lines = [];
  configureSync({
    reset: true,
    sinks: { lines: (record) => lines.push(record.message.map(String).join("")) },
    loggers: [
      { category: "scenecast", sinks: ["lines"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
});

afterEach(() => resetSync());

test("a callback that throws or rejects is logged, and a repeated failure only once", async () => {
  const failing = guarded("The view could not be drawn", (failure: string) => {
    if (failure === "throws") throw new RangeError("no memory");
    return failure === "rejects" ? Promise.reject(new Error("no device")) : undefined;
  });
  for (const failure of ["throws", "throws", "works", "rejects", "rejects"]) failing(failure);
  inBackground("It could not be closed", Promise.reject(new Error("gone")));
  await Bun.sleep(0);
  expect(lines.toSorted()).toEqual([
    "It could not be closed: Error: gone",
    "The view could not be drawn: Error: no device",
    "The view could not be drawn: RangeError: no memory",
  ]);
});
