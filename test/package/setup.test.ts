import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "..", "..");

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "scenecast-setup-"));
  for (const folder of ["scripts", "bin", "build"]) await mkdir(join(clone, folder));
  await copyFile(join(root, "scripts", "setup.mjs"), join(clone, "scripts", "setup.mjs"));
});

afterEach(async () => {
  await rm(clone, { recursive: true, force: true });
});

/** Starts the set-up where only the named programs can be found. */
async function startSetup(programs: string[]) {
  for (const program of ["node", ...programs])
    await symlink(Bun.which(program) ?? `/usr/bin/${program}`, join(clone, "bin", program));
  return Bun.spawn(["node", join(clone, "scripts", "setup.mjs")], {
    env: { PATH: join(clone, "bin") },
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("without a compiler and without apt-get it names the packages to install, in one sentence", async () => {
  const setup = await startSetup([]);
  expect(await setup.exited).toBe(1);
  expect(await new Response(setup.stdout).text()).toBe("");
  const said = await new Response(setup.stderr).text();
  expect(said.trim().split("\n")).toHaveLength(1);
  expect(said).toContain("gcc libc6-dev");
});

test("a second set-up of the same clone waits for the first and says so", async () => {
  const first = Bun.spawn(
    ["flock", join(clone, "build", "setup.lock"), "sh", "-c", "echo locked; read line"],
    {
      stdin: "pipe",
      stdout: "pipe",
    },
  );
  const locked = first.stdout.getReader();
  expect(new TextDecoder().decode((await locked.read()).value)).toBe("locked\n");

  const second = await startSetup(["flock"]);
  let said = "";
  for await (const chunk of second.stderr) {
    said += new TextDecoder().decode(chunk);
    if (said.includes("waiting for another set-up")) first.stdin.end();
  }
  await first.exited;
  expect(await second.exited).toBe(1);
  expect(said).toMatch(/waiting for another set-up.*\n.*gcc/);
});

/** Installs a fake apt-get that only creates a marker file. */
async function fakeAptGet(): Promise<void> {
  const program = join(clone, "bin", "apt-get");
  await writeFile(program, `#!/bin/sh\necho "$@" >> '${clone}/installed'\n`);
  await chmod(program, 0o755);
}

const asRoot = process.getuid?.() === 0;
if (!asRoot) console.log("Skipped: the set-up installs packages, because this user may not.");

test.if(asRoot)(
  "without a terminal the set-up prints what it installs and why, and installs it",
  async () => {
    await fakeAptGet();
    const setup = await startSetup(["sh"]);
    await setup.exited;
    const said = await new Response(setup.stderr).text();
    expect(said).toMatch(
      /compiler.* are needed \(gcc.*missing\); this takes: apt-get install .*gcc libc6-dev libvpx-dev\n/,
    );
    expect(await readFile(`${clone}/installed`, "utf8")).toContain(
      "install --yes --no-install-recommends gcc",
    );
  },
);

test.if(asRoot).each([
  ["n", false],
  ["", true],
] as const)(
  'in a terminal the set-up asks before it installs packages, and takes "%s"',
  async (answer, installs) => {
    await fakeAptGet();
    for (const program of ["node", "sh"])
      await symlink(Bun.which(program) ?? "", join(clone, "bin", program));
    let said = "";
    const ended = Promise.withResolvers<void>();
    const setup = Bun.spawn(["node", join(clone, "scripts", "setup.mjs")], {
      env: { PATH: join(clone, "bin") },
      terminal: {
        data(terminal, bytes) {
          const asked = said.includes("[Y/n]");
          said += new TextDecoder().decode(bytes);
          if (!asked && said.includes("[Y/n]")) setTimeout(() => terminal.write(`${answer}\n`), 100);
          if (/Nothing was installed|: installed gcc/.test(said)) ended.resolve();
        },
      },
    });
    await ended.promise;
    expect(await setup.exited).toBe(1);
    expect(existsSync(`${clone}/installed`)).toBe(installs);
    expect(said.includes("Nothing was installed; run it yourself")).toBe(!installs);
  },
);

test.if(asRoot)("a user who is not root gets the exact command to run", async () => {
  await fakeAptGet();
  await chmod(clone, 0o777);
  await chmod(join(clone, "build"), 0o777);
  const node = Bun.which("node") ?? "/usr/bin/node";
  const setup = Bun.spawn(
    [
      Bun.which("setpriv") ?? "setpriv",
      "--reuid=65534",
      "--clear-groups",
      node,
      join(clone, "scripts", "setup.mjs"),
    ],
    {
      env: { PATH: join(clone, "bin") },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  expect(await setup.exited).toBe(1);
  expect(await new Response(setup.stderr).text()).toEndWith(
    "run: sudo apt-get install --no-install-recommends gcc libc6-dev libvpx-dev\n",
  );
});
