import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as scenecast from "../../src/index.ts";

const FURY_SIGNATURES = readFileSync(join(import.meta.dir, "fury-names.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

const FURY_NAMES = FURY_SIGNATURES.map((line) => line.replace(/\(.*/, ""));

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

/** Arguments with another name, or without one. */
const ARGUMENTS: Readonly<Record<string, string | { why: string }>> = {
  showm: "show",
  whithout_iren_start: "withoutIrenStart",
  np_arr: "pixels",
  idx: "index",
  w: "width",
  h: "height",
  iren: { why: "the show has it" },
  folder: { why: "the page is one document" },
  broadcast: { why: "every encoding is shared" },
  avoid_unlink_shared_mem: { why: "nothing that was only attached is removed" },
  use_shared_mem: { why: "the Generic… classes are abstract" },
  request: { why: "handlers are members of the app" },
  app: { why: "handlers are members of the app" },
};

test("every argument of FURY's streaming system has its name in camelCase in the sources", () => {
  const sources = new Bun.Glob("src/{fury,memory,stream,server}/**/*.ts");
  const root = join(import.meta.dir, "../..");
  const code = [...sources.scanSync(root)].map((path) => readFileSync(join(root, path), "utf8")).join("\n");
  const names = FURY_SIGNATURES.flatMap((line) =>
    [...(/\((.*)\)/.exec(line)?.[1] ?? "").matchAll(/(?<![\w*.])([a-z]\w*)(?==|,|$)/g)].map(
      ([, name = ""]) => name,
    ),
  );
  expect(new Set(names).size).toBeGreaterThan(30);
  const wanted = [...new Set(names)].map((name) => ARGUMENTS[name] ?? camelCase(name));
  const declared = (name: string) => new RegExp(`\\b${name}\\??(:| =|,)`).test(code);
  expect(wanted.filter((name) => typeof name === "string" && !declared(name))).toEqual([]);
  expect(Object.keys(ARGUMENTS).filter((name) => !names.includes(name))).toEqual([]);
});
