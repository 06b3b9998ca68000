import { expect, test } from "bun:test";
import { join } from "node:path";

const SOURCES = join(import.meta.dir, "../../src");

/** Runs a program that preloads EGL. @returns its exit code and output */
async function run(program: string): Promise<{ exitCode: number; output: string }> {
  const source = `import { warmUpEgl } from "${SOURCES}/native/egl-warm-up.ts"; warmUpEgl([64, 64]); ${program}`;
  const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "pipe" });
  const output = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  return { exitCode: await child.exited, output };
}

test("a process can exit at any time while its GL driver is being loaded", async () => {
  for (const ms of [0, 1, 5, 10, 20, 40]) {
    expect(await run(`await Bun.sleep(${ms}); process.exit(7);`)).toEqual({ exitCode: 7, output: "" });
  }
});

test("a GL context works if it is created while the driver is being preloaded, also after a second warm-up", async () => {
  const program = `
    warmUpEgl([1280, 720]);
    const { createContext } = await import("${SOURCES}/gl/index.ts");
    const gl = createContext(4, 4);
    gl.clearColor(1, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const pixel = new Uint8Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    console.log(pixel.join());`;
  expect(await run(program)).toEqual({ exitCode: 0, output: "255,0,0,255\n" });
});
