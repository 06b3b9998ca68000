// bun run package: builds the npm packages as tarballs, and the Python wheel. dist/scenecast-<version>.tgz is the library and the command;
// dist/platform/ has the package with the executable for this platform, in a separate folder so that `--package dist/scenecast-*.tgz` matches
// one file. The wheel is dist/scenecast-<version>-py3-none-<platform>.whl.
import { chmod, cp, mkdir, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { buildExecutable } from "./build.ts";
import { packWheel } from "./package/wheel.ts";

const root = join(import.meta.dir, "..");
const platform = `${process.platform}-${process.arch}`;

interface PackageJson {
  name: string;
  version: string;
  description?: string;
  license?: string;
  exports: Record<string, string>;
  scripts?: unknown;
  devDependencies?: unknown;
  [field: string]: unknown;
}

async function readPackage(): Promise<PackageJson> {
  return (await Bun.file(join(root, "package.json")).json()) as PackageJson;
}

async function freshFolder(name: string): Promise<string> {
  const folder = join(root, "build", "package", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

async function copyInto(folder: string, paths: string[]): Promise<void> {
  for (const path of paths) await cp(join(root, path), join(folder, path), { recursive: true });
}

/** Packs `folder` and returns the tarball's path. */
async function pack(folder: string, destination: string): Promise<string> {
  await mkdir(destination, { recursive: true });
  const before = new Set(await readdir(destination));
  // Level 6 packs the executable in 1.8 s to 52 MB; the default of 9 takes 4.6 s for 51 MB.
  const options = ["--quiet", "--ignore-scripts", "--gzip-level=6", `--destination=${destination}`];
  const packing = Bun.spawn([process.execPath, "pm", "pack", ...options], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors, status] = await Promise.all([
    new Response(packing.stdout).text(),
    new Response(packing.stderr).text(),
    packing.exited,
  ]);
  if (status !== 0) throw new Error(`bun pm pack failed in ${folder}:\n${output}${errors}`);
  const made = (await readdir(destination)).find((file) => file.endsWith(".tgz") && !before.has(file));
  if (!made) throw new Error(`bun pm pack wrote no tarball to ${destination}.`);
  return join(destination, made);
}

/** Writes the declarations (.d.ts) of the library's modules to build/types. */
async function writeTypes(): Promise<void> {
  await rm(join(root, "build", "types"), { recursive: true, force: true });
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const compiler = Bun.spawn([tsc, "-p", join(root, "tsconfig.types.json")], { stdout: "pipe" });
  const messages = await new Response(compiler.stdout).text();
  if ((await compiler.exited) !== 0) throw new Error(`tsc cannot write the declarations:\n${messages}`);
}

/** The package's `exports` with declarations for TypeScript, so that a program's own compiler options are not applied to our sources. */
function withTypes(exports: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports).map(([name, path]) => {
      const types = path.replace(/^\.\/src\/(.*)\.ts$/, "./build/types/$1.d.ts");
      return [name, types === path ? path : { types, default: path }];
    }),
  );
}

async function packMain(about: PackageJson): Promise<string> {
  const { scripts, devDependencies, ...kept } = about;
  const folder = await freshFolder("main");
  await writeTypes();
  // With the relative paths of a clone, by which the sources find their libraries.
  await copyInto(folder, [
    "build/types",
    "src",
    "build/native",
    "build/gl",
    "build/three-addons.bin.zst",
    "build/notices.txt",
    "README.md",
    "LICENSE",
  ]);
  await cp(join(root, "scripts", "launcher.mjs"), join(folder, "bin", "scenecast.mjs"));
  await chmod(join(folder, "bin", "scenecast.mjs"), 0o755);
  const manifest = {
    ...kept,
    exports: withTypes(about.exports),
    bin: { scenecast: "bin/scenecast.mjs" },
    os: [process.platform],
    cpu: [process.arch],
    files: ["bin", "src", "build"],
    optionalDependencies: { [`@scenecast/${platform}`]: about.version },
  };
  await Bun.write(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  return pack(folder, join(root, "dist"));
}

async function packPlatform(about: PackageJson, executable: string): Promise<string> {
  const folder = await freshFolder(platform);
  await cp(executable, join(folder, "scenecast"));
  await copyInto(folder, ["LICENSE"]);
  await cp(join(root, "build", "notices.txt"), join(folder, "notices.txt"));
  const manifest = {
    name: `@scenecast/${platform}`,
    version: about.version,
    description: `The scenecast executable for ${platform}.`,
    license: about.license,
    os: [process.platform],
    cpu: [process.arch],
    libc: ["glibc"],
    files: ["scenecast", "notices.txt"],
  };
  await Bun.write(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  return pack(folder, join(root, "dist", "platform"));
}

/** Builds the executable, both tarballs and the wheel; returns their paths. */
export async function packAll(): Promise<{
  executable: string;
  main: string;
  platform: string;
  wheel: string;
}> {
  const about = await readPackage();
  const executable = await buildExecutable();
  for (const folder of ["dist", "dist/platform"])
    for (const file of await readdir(join(root, folder)).catch(() => [] as string[]))
      if (/\.(tgz|whl)$/.test(file)) await rm(join(root, folder, file));
  return {
    executable,
    main: await packMain(about),
    platform: await packPlatform(about, executable),
    wheel: await packWheel(about, executable, join(root, "dist")),
  };
}

if (import.meta.main) {
  const started = performance.now();
  const made = await packAll();
  for (const path of [made.executable, made.main, made.platform, made.wheel])
    console.log(`${relative(root, path)}: ${(Bun.file(path).size / 1e6).toFixed(1)} MB`);
  console.log(`packed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
