// Scene modules in the executable, with nothing around it: no environment, no home, no node_modules, another working directory.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "../../scripts/build.ts";
import { SocketClient } from "../server/clients.ts";
import { decodePng, type RgbaImage } from "../support/images.ts";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, remaining, segmentsOf, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { run } from "./programs.ts";

setDefaultTimeout(120_000);

const files = new TemporaryDirectory();
let executable: string;

beforeAll(async () => {
  executable = await buildExecutable();
});
afterAll(() => files[Symbol.dispose]());

function scenecast(...args: string[]): ReturnType<typeof run> {
  return run([executable, ...args], { cwd: "/", env: {} });
}

/** A module with a ball of a color that is in front of everything. Its text is a part of the function. */
function ball(color: string, more = ""): string {
  return `import { Mesh, MeshBasicMaterial, SphereGeometry } from "three";
import type { ShowManager } from "scenecast";

export default (show: ShowManager) => {
  const ball = new Mesh(new SphereGeometry(1), new MeshBasicMaterial({ color: "${color}" }));
  show.add(ball);
  ${more}
};
`;
}

/** The color in the middle of a picture. */
function middle({ width, height, data }: RgbaImage): number[] {
  const at = 4 * (Math.floor(height / 2) * width + Math.floor(width / 2));
  return [...data.subarray(at, at + 3)];
}

const RED = [255, 0, 0];
const LIME = [0, 255, 0];
const BLUE = [0, 0, 255];

describe("scenecast render", () => {
  async function render(path: string): ReturnType<typeof run> {
    return scenecast("render", path, "-o", join(files.path, "out.png"), "--size", "64x48");
  }

  test("a module uses the executable's own three.js, addons and scenecast, files beside it, and packages of its own", async () => {
    files.write("color.ts", `export const color: string = "red";`);
    files.write("size.json", `{"radius": 2}`);
    mkdirSync(join(files.path, "node_modules/parts"), { recursive: true });
    files.write("node_modules/parts/package.json", `{"name": "parts", "type": "module", "main": "main.js"}`);
    files.write("node_modules/parts/main.js", `export { Mesh } from "three";`);
    const path = files.write(
      "own.ts",
      `import * as three from "three";
import { MarchingCubes } from "three/addons/objects/MarchingCubes.js";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import { createActor, ShowManager } from "scenecast";
import { createContext } from "scenecast/gl";
import { Mesh } from "parts";
import { color } from "./color";
import size from "./size.json";

export default async (show: ShowManager): Promise<void> => {
  await Bun.sleep(1);
  const actor = await createActor({ kind: "points", vertices: { positions: new Float32Array([0, 0, 0]) } } as never).catch(() => undefined);
  const geometry = new three.SphereGeometry(size.radius);
  show.add(new Mesh(geometry, new three.MeshBasicMaterial({ color })));
  console.log(
    JSON.stringify([
      show instanceof ShowManager,
      show.scene instanceof three.Scene,
      show.gl instanceof createContext(1, 1).constructor,
      new MarchingCubes(4, new three.Material()) instanceof three.Mesh,
      new GLTFLoader() instanceof three.Loader,
      Mesh === three.Mesh,
      actor === undefined || actor.object instanceof three.Object3D,
    ]),
  );
};
`,
    );
    const { status, stdout, stderr } = await render(path);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: "",
      stderr: `${JSON.stringify(Array(7).fill(true))}\n`,
    });
    expect(middle(decodePng(await Bun.file(join(files.path, "out.png")).bytes()))).toEqual(RED);
  });

  test.each([
    [`const a = 1;\nconst b = ;\n`, "2:11: Unexpected ;"],
    [`\nexport default (show) => {\n  show.none.x = 1;\n};`, "3:8: TypeError: undefined is not an object"],
    [`await Promise.reject(new Error("not today"));\nexport default () => {};`, "1:26: not today"],
    [`import { Meshh } from "three";\nexport default () => Meshh;`, "1:10: three has no export named Meshh"],
    [`import a from "./gone.ts";\nexport default () => a;`, "1:15: there is no file ./gone.ts to import"],
    [
      `import a from "nopack/b";\nexport default () => a;`,
      "npm install nopack beside the module adds this one",
    ],
    [
      `import a from "three/addons/Nope.js";\nexport default () => a;`,
      "does not contain three/addons/Nope.js",
    ],
    [
      `import { OrbitControls } from "three/addons/controls/OrbitControls.js";\nexport default () => OrbitControls;`,
      "1:31: three/addons/controls/OrbitControls.js cannot be used, since it needs a browser",
    ],
    [
      `import { BoxGeometry, Mesh, ShaderMaterial } from "three";
const fragmentShader = "void main() {\\n  gl_FragColor = nope;\\n}";
export default (show) => show.add(new Mesh(new BoxGeometry(), new ShaderMaterial({ fragmentShader })));`,
      "in the line gl_FragColor = nope;",
    ],
    [
      `export default () => document.createElement("canvas");`,
      "1:22: ReferenceError: document is not defined",
    ],
    [`export const scene = 1;`, "it exports no function by default: write export default (show) => { … }"],
    [
      `import { Mesh } from "three";\nexport default (show) => show.add(Object.assign(new Mesh(), { geometry: null }));`,
      "its objects cannot be drawn: ",
    ],
    [`export default () => { throw "text"; };`, "it threw text"],
  ])("an error names file, line and column: %j", async (source, message) => {
    const path = files.write("wrong.ts", source);
    const { status, stdout, stderr } = await render(path);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toStartWith(`scenecast: ${path}:`);
    expect(stderr).toContain(message);
    // One line, without a stack.
    expect(stderr.split("\n")).toHaveLength(2);
    expect(stderr.length).toBeLessThan(600);
  });

  test("an error in an imported file names that file", async () => {
    const helper = files.write(
      "helper.ts",
      `export function help(): never {\n  throw new RangeError("too far");\n}`,
    );
    const path = files.write("uses.ts", `import { help } from "./helper.ts";\nexport default () => help();`);
    expect((await render(path)).stderr).toBe(`scenecast: ${helper}:2:13: RangeError: too far\n`);
  });

  test("only the command line names modules", async () => {
    const module = files.write("named.ts", ball("red"));
    const document = files.write(
      "named.scenecast.json",
      JSON.stringify({ version: 1, layers: [{ file: "named.ts" }], view: {} }),
    );
    const { status, stderr } = await render(document);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("named.ts") });
    expect(await scenecast("render", module, module, "-o", "x.png")).toMatchObject({ status: 2 });
    expect(await scenecast("info", module)).toMatchObject({
      status: 1,
      stderr: `scenecast: ${module} is a scene module, a program: scenecast view ${module} shows its scene.\n`,
    });
  });
});

