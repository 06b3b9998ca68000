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

/** Starts the set-up with only the named programs on its PATH. */
async function startSetup(programs: string[]) {
  for (const program of ["node", ...programs])
    await symlink(Bun.which(program) ?? `/usr/bin/${program}`, join(clone, "bin", program));
  return Bun.spawn(["node", join(clone, "scripts", "setup.mjs")], {
    env: { PATH: join(clone, "bin") },
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("without a compiler and without apt-get the set-up names the packages to install in one line", async () => {
  const setup = await startSetup([]);
  expect(await setup.exited).toBe(1);
  expect(await new Response(setup.stdout).text()).toBe("");
  const output = await new Response(setup.stderr).text();
  expect(output.trim().split("\n")).toHaveLength(1);
  expect(output).toContain("gcc libc6-dev");
});

test("a second set-up of the same clone waits for the first and reports it", async () => {
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
  let output = "";
  for await (const chunk of second.stderr) {
    output += new TextDecoder().decode(chunk);
    if (output.includes("waiting for another set-up")) first.stdin.end();
  }
  await first.exited;
  expect(await second.exited).toBe(1);
  expect(output).toMatch(/waiting for another set-up.*\n.*gcc/);
});

/** Installs a fake apt-get that only creates a marker file. */
async function fakeAptGet(): Promise<void> {
  const program = join(clone, "bin", "apt-get");
  await writeFile(program, `#!/bin/sh\necho "$@" >> '${clone}/installed'\n`);
  await chmod(program, 0o755);
}

const asRoot = process.getuid?.() === 0;
const skipped = asRoot ? "" : " (skipped: requires root)";

test.if(asRoot)(
  `without a terminal the set-up prints what it installs and why, and installs it${skipped}`,
  async () => {
    await fakeAptGet();
    const setup = await startSetup(["sh"]);
    await setup.exited;
    const output = await new Response(setup.stderr).text();
    expect(output).toMatch(
      /compiler.* are required; missing: gcc.*\. This command installs them: apt-get install .*gcc libc6-dev libvpx-dev\n/,
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
  `in a terminal the set-up asks before it installs packages, and accepts "%s"${skipped}`,
  async (answer, installs) => {
    await fakeAptGet();
    for (const program of ["node", "sh"])
      await symlink(Bun.which(program) ?? "", join(clone, "bin", program));
    let output = "";
    const ended = Promise.withResolvers<void>();
    const setup = Bun.spawn(["node", join(clone, "scripts", "setup.mjs")], {
      env: { PATH: join(clone, "bin") },
      terminal: {
        data(terminal, bytes) {
          const asked = output.includes("[Y/n]");
          output += new TextDecoder().decode(bytes);
          if (!asked && output.includes("[Y/n]")) setTimeout(() => terminal.write(`${answer}\n`), 100);
          if (/Nothing was installed|: installed gcc/.test(output)) ended.resolve();
        },
      },
    });
    await ended.promise;
    expect(await setup.exited).toBe(1);
    expect(existsSync(`${clone}/installed`)).toBe(installs);
    expect(output.includes("Nothing was installed. Run the command yourself")).toBe(!installs);
  },
);

test.if(asRoot)(`the set-up prints the exact command for a user who is not root${skipped}`, async () => {
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
