import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packAll } from "../../scripts/package.ts";
import { firstLine, run } from "./programs.ts";
import { LoopbackRegistry } from "./registry.ts";

// Packing and installing 100 MB takes seconds, and this machine may be busy.
setDefaultTimeout(120_000);

const root = join(import.meta.dir, "..", "..");
const bunx = join(root, "node_modules", ".bin", "bunx");
const { version } = await Bun.file(join(root, "package.json")).json();

let scratch: string;
let packed: { main: string; platform: string };

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "scenecast-packages-"));
  packed = await packAll();
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** An empty folder and an environment whose caches and PATH are fresh: only the named programs can be found. */
async function freshPlace(name: string, programs: string[], registry: LoopbackRegistry) {
  const folder = join(scratch, name);
  const bin = join(folder, "bin");
  const work = join(folder, "work");
  await mkdir(bin, { recursive: true });
  await mkdir(work);
  for (const program of programs) {
    const found = Bun.which(program);
    if (!found) throw new Error(`${program} is needed by this test and is not on the PATH.`);
    await symlink(found, join(bin, program));
  }
  const environment = {
    PATH: bin,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, "cache"),
    BUN_INSTALL_CACHE_DIR: join(folder, "bun-cache"),
    npm_config_cache: join(folder, "npm-cache"),
    npm_config_registry: registry.url,
    npm_config_update_notifier: "false",
  };
  return { work, environment };
}

test("bunx runs the packed main tarball where nothing is published: the sources, by Bun itself", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  for (const programs of [["node", "sh"], ["sh"]]) {
    const place = await freshPlace(`sources-${programs.join("-")}`, programs, registry);
    const answer = await run([bunx, "--package", packed.main, "scenecast", "--version"], {
      cwd: place.work,
      env: place.environment,
    });
    expect(answer).toMatchObject({ status: 0, stdout: `${version}\n` });
  }
  expect(registry.asked).toContain("@scenecast/linux-x64");
});

test("bunx takes the executable of the platform package where the registry has it, and serves a view", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  await registry.publish(packed.platform);
  const place = await freshPlace("executable", ["node", "sh"], registry);
  const view = Bun.spawn([bunx, "--package", packed.main, "scenecast", "view", "--port", "0"], {
    cwd: place.work,
    env: place.environment,
    stdout: "pipe",
    stderr: "pipe",
  });
  const line = await firstLine(view);
  expect(line).toStartWith("scenecast ready http");
  const page = await fetch(line.replace("scenecast ready ", ""));
  expect(page.status).toBe(200);
  view.kill("SIGTERM");
  expect(await view.exited).toBe(0);
});

test("the view ends when the launcher that npm installed is killed", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  await registry.publish(packed.platform);
  const place = await freshPlace("killed", ["node", "npm", "npx", "sh"], registry);
  const options = { cwd: place.work, env: place.environment };
  expect(await run(["npm", "install", packed.main], options)).toMatchObject({ status: 0 });
  const launcher = Bun.spawn(["node_modules/.bin/scenecast", "view", "--port", "0", "--json"], {
    ...options,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const { pid } = JSON.parse(await firstLine(launcher));
  expect(pid).not.toBe(launcher.pid);
  launcher.kill("SIGKILL");
  await launcher.exited;
  // The view is nobody's child any more, so its end cannot be awaited.
  for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i++) await Bun.sleep(50);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test("npm installs both tarballs without a script, and npx runs the command with Node alone", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  const place = await freshPlace("node-only", ["node", "npm", "npx", "sh"], registry);
  const options = { cwd: place.work, env: place.environment };
  const install = await run(["npm", "install", "--ignore-scripts", packed.main, packed.platform], options);
  expect(install).toMatchObject({ status: 0 });
  const answer = await run(["npx", "scenecast", "--version"], options);
  expect(answer).toMatchObject({ status: 0, stdout: `${version}\n` });
  for (const name of ["scenecast", "@scenecast/linux-x64"]) {
    const about = await Bun.file(join(place.work, "node_modules", name, "package.json")).json();
    expect(about.scripts).toBeUndefined();
  }
  const notices = await run(["npx", "scenecast", "licenses"], options);
  expect(notices.stdout).toContain("SwiftShader");
});

test("Node alone without the platform package is told in one sentence what to install", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  const place = await freshPlace("nothing", ["node", "npm", "npx", "sh"], registry);
  const options = { cwd: place.work, env: place.environment };
  expect(await run(["npm", "install", "--omit=optional", packed.main], options)).toMatchObject({ status: 0 });
  const answer = await run(["npx", "scenecast", "--version"], options);
  expect(answer.status).toBe(1);
  expect(answer.stderr).toContain("@scenecast/linux-x64 is not installed");
});

test("the main tarball is the only one that the name scenecast-*.tgz matches beside it", async () => {
  const beside = await Array.fromAsync(new Bun.Glob("scenecast-*.tgz").scan(dirname(packed.main)));
  expect(beside).toEqual([`scenecast-${version}.tgz`]);
});
