/**
 * Runs Khronos's WebGL 1 tests (npm gl-conformance, 585 of them) against a WebGL 2 context of this project:
 *
 *   npm install --prefix DIR gl-conformance@2.0.9
 *   bun test/conformance/gl-conformance.ts DIR/node_modules/gl-conformance [angle|mesa|gpu] [pattern]
 *
 * Prints what failed and the numbers. Not part of `bun test`: it takes minutes, and a WebGL 2 context cannot pass all of
 * it, because WebGL 2 allows what WebGL 1 forbids (unsized loops, 32-bit indices, READ_FRAMEBUFFER, TypeErrors for null…).
 */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import * as gl from "../../src/gl/index.ts";

/** What the tests use of tape, and the one function that makes contexts. */
interface Environment {
  tape: { pass(message: string): void; fail(message: string): void; end(): void };
  createContext(width: number, height: number, options?: gl.ContextOptions): gl.WebGL2RenderingContext | null;
}

const TIMEOUT_MS = 5000;
/** Shaders that Mesa's compiler works on for longer than anybody waits. */
const ENDLESS = /long-expressions|complex-glsl|nested-functions|packing-restrictions/;

const [directory, backend = "angle", pattern = ""] = process.argv.slice(2);
if (!directory) throw new Error("Name the directory of gl-conformance: see the head of this file.");
const cases = createRequire(import.meta.url)(resolve(directory, "node-test/index.js")) as [
  name: string,
  run: (environment: Environment) => void,
][];

// The tests expect a page's globals, and talk a lot.
const { log } = console;
for (const [name, value] of Object.entries(gl)) {
  if (name.startsWith("WebGL")) Object.assign(globalThis, { [name]: value });
}
Object.assign(globalThis, { WebGLRenderingContext: gl.WebGL2RenderingContext });
Object.assign(console, { log() {}, warn() {}, error() {} });

/** Ends the test that runs; exceptions of its callbacks end it as well. */
let finish: (failure?: string) => void = () => {};
process.on("uncaughtException", (error) => finish(`uncaught ${error.message}`));
process.on("unhandledRejection", (reason) => finish(`unhandled ${reason}`));

async function runCase(run: (environment: Environment) => void): Promise<string[]> {
  const failures: string[] = [];
  const contexts: gl.WebGL2RenderingContext[] = [];
  const { promise, resolve: done } = Promise.withResolvers<void>();
  finish = (failure) => {
    if (failure) failures.push(failure);
    done();
  };
  const timer = setTimeout(() => finish(`not done after ${TIMEOUT_MS} ms`), TIMEOUT_MS);
  const createContext: Environment["createContext"] = (width, height, options) => {
    const context = gl.createContext(width || 1, height || 1, {
      antialias: false,
      ...options,
      backend: backend as gl.Backend,
    });
    const resize = (w: number, h: number) =>
      context.getExtension("STACKGL_resize_drawingbuffer")?.resize(w | 0, h | 0);
    contexts.push(Object.assign(context, { resize, destroy() {} }));
    return context;
  };
  try {
    run({
      tape: {
        pass() {},
        fail: (message) => failures.push(String(message)),
        end: () => setTimeout(finish, 0),
      },
      createContext,
    });
  } catch (error) {
    finish(`threw ${error instanceof Error ? error.message : error}`);
  }
  await promise;
  clearTimeout(timer);
  for (const context of contexts) gl.destroyContext(context);
  return failures;
}

let passed = 0;
let ran = 0;
for (const [name, run] of cases) {
  if (!name.includes(pattern) || (backend === "mesa" && ENDLESS.test(name))) continue;
  const failures = await runCase(run);
  ran++;
  if (failures.length === 0) passed++;
  else log(`${name}: ${failures.length} failed, first: ${failures[0]?.slice(0, 160)}`);
}
log(`${backend}: ${passed} of ${ran} tests passed`);
process.exit(0);
