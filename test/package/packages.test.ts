import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { packWheel } from "../../scripts/package/wheel.ts";
import { packAll } from "../../scripts/package.ts";
import { pythonModule } from "../../src/cli/python-module.ts";
import { testIf } from "../support/test-if.ts";
import { firstLine, run } from "./programs.ts";
import { LoopbackRegistry } from "./registry.ts";

// Packing and installing 100 MB takes seconds, more on a busy machine.
setDefaultTimeout(120_000);

const root = join(import.meta.dir, "..", "..");
const bunx = join(root, "node_modules", ".bin", "bunx");
const { version } = await Bun.file(join(root, "package.json")).json();

let scratch: string;
let packed: Awaited<ReturnType<typeof packAll>>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "scenecast-packages-"));
  packed = await packAll();
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** An empty folder, and an environment with empty caches and only the named programs on the PATH. */
async function freshPlace(name: string, programs: string[], registry: LoopbackRegistry) {
  const folder = join(scratch, name);
  const bin = join(folder, "bin");
  const work = join(folder, "work");
  await mkdir(bin, { recursive: true });
  await mkdir(work);
  for (const program of programs) {
    const found = Bun.which(program);
    if (!found) throw new Error(`This test requires ${program} on the PATH.`);
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

/** Starts `view` with a launcher, requests its page and a snapshot, and ends it. */
async function expectView(launcher: string[], options: { cwd: string; env: Record<string, string> }) {
  const command = [...launcher, "view", "--port", "0", "--size", "160x120"];
  const view = Bun.spawn(command, { ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const line = await firstLine(view);
  expect(line).toStartWith("scenecast ready http");
  const url = line.replace("scenecast ready ", "");
  const page = await fetch(url);
  expect(page.headers.get("content-type")).toStartWith("text/html");
  const snapshot = await fetch(new URL("snapshot.png", url));
  expect(snapshot.headers.get("content-type")).toBe("image/png");
  await snapshot.arrayBuffer();
  view.kill("SIGTERM");
  expect(await view.exited).toBe(0);
}

test("bunx runs the sources of the main tarball with Bun if the platform package is not published", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  for (const programs of [["node", "sh"], ["sh"]]) {
    const place = await freshPlace(`sources-${programs.join("-")}`, programs, registry);
    const options = { cwd: place.work, env: place.environment };
    const scenecast = [bunx, "--package", packed.main, "scenecast"];
    const answer = await run([...scenecast, "--version"], options);
    expect(answer).toMatchObject({ status: 0, stdout: `${version}\n` });
    await expectView(scenecast, options);
  }
  expect(registry.requested).toContain("@scenecast/linux-x64");
});

test("bunx runs the executable of the platform package if the registry has it", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  await registry.publish(packed.platform);
  const place = await freshPlace("executable", ["node", "sh"], registry);
  await expectView([bunx, "--package", packed.main, "scenecast"], {
    cwd: place.work,
    env: place.environment,
  });
  const installed = new Bun.Glob("**/node_modules/@scenecast/linux-x64/scenecast");
  expect(await Array.fromAsync(installed.scan({ cwd: scratch, dot: true }))).toHaveLength(1);
});

test("a Bun program imports the library from the installed tarball and draws with it", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  const place = await freshPlace("library", ["sh"], registry);
  const options = { cwd: place.work, env: place.environment };
  await Bun.write(join(place.work, "package.json"), "{}");
  const bun = join(root, "node_modules", ".bin", "bun");
  expect(await run([bun, "add", packed.main], options)).toMatchObject({ status: 0 });
  await Bun.write(
    join(place.work, "draw.ts"),
    `import { createContext } from "scenecast/gl";
    const gl = createContext(2, 2);
    gl.clearColor(1, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const pixel = new Uint8Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    console.log(pixel.join(" "));`,
  );
  const drawn = await run([bun, "draw.ts"], options);
  expect(drawn).toMatchObject({ status: 0, stdout: "255 0 0 255\n" });
});

/** A program with correct uses and with type errors: types that degraded to `any` would accept the latter. */
const TYPED_PROGRAM = `
import { getApp, LoadError, loadScene, SharedMemImageBufferManager, ShowManager, ShowStream, startServer, Widget } from "scenecast";
import { createContext } from "scenecast/gl";
import { BoxGeometry, Mesh, MeshBasicMaterial } from "three";

const show = new ShowManager({ size: [320, 240], glBackend: "auto" });
show.add(new Mesh(new BoxGeometry(), new MeshBasicMaterial({ color: "red" })));
show.render();
const { data, width } = show.snapshot();
const pixels: Uint8Array = data;
const loaded = await loadScene("bunny.obj").catch((error: unknown) => {
  if (error instanceof LoadError) console.log(error.message.length);
  throw error;
});
show.frameScene(loaded.up);
using stream = new ShowStream(show);
const server = await startServer({ port: 0 });
server.attach(stream.names);
const url: string = server.url;
const images = new SharedMemImageBufferManager({ maxWindowSize: [8, 8], numBuffers: 2 });
const { fetch, websocket } = getApp({ imageBufferManager: images });
Bun.serve({ fetch, websocket, reusePort: false });
createContext(2, 2).clearColor(1, 0, 0, 1);
// @ts-expect-error: a size is two numbers
new ShowManager({ size: "320x240" });
// @ts-expect-error: no such option
new Widget(show, { prot: 8000 });
// @ts-expect-error: it is text
const wrong: number = server.url;
// @ts-expect-error: four numbers
createContext(2, 2).clearColor("red");
console.log(pixels.length, width, url, wrong);
`;

test("a TypeScript program is type-checked against the installed package with the tsconfig of bun init", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  const place = await freshPlace("types", ["sh"], registry);
  const options = { cwd: place.work, env: place.environment };
  const bun = join(root, "node_modules", ".bin", "bun");
  await run([bun, "init", "--yes"], options);
  const config = await Bun.file(join(place.work, "tsconfig.json")).text();
  expect(config).toContain('"verbatimModuleSyntax": true');
  expect(await run([bun, "add", packed.main, "@types/bun"], options)).toMatchObject({ status: 0 });
  await Bun.write(join(place.work, "index.ts"), TYPED_PROGRAM);
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const path = `${dirname(bun)}:${process.env.PATH}`;
  const check = () => run([tsc, "-p", place.work], { ...options, env: { PATH: path } });
  expect(await check()).toMatchObject({ status: 0, stdout: "" });
  // With the DOM library, which the types of three.js need, the package's own declarations are correct too.
  const strict = config
    .replace('"skipLibCheck": true', '"skipLibCheck": false')
    .replace('"lib": ["ESNext"]', '"lib": ["ESNext", "DOM", "DOM.Iterable"]');
  await Bun.write(join(place.work, "tsconfig.json"), strict);
  const { stdout } = await check();
  expect(stdout.split("\n").filter((line) => line.includes("node_modules/scenecast/"))).toEqual([]);
});

