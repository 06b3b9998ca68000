import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as scenecast from "../../src/index.ts";

const FURY_NAMES = readFileSync(join(import.meta.dir, "fury-names.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.replace(/\(.*/, ""));

/** Names that differ from FURY's in camelCase. Handlers are members of the app that `getApp` returns. */
const EXCEPTIONS: Readonly<Record<string, string | { why: string }>> = {
  set_weel: "setWheel",
  index: "ServerApp.index",
  mjpeg_handler: "ServerApp.mjpegHandler",
  websocket_handler: "ServerApp.websocketHandler",
  offer: "ServerApp.offer",
  on_shutdown: "ServerApp.onShutdown",
  javascript: { why: "the page contains its script, so no URL serves one" },
  remove_shm_from_resource_tracker: { why: "only CPython removes segments of other programs" },
};

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Whether the library exports a name, or a member of an exported class. */
function isExported(name: string): boolean {
  const [owner = "", member] = name.split(".");
  const value = (scenecast as Record<string, unknown>)[owner];
  if (member === undefined) return typeof value === "function";
  return (
    typeof value === "function" && (member in value.prototype || member in new (value as new () => object)())
  );
}

test("every public name of FURY's streaming system is exported", () => {
  expect(FURY_NAMES.length).toBeGreaterThan(70);
  const names = FURY_NAMES.map((name) => EXCEPTIONS[name] ?? camelCase(name));
  expect(names.filter((name) => typeof name === "string" && !isExported(name))).toEqual([]);
  expect(Object.keys(EXCEPTIONS).filter((name) => !FURY_NAMES.includes(name))).toEqual([]);
});
