// Writes build/three-addons.bin.zst: the sources of three.js's addons that scene modules can import, as a JSON object by path.
import { mkdir, rename } from "node:fs/promises";
import { join, posix } from "node:path";

const root = join(import.meta.dir, "..");
const addons = join(root, "node_modules", "three", "examples", "jsm");

/** Addons that need a browser, by folder; and libraries that only they or rare loaders use, so that their licences need no notice. */
const LEFT_OUT =
  /^(capabilities|controls|inspector|interaction|interactive|offscreen|physics|transpiler|webxr)\/|^libs\/(chevrotain|utif|potpack)\./;

const PREFIX = /^three\/addons\//;

/**
 * The sources of the addons by their path below three/addons/: of all that import only three.js and each other, which leaves out those
 * for WebGPU. Relative imports are made absolute, since Bun's plugins do not resolve relative imports of virtual modules (Bun 1.4.5).
 */
export async function threeAddons(): Promise<Record<string, string>> {
  const sources = new Map<string, string>();
  for await (const path of new Bun.Glob("**/*.js").scan(addons))
    if (!LEFT_OUT.test(path))
      sources.set(path, withAbsoluteImports(await Bun.file(join(addons, path)).text(), path));
  const imports = new Map([...sources].map(([path, source]) => [path, importsOf(source)]));
  const isProvided = (name: string): boolean => name === "three" || sources.has(name.replace(PREFIX, ""));
  // Removing one may remove the import of another.
  for (let count = -1; count !== sources.size; ) {
    count = sources.size;
    for (const path of sources.keys()) if (!imports.get(path)?.every(isProvided)) sources.delete(path);
  }
  const used = new Set<string>();
  const use = (path: string): void => {
    if (used.has(path) || !sources.has(path)) return;
    used.add(path);
    for (const name of imports.get(path) ?? []) use(name.replace(PREFIX, ""));
  };
  for (const path of sources.keys()) if (!path.startsWith("libs/")) use(path);
  return Object.fromEntries([...sources].filter(([path]) => used.has(path)).sort());
}

function withAbsoluteImports(source: string, path: string): string {
  return source.replace(
    /(\b(?:from|import)\s*\(?\s*['"])(\.\.?\/[^'"]+)(?=['"])/g,
    (_, start: string, relative: string) =>
      `${start}three/addons/${posix.join(posix.dirname(path), relative)}`,
  );
}

function importsOf(source: string): string[] {
  return new Bun.Transpiler({ loader: "js" }).scanImports(source).map(({ path }) => path);
}

/** Writes the file. */
export async function packThreeAddons(): Promise<void> {
  const target = join(root, "build", "three-addons.bin.zst");
  await mkdir(join(root, "build"), { recursive: true });
  const packed = Bun.zstdCompressSync(JSON.stringify(await threeAddons()), { level: 12 });
  await Bun.write(`${target}.${process.pid}`, packed);
  await rename(`${target}.${process.pid}`, target);
}

if (import.meta.main) await packThreeAddons();