describe("npm with Node only", () => {
  let options: { cwd: string; env: Record<string, string> };
  let installed: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    await using registry = new LoopbackRegistry(join(root, "node_modules"));
    const place = await freshPlace("node-only", ["node", "npm", "npx", "sh"], registry);
    options = { cwd: place.work, env: place.environment };
    installed = await run(["npm", "install", "--ignore-scripts", packed.main, packed.platform], options);
  });

  test("npm installs both tarballs, which have no scripts", async () => {
    expect(installed).toMatchObject({ status: 0 });
    for (const name of ["scenecast", "@scenecast/linux-x64"]) {
      const about = await Bun.file(join(options.cwd, "node_modules", name, "package.json")).json();
      expect(about.scripts).toBeUndefined();
    }
  });

  test("npx runs the command", async () => {
    const answer = await run(["npx", "scenecast", "--version"], options);
    expect(answer).toMatchObject({ status: 0, stdout: `${version}\n` });
    const notices = await run(["npx", "scenecast", "licenses"], options);
    expect(notices.stdout).toContain("SwiftShader");
    await expectView(["node_modules/.bin/scenecast"], options);
  });

  test("the view ends when its launcher is killed", async () => {
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
    // The view is no longer a child of this process, so its exit cannot be awaited.
    for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i++) await Bun.sleep(50);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

test("with Node only and without the platform package, the command names the package to install", async () => {
  await using registry = new LoopbackRegistry(join(root, "node_modules"));
  const place = await freshPlace("nothing", ["node", "npm", "npx", "sh"], registry);
  const options = { cwd: place.work, env: place.environment };
  expect(await run(["npm", "install", "--omit=optional", packed.main], options)).toMatchObject({ status: 0 });
  const answer = await run(["npx", "scenecast", "--version"], options);
  expect(answer.status).toBe(1);
  expect(answer.stderr).toContain("@scenecast/linux-x64 is not installed");
});

test("scenecast-*.tgz matches only the main tarball", async () => {
  const matches = await Array.fromAsync(new Bun.Glob("scenecast-*.tgz").scan(dirname(packed.main)));
  expect(matches).toEqual([`scenecast-${version}.tgz`]);
});

describe("the Python wheel", () => {
  const missing = existsSync("/usr/lib/python3.11/ensurepip") ? "" : "python3-venv is not installed";
  const testWheel = testIf(missing);
  let venv: string;
  let options: { cwd: string; env: Record<string, string> };
  const python = (...args: string[]) => run([join(venv, "bin", "python"), ...args], options);
  const pip = (...args: string[]) => python("-m", "pip", "--disable-pip-version-check", ...args);

  beforeAll(async () => {
    if (missing) return;
    venv = join(scratch, "venv");
    await mkdir(join(scratch, "elsewhere"));
    options = {
      cwd: join(scratch, "elsewhere"),
      env: { PATH: `${venv}/bin:/usr/bin:/bin`, HOME: join(scratch, "home") },
    };
    expect(await run(["/usr/bin/python3", "-m", "venv", venv], options)).toMatchObject({ status: 0 });
  });

  testWheel("pip installs command and module from the file, and removes all of both", async () => {
    expect(await pip("install", "--no-index", packed.wheel)).toMatchObject({ status: 0, stderr: "" });
    const program = join(import.meta.dir, "programs", "installed_wheel.py");
    expect(await python("-W", "error", program)).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
    expect(await pip("uninstall", "--yes", "scenecast")).toMatchObject({ status: 0 });
    const left = new Bun.Glob("**/*scenecast*").scan({ cwd: venv, dot: true, onlyFiles: false });
    expect(await Array.fromAsync(left)).toEqual([]);
  });

  testWheel("pip refuses it on another platform", async () => {
    const foreign = join(scratch, basename(packed.wheel).replace("x86_64", "s390x"));
    await symlink(packed.wheel, foreign);
    const { status, stderr } = await pip("install", "--no-index", foreign);
    expect(status).toBe(1);
    expect(stderr).toContain("is not a supported wheel on this platform");
  });

  test("it depends on its contents only, and the executable prints the module that it contains", async () => {
    const about = await Bun.file(join(root, "package.json")).json();
    const again = await packWheel(about, packed.executable, scratch);
    expect(Bun.hash(await Bun.file(again).bytes())).toBe(Bun.hash(await Bun.file(packed.wheel).bytes()));
    const printed = await run([packed.executable, "python"], { cwd: scratch, env: {} });
    expect(printed.stdout).toBe(pythonModule());
  });
});
