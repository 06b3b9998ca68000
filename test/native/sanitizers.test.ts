import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Each test compiles the library.
setDefaultTimeout(120_000);

const ROOT = new URL("../../", import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), "scenecast-sanitizers-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function librarySources(without: string[]): string[] {
  return readdirSync(join(ROOT, "native"))
    .filter((name) => name.endsWith(".c") && !without.includes(name))
    .map((name) => join(ROOT, "native", name));
}

const FLAGS = ["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-fno-omit-frame-pointer"];

// GCC's ThreadSanitizer does not support fences, and a sequenced copy deliberately reads bytes that another thread may write.
for (const [driver, sanitizers, without] of [
  ["memory", "address,undefined", []],
  ["parse", "address,undefined", []],
  ["tracts", "address,undefined", []],
  ["bands", "address,undefined", []],
  ["pool", "address,undefined", []],
  ["pool", "thread", ["frame_copy.c"]],
  ["mesh", "address,undefined", []],
  ["mesh", "thread", ["frame_copy.c"]],
  ["outer_faces", "address,undefined", []],
  ["outer_faces", "thread", ["frame_copy.c"]],
  ["splat", "address,undefined", []],
  ["splat", "thread", ["frame_copy.c"]],
  ["lines", "address,undefined", []],
  ["lines", "thread", ["frame_copy.c"]],
  ["cast", "address,undefined", []],
  ["cast", "thread", ["frame_copy.c"]],
  ["iso", "address,undefined", []],
  ["iso", "thread", ["frame_copy.c"]],
  ["volume", "address,undefined", []],
  ["volume", "thread", ["frame_copy.c"]],
  ["vp8", "address,undefined", []],
  ["vp8", "thread", ["frame_copy.c"]],
  ["threads", "address,undefined", []],
  ["threads", "thread", ["frame_copy.c"]],
] as const) {
  test(`native/test/${driver}_test.c passes under -fsanitize=${sanitizers}`, async () => {
    const program = join(directory, `${driver}-${sanitizers}`);
    const compiler = Bun.spawn(
      [
        "gcc",
        ...FLAGS,
        "-fno-sanitize-recover=all",
        `-fsanitize=${sanitizers}`,
        "-o",
        program,
        join(ROOT, `native/test/${driver}_test.c`),
        ...librarySources([...without]),
        "-l:libvpx.a",
        "-lm",
        "-ldl",
      ],
      { stdout: "pipe", stderr: "pipe" },
    );
    expect(await new Response(compiler.stderr).text()).toBe("");
    expect(await compiler.exited).toBe(0);

    const run = Bun.spawn([program, join(ROOT, "build/native/libturbojpeg.so.0")], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(run.stderr).text()).toBe("");
    expect(await new Response(run.stdout).text()).toBe(`${driver}: ok\n`);
    expect(await run.exited).toBe(0);
  });
}
