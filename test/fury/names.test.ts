import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as scenecast from "../../src/index.ts";

const REFERENCE = resolve(import.meta.dir, "../../../shared/fury-stream-api.txt");

function reference(): string | null {
  if (existsSync(REFERENCE)) return readFileSync(REFERENCE, "utf8");
  console.error("skipped: FURY's names against ours, because ../shared/fury-stream-api.txt is not there");
  return null;
}

/** What FURY's modules import from elsewhere, and its reference lists too. */
const OF_LIBRARIES = new Set(
  "partial namedtuple Timer ABC abstractmethod MultipartWriter WSCloseCode IFrame display VideoStreamTrack".split(
    " ",
  ),
);

/** Names that are not the same in camelCase. Handlers belong to the app that `getApp` gives. */
const OTHERWISE: Readonly<Record<string, string | { why: string }>> = {
  set_weel: "setWheel",
  index: "ServerApp.index",
  mjpeg_handler: "ServerApp.mjpegHandler",
  websocket_handler: "ServerApp.websocketHandler",
  offer: "ServerApp.offer",
  on_shutdown: "ServerApp.onShutdown",
  javascript: { why: "the page carries its script inside, so no address serves one" },
  remove_shm_from_resource_tracker: { why: "only CPython removes segments that are another program's" },
};

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** FURY's own names: functions, classes, and their members as "Class.member". */
function furyNames(text: string): string[] {
  const names = new Set<string>();
  let owner = "";
  for (const line of text.split("\n")) {
    const top = /^(class |async )?fury\.stream\.[\w.]+?\.(\w+)(?:\(|\[)/.exec(line);
    if (top?.[2]) {
      owner = top[1] === "class " && !OF_LIBRARIES.has(top[2]) ? top[2] : "";
      if (!OF_LIBRARIES.has(top[2])) names.add(top[2]);
      continue;
    }
    if (/^\w+#$/.test(line)) owner = "";
    const member = /^(?:abstract |async |property )*(\w+)(?:\(.*\)\[source\])?#$/.exec(line)?.[1];
    if (owner && member && !member.startsWith("_")) names.add(`${owner}.${member}`);
  }
  return [...names];
}

/** Whether the library exports it: a name, or a member of an exported class. */
function isThere(name: string): boolean {
  const [owner = "", member] = name.split(".");
  const value = (scenecast as Record<string, unknown>)[owner];
  if (member === undefined) return typeof value === "function";
  return (
    typeof value === "function" && (member in value.prototype || member in new (value as new () => object)())
  );
}

const text = reference();

test.skipIf(text === null)("every public name of FURY's streaming system is here", () => {
  const names = furyNames(text ?? "");
  expect(names.length).toBeGreaterThan(70);
  const ours = names.map((name) => OTHERWISE[name] ?? camelCase(name));
  const missing = ours.filter((name) => typeof name === "string" && !isThere(name));
  expect(missing).toEqual([]);
  expect(Object.keys(OTHERWISE).filter((name) => !names.includes(name))).toEqual([]);
});
