import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import angle from "../../build/gl/angle.json";
import nativeManifest from "../../build/native/native.json";
import { angleDirectory, nativeLibraryPath } from "../../src/native/libraries.ts";
import { CAN_MOUNT, linesOf, NEW_MOUNTS, nextLine } from "./processes.ts";

// Each test starts processes, on a machine that may be busy.
setDefaultTimeout(60_000);

interface Report {
  native: string;
  directory: string;
  jpeg: number;
  initialized: boolean;
}

const directory = mkdtempSync(join(tmpdir(), "scenecast-libraries-test-"));
const executable = join(directory, "use-libraries");
let caches = 0;

function newCache(): string {
  return join(directory, `cache-${++caches}`);
}

beforeAll(async () => {
  const script = new URL("fixtures/use-libraries.ts", import.meta.url).pathname;
  const build = Bun.spawn([process.execPath, "build", "--compile", script, "--outfile", executable], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const text = await new Response(build.stderr).text();
  if ((await build.exited) !== 0) throw new Error(text);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the executable with only this environment. */
async function run(env: Record<string, string>, command: string[] = []): Promise<Report> {
  const child = Bun.spawn([...command, executable], { env, cwd: "/", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (stdout === "") throw new Error(`The executable failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Starts the executable, which runs until its stdin ends. */
async function startUntilStdinEnds(env: Record<string, string>) {
  const child = Bun.spawn([executable, "stay"], {
    env,
    cwd: "/",
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const report: Report = JSON.parse(await nextLine(linesOf(child.stdout)));
  return { child, report };
}

function expectWorking(report: Report): void {
  expect(report.initialized).toBe(true);
  expect(report.jpeg).toBeGreaterThan(100);
}

describe("the libraries of a clone", () => {
  test("a clone loads the C library from its build directory and unpacks ANGLE", () => {
    expect(nativeLibraryPath()).toEndWith("/build/native/libscenecast.so");
    for (const { name, size } of angle.files) expect(statSync(join(angleDirectory(), name)).size).toBe(size);
  });
});

test("the C library requires no glibc newer than 2.25, independent of the build machine", () => {
  const text = readFileSync(nativeLibraryPath(), "latin1");
  const minors = [...text.matchAll(/GLIBC_2\.(\d+)/g)].map((match) => Number(match[1]));
  expect(minors.length).toBeGreaterThan(0);
  expect(Math.max(...minors)).toBeLessThanOrEqual(25);
});

describe("the executable", () => {
  test("the executable unpacks once, into XDG_CACHE_HOME or by default HOME, and reuses it", async () => {
    const home = newCache();
    mkdirSync(home);
    for (const [env, root] of [
      [{ XDG_CACHE_HOME: home, HOME: "/nonexistent" }, join(home, "scenecast")],
      [{ HOME: home }, join(home, ".cache/scenecast")],
      [{ XDG_CACHE_HOME: "relative/is/invalid", HOME: home }, join(home, ".cache/scenecast")],
    ] as const) {
      const first = await run(env);
      expectWorking(first);
      expect(first.directory).toBe(join(root, angle.hash));
      expect(first.native).toBe(join(root, nativeManifest.hash, "libscenecast.so"));
      const unpackedAt = statSync(join(first.directory, "libEGL.so")).mtimeMs;
      expect(await run(env)).toEqual(first);
      expect(statSync(join(first.directory, "libEGL.so")).mtimeMs).toBe(unpackedAt);
      expect(readdirSync(root).toSorted()).toEqual([angle.hash, nativeManifest.hash].toSorted());
    }
  });

  test("the executable starts in an empty environment and leaves no files", async () => {
    const report = await run({});
    expectWorking(report);
    expect(report.native).toStartWith("/proc/self/fd/");
    expect(existsSync(report.directory)).toBe(false);
  });

  test("the executable removes the links of a killed start without cache, but not those of a running one", async () => {
    const runtime = newCache();
    mkdirSync(runtime);
    const env = { XDG_RUNTIME_DIR: runtime };
    const killed = await startUntilStdinEnds(env);
    const running = await startUntilStdinEnds(env);
    killed.child.kill("SIGKILL");
    await killed.child.exited;
    for (const { report } of [killed, running]) utimesSync(report.directory, 0, 0);
    await run(env);
    expect(existsSync(killed.report.directory)).toBe(false);
    expect(existsSync(running.report.directory)).toBe(true);
    running.child.stdin.end();
    await running.child.exited;
    expect(readdirSync(runtime)).toEqual([]);
  });

  test("the executable starts if the cache directory cannot be created", async () => {
    const report = await run({ XDG_CACHE_HOME: "/proc/self", HOME: "/dev/null" });
    expectWorking(report);
    expect(report.native).toStartWith("/proc/self/fd/");
  });

  for (const options of ["ro", "noexec"]) {
    test.skipIf(!CAN_MOUNT)(
      `the executable starts with a cache that is mounted ${options} (requires mount)`,
      async () => {
        const cache = newCache();
        mkdirSync(cache);
        const mount = `mount -t tmpfs -o ${options} tmpfs "${cache}" && exec "$0"`;
        const command = [...NEW_MOUNTS, "sh", "-c", mount];
        const report = await run({ XDG_CACHE_HOME: cache, PATH: process.env.PATH ?? "" }, command);
        expectWorking(report);
        expect(report.native).toStartWith("/proc/self/fd/");
      },
    );
  }

  test("the executable does not load libraries that other users can write", async () => {
    const cache = newCache();
    const env = { XDG_CACHE_HOME: cache };
    const { directory: unpacked } = await run(env);
    Bun.spawnSync(["chmod", "o+w", unpacked]);
    const report = await run(env);
    expectWorking(report);
    expect(statSync(unpacked).mode & 0o022).toBe(0);
  });

  test("the executable repairs a cache with truncated files, and removes versions unused for 30 days", async () => {
    const cache = newCache();
    const env = { XDG_CACHE_HOME: cache };
    const { directory: unpacked } = await run(env);
    truncateSync(join(unpacked, "libGLESv2.so"), 10);
    const old = join(cache, "scenecast", "0123456789abcdef");
    const recent = join(cache, "scenecast", "fedcba9876543210");
    mkdirSync(old);
    mkdirSync(recent);
    const month = Date.now() / 1000 - 31 * 24 * 60 * 60;
    utimesSync(old, month, month);
    expectWorking(await run(env));
    expect(readdirSync(join(cache, "scenecast")).toSorted()).toEqual(
      [angle.hash, nativeManifest.hash, "fedcba9876543210"].toSorted(),
    );
  });

  test("concurrent starts of the executable share an empty cache", async () => {
    const cache = newCache();
    const reports = await Promise.all(Array.from({ length: 6 }, () => run({ XDG_CACHE_HOME: cache })));
    for (const report of reports) {
      expectWorking(report);
      expect(dirname(report.native)).toBe(join(cache, "scenecast", nativeManifest.hash));
    }
    expect(readdirSync(join(cache, "scenecast")).length).toBe(2);
  });
});
