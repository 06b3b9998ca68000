import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { fileChanges } from "../../src/cli/file-changes.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

test("a watched file is reported when it is written, replaced, removed, made a symlink loop, or loses its directory", async () => {
  using files = new TemporaryDirectory();
  const directory = `${files.path}/in`;
  const path = `${directory}/model.obj`;
  mkdirSync(directory);
  writeFileSync(path, "1");
  const stopping = new AbortController();
  const changes = fileChanges([path], stopping.signal);
  await changes.next();

  const steps: (() => void)[] = [
    () => writeFileSync(path, "22"),
    () => {
      writeFileSync(`${directory}/beside`, "22");
      renameSync(`${directory}/beside`, path);
    },
    () => rmSync(path),
    () => symlinkSync("model.obj", path),
    () => rmSync(directory, { recursive: true }),
    // The notifications of the removed directory do not cover this one.
    () => {
      mkdirSync(directory);
      writeFileSync(path, "4444");
    },
    () => writeFileSync(path, "55555"),
  ];
  for (const step of steps) {
    const change = changes.next();
    step();
    expect((await change).done).toBe(false);
  }
  const end = changes.next();
  stopping.abort();
  expect((await end).done).toBe(true);
});
