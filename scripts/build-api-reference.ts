/** `bun run api`: builds the API reference from the docstrings of what the package exports, as HTML in `dist/api`. */
import { resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const tools = resolve(import.meta.dir, "api-reference");

async function run(command: string[], cwd: string): Promise<void> {
  const exitCode = await Bun.spawn(command, { cwd, stdout: "inherit", stderr: "inherit" }).exited;
  if (exitCode !== 0) process.exit(exitCode);
}

await run([process.execPath, "install", "--frozen-lockfile"], tools);
await run(
  [
    process.execPath,
    `${tools}/node_modules/typedoc/bin/typedoc`,
    "--options",
    `${tools}/typedoc.json`,
    "--treatWarningsAsErrors",
  ],
  root,
);
