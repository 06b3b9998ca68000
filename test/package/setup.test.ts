import { afterEach, beforeEach, expect, test } from "bun:test";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
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
