// bun run build: one executable, dist/scenecast, that carries Bun, the page and the native libraries.
import { mkdir, rename, stat } from "node:fs/promises";
import { join, relative } from "node:path";

const root = join(import.meta.dir, "..");

/** Builds dist/scenecast and returns its path. */
export async function buildExecutable(): Promise<string> {
  const target = join(root, "dist", "scenecast");
  const unfinished = `${target}.${process.pid}`;
  await mkdir(join(root, "dist"), { recursive: true });
  const build = Bun.spawn(
    [
      process.execPath,
      "build",
      "--compile",
      "--minify",
      // Parsed beforehand: `--version` takes 17 ms, not 45. Without --splitting, which would take it to 6: chunks that chunks
      // import while running are then not found (Bun 1.4.5), among them what reads a viewer's first message.
      "--bytecode",
      "--format=esm",
      // A program that people start in their own folders must not read the .env or bunfig.toml found there.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      `--outfile=${unfinished}`,
      join(root, "src", "main.ts"),
    ],
    { cwd: root, stdout: "pipe", stderr: "pipe" },
  );
  const [output, complaints, status] = await Promise.all([
    new Response(build.stdout).text(),
    new Response(build.stderr).text(),
    build.exited,
  ]);
  if (status !== 0) throw new Error(`bun build failed:\n${output}${complaints}`);
  await rename(unfinished, target);
  return target;
}

if (import.meta.main) {
  const started = performance.now();
  const target = await buildExecutable();
  const megabytes = (await stat(target)).size / 1e6;
  const seconds = (performance.now() - started) / 1000;
  console.log(`${relative(root, target)}: ${megabytes.toFixed(1)} MB, built in ${seconds.toFixed(1)} s`);
}
