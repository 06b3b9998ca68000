import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

test("the README shows the notebook snippet that is tried", () => {
  const readme = readFileSync(join(import.meta.dir, "../../README.md"), "utf8");
  expect(readme).toContain(readFileSync(join(import.meta.dir, "snippet.py"), "utf8").trim());
});
