import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The first test of each sanitizer compiles the library.
setDefaultTimeout(120_000);

const ROOT = new URL("../../", import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), "scenecast-sanitizers-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const FLAGS = ["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-fno-omit-frame-pointer"];

type Sanitizers = "address,undefined" | "thread";

// GCC's ThreadSanitizer does not support fences, and a sequenced copy deliberately reads bytes that another thread may write.
const WITHOUT: Readonly<Record<Sanitizers, string>> = { "address,undefined": "", thread: "frame_copy.c" };

const libraries = new Map<Sanitizers, Promise<string[]>>();

/** Compiles the library once for all tests of a sanitizer. @returns the object files */
async function compileLibrary(sanitizers: Sanitizers): Promise<string[]> {
  const folder = mkdtempSync(join(directory, "objects-"));
  const sources = readdirSync(join(ROOT, "native"))
    .filter((name) => name.endsWith(".c") && name !== WITHOUT[sanitizers])
    .map((name) => join(ROOT, "native", name));
  const half = Math.ceil(sources.length / 2);
  await Promise.all(
    [sources.slice(0, half), sources.slice(half)].map((part) => compile(sanitizers, ["-c", ...part], folder)),
  );
  return readdirSync(folder).map((name) => join(folder, name));
}

async function compile(sanitizers: Sanitizers, args: readonly string[], cwd: string): Promise<void> {
  const flags = [...FLAGS, "-fno-sanitize-recover=all", `-fsanitize=${sanitizers}`];
  const compiler = Bun.spawn(["gcc", ...flags, ...args], { cwd, stdout: "pipe", stderr: "pipe" });
  expect(await new Response(compiler.stderr).text()).toBe("");
  expect(await compiler.exited).toBe(0);
}

for (const [driver, sanitizers] of [
  ["memory", "address,undefined"],
  ["parse", "address,undefined"],
  ["tracts", "address,undefined"],
  ["bands", "address,undefined"],
  ["pool", "address,undefined"],
  ["pool", "thread"],
  ["mesh", "address,undefined"],
  ["mesh", "thread"],
  ["outer_faces", "address,undefined"],
  ["outer_faces", "thread"],
  ["splat", "address,undefined"],
  ["splat", "thread"],
  ["lines", "address,undefined"],
  ["lines", "thread"],
  ["bricks", "address,undefined"],
  ["bricks", "thread"],
  ["cast", "address,undefined"],
  ["cast", "thread"],
  ["iso", "address,undefined"],
  ["iso", "thread"],
  ["volume", "address,undefined"],
  ["volume", "thread"],
  ["vp8", "address,undefined"],
  ["vp8", "thread"],
  ["threads", "address,undefined"],
  ["threads", "thread"],
] as const) {
  test(`native/test/${driver}_test.c passes under -fsanitize=${sanitizers}`, async () => {
    const program = join(directory, `${driver}-${sanitizers}`);
    const library = libraries.get(sanitizers) ?? compileLibrary(sanitizers);
    libraries.set(sanitizers, library);
    const source = join(ROOT, `native/test/${driver}_test.c`);
    const objects = await library;
    await compile(sanitizers, ["-o", program, source, ...objects, "-l:libvpx.a", "-lm", "-ldl"], directory);

    const run = Bun.spawn([program, join(ROOT, "build/native/libturbojpeg.so.0")], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(run.stderr).text()).toBe("");
    expect(await new Response(run.stdout).text()).toBe(`${driver}: ok\n`);
    expect(await run.exited).toBe(0);
  });
}
