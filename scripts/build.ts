// bun run build: builds dist/scenecast, one executable with Bun, the page and the native libraries.
import { mkdir, rename, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { packThreeAddons } from "./pack-three-addons.ts";

const root = join(import.meta.dir, "..");

/** Builds dist/scenecast and returns its path. */
export async function buildExecutable(): Promise<string> {
  const target = join(root, "dist", "scenecast");
  const unfinished = `${target}.${process.pid}`;
  await mkdir(join(root, "dist"), { recursive: true });
  await packThreeAddons();
  const build = Bun.spawn(
    [
      process.execPath,
      "build",
      "--compile",
      "--minify",
      // Bytecode reduces `scenecast --version` from 45 to 17 ms.
      "--bytecode",
      "--format=esm",
      // Selects the production build of lit-html.
      '--define=process.env.NODE_ENV="production"',
      // The executable must not read a .env or bunfig.toml in the folder where it is started.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      // Resolves packages in node_modules beside a scene module. A damaged package.json there is ignored.
      "--compile-autoload-package-json",
      `--outfile=${unfinished}`,
      join(root, "src", "main.ts"),
      // An entry point of its own, so that `scenecast --version` takes 14 ms instead of 20. --splitting would do the same, but then
      // chunks that other chunks import at run time are not found (Bun 1.4.5), such as the one that parses a viewer's first message.
      join(root, "src", "cli", "commands.ts"),
      // Workers are entry points of their own.
      join(root, "src", "loading", "load-worker.ts"),
    ],
    { cwd: root, stdout: "pipe", stderr: "pipe" },
  );
  const [output, errors, status] = await Promise.all([
    new Response(build.stdout).text(),
    new Response(build.stderr).text(),
    build.exited,
  ]);
  if (status !== 0) throw new Error(`bun build failed:\n${output}${errors}`);
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
