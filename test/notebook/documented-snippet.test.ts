import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

test("docs/notebooks.md shows the notebook snippet that the tests run", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/notebooks.md"), "utf8");
  expect(page).toContain(readFileSync(join(import.meta.dir, "snippet.py"), "utf8").trim());
});