interface State {
  readonly renderer: {
    readonly state: string;
    readonly pid: number;
    readonly problem?: string;
    readonly reason?: string;
  };
  readonly camera: { readonly position: readonly number[] };
}

describe("scenecast view --watch", () => {
  async function watch(path: string, ...more: string[]): Promise<RunningScenecast> {
    const command = ["env", "-i", executable];
    const args = ["view", path, ...more, "--watch", "--size", "64x48", "--gl-backend", "angle"];
    return await RunningScenecast.start(args, { command });
  }

  /** The color of the picture; empty while another renderer takes over, when there is no snapshot. */
  async function color(view: RunningScenecast): Promise<number[]> {
    const response = await view.fetch("snapshot.png");
    if (response.status === 503) return [];
    return middle(decodePng(await response.bytes()));
  }

  /** Polls until the picture has a color, at most 30 s. */
  async function untilColor(view: RunningScenecast, wanted: readonly number[]): Promise<void> {
    // Until there is a frame, a snapshot is waited for.
    await view.state<State>(({ renderer }) => renderer.state === "running");
    const deadline = Date.now() + 30_000;
    for (let seen = await color(view); !Bun.deepEquals(seen, wanted); seen = await color(view)) {
      if (Date.now() > deadline) throw new Error(`The color is ${seen}, not ${wanted}: ${view.stderr}`);
      await Bun.sleep(20);
    }
  }

  /** Waits for a state of the renderer. @returns its problem, or its reason */
  async function problem(view: RunningScenecast, matches: RegExp): Promise<string> {
    const text = ({ renderer }: State) => renderer.problem ?? renderer.reason ?? "";
    return text(await view.state<State>((state) => matches.test(text(state))));
  }

  test("changes of the module and of what it imports are shown from the same camera; while one fails, the old scene stays", async () => {
    files.write("paint.ts", `export const paint = "red";`);
    const importing = ball("red")
      .replace(`"red"`, "paint")
      .replace("import", `import { paint } from "./paint";\nimport`);
    const path = files.write("scene.ts", importing);
    await using view = await watch(path);
    await untilColor(view, RED);
    const position = [4, 3, 2];
    const patched = await view.fetch("scene", {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ view: { camera: { position } } }),
    });
    expect(patched.status).toBe(200);

    files.write("paint.ts", `export const paint = "lime";`);
    await untilColor(view, LIME);
    files.write("paint.ts", `export const paint = ;`);
    expect(await problem(view, /Unexpected/)).toBe("The old scene stays: paint.ts:1:22: Unexpected ;.");
    expect(await color(view)).toEqual(LIME);
    files.write("scene.ts", ball("blue", "for (;;);"));
    await problem(view, /scene\.ts has not returned yet/);
    expect(await color(view)).toEqual(LIME);
    const segments = childrenOf(view.pid).flatMap((pid) => segmentsOf(Number(pid)));
    expect(segments.length).toBeGreaterThan(0);
    files.write("scene.ts", ball("blue", `process.kill(process.pid, "SIGSEGV");`));
    expect(await problem(view, /SIGSEGV/)).toBe("The old scene stays: scene.ts: it crashed (SIGSEGV).");
    expect(await color(view)).toEqual(LIME);
    files.write("scene.ts", ball("blue"));
    await untilColor(view, BLUE);
    const { renderer, camera } = await view.state<State>();
    expect(renderer).toMatchObject({ state: "running" });
    expect(renderer.problem).toBeUndefined();
    expect(camera.position).toEqual(position);
    await until(() => childrenOf(view.pid).length === 1, "the old renderers end");
    await until(() => remaining(segments).length === 0, "their segments are removed");
    rmSync(path);
    expect(await problem(view, /no such file/)).toBe("The old scene stays: scene.ts: there is no such file.");
  });

  test("a module that cannot be run at the start is waited for, and its errors later leave the scene as it is", async () => {
    const path = files.write("late.ts", `\nexport default ;`);
    await using view = await watch(path);
    expect(await problem(view, /late/)).toBe(
      "late.ts:2:16: Unexpected ;. It is loaded again when it changes.",
    );
    const later = [
      "show.on('animate', ({ seconds }) => { if (seconds > 0) throw new Error('no animation'); });",
      "setTimeout(() => { Promise.reject(new Error('no promise')); });",
    ];
    files.write("late.ts", ball("lime", later[1]));
    await untilColor(view, LIME);
    expect(await problem(view, /promise/)).toMatch(/^late\.ts:7:\d+: no promise\.$/);
    files.write("late.ts", ball("blue", later[0]));
    await untilColor(view, BLUE);
    const stream = (await view.fetch("video/mjpeg")).body?.getReader();
    await stream?.read();
    expect(await problem(view, /animation/)).toMatch(/^late\.ts:7:\d+: no animation\.$/);
    await stream?.cancel();
    await until(() => view.stderr.includes(`error: ${path}:7:`), "standard error has it");
    expect(view.stderr).not.toContain("$bunfs");
  });

  test("controls keep the values that viewers have given them, also after a crash", async () => {
    const control = `show.panel.color("Paint", { value: "red", onChange: (color) => ball.material.color.set(color) });
  show.panel.button("Fail", { onClick: () => { throw new Error("nothing to do"); } });`;
    const path = files.write("panel.ts", ball("red", control));
    await using view = await watch(path);
    await untilColor(view, RED);
    const socket = await SocketClient.open(view.url);
    await socket.next("panel", ({ panel }) => panel.program.length === 2);
    socket.send({ type: "command", id: 1, command: { type: "control", control: "Paint", value: "#00ff00" } });
    await socket.next("command-result");
    await untilColor(view, LIME);
    const wrong = { type: "control", control: "Fail" };
    socket.send({ type: "command", id: 2, command: wrong });
    const { error } = await socket.next("command-result", ({ id }) => id === 2);
    expect(error?.message).toBe('"Fail" failed in the program: nothing to do.');
    await until(
      () => /nothing to do +at onClick \(\S*\/panel\.ts:8:\d+\)$/m.test(view.stderr),
      "standard error has it",
    );
    const { renderer } = await view.state<State>();
    const isNext = (state: State): boolean =>
      state.renderer.state === "running" && state.renderer.pid !== renderer.pid;
    files.write("panel.ts", ball("blue", control));
    const { pid } = (await view.state<State>(isNext)).renderer;
    await untilColor(view, LIME);
    const recording = await view.fetch("record", { method: "POST", body: `{"kind": "picture"}` });
    const { id } = (await recording.json()) as { id: string };
    const recorded = async (): Promise<string> =>
      ((await (await view.fetch(`record/${id}`)).json()) as { state: string }).state;
    while ((await recorded()) === "rendering") await Bun.sleep(20);
    expect(middle(decodePng(await (await view.fetch(`record/${id}/film`)).bytes()))).toEqual(LIME);
    process.kill(pid, "SIGKILL");
    await view.state<State>(({ renderer }) => renderer.state === "running" && renderer.pid !== pid);
    await untilColor(view, LIME);
    await until(() => view.stderr.includes("The renderer stopped: it was killed"), "standard error has it");
    socket.close();
  });

  test("record makes a film of the module's animation", async () => {
    const path = files.write(
      "moves.ts",
      ball("red", "show.on('animate', ({ seconds }) => ball.position.setX(seconds));"),
    );
    const args = ["record", path, "-o", join(files.path, "moves.webp"), "--size", "64x48", "--json"];
    const { status, stdout } = await scenecast(...args, "--all-times", "--frames", "3");
    expect(status).toBe(0);
    expect(stdout.trim().split("\n").at(-1)).toContain(`"frames":3`);
  });

  test("a module fills the show after the files beside it are loaded", async () => {
    const model = files.write("corner.obj", cornerObj());
    const path = files.write(
      "with-file.ts",
      ball(
        "red",
        `ball.scale.setScalar(100); console.log(show.scene.children.length, show.document?.layers.length);`,
      ),
    );
    await using view = await watch(path, model);
    await untilColor(view, RED);
    await until(() => /^[1-9] 1$/m.test(view.stderr), "standard error has it");
    expect(await (await view.fetch("scene")).json()).toMatchObject({ layers: [{ file: "corner.obj" }] });
  });
});

test("init writes an example that runs, and overwrites nothing", async () => {
  const folder = join(files.path, "new");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  const init = () => run([executable, "init"], { cwd: folder, env: {} });
  const { status, stdout, stderr } = await init();
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toStartWith("Wrote scene.ts, tsconfig.json.\n");
  expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("{}");
  const render = ["render", "scene.ts", "-o", "scene.png", "--size", "64x48"];
  expect(await run([executable, ...render], { cwd: folder, env: {} })).toMatchObject({
    status: 0,
    stderr: "",
  });
  const { data } = decodePng(await Bun.file(join(folder, "scene.png")).bytes());
  expect(new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)).size).toBeGreaterThan(100);
  await run([executable, "init", "project"], { cwd: folder, env: {} });
  const project = JSON.parse(readFileSync(join(folder, "project/package.json"), "utf8"));
  // npm installs the others where it does not find an optional one.
  expect(Object.keys(project.devDependencies)).toEqual(["@types/three"]);
  expect(Object.keys(project.optionalDependencies)).toEqual(["scenecast"]);
  expect(await init()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("scene.ts exists already"),
  });
});

test("without --watch, a module that fails at the start ends the command", async () => {
  const path = files.write("fails.ts", `export default () => { throw new Error("no"); };`);
  const { status, stderr } = await scenecast("view", path, "--port", "0", "--size", "64x48");
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringContaining(`scenecast: ${path}:1:`),
  });
});

function childrenOf(pid: number): string[] {
  return readdirSync("/proc").filter((entry) => {
    try {
      return readFileSync(`/proc/${entry}/stat`, "latin1").split(") ")[1]?.split(" ")[1] === `${pid}`;
    } catch {
      return false;
    }
  });
}
