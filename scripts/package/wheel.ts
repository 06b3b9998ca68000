import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { recordHash, type ZipFile, zipArchive } from "./zip-file.ts";

const root = join(import.meta.dir, "..", "..");

/** glibc that Bun, libturbojpeg and ANGLE require, as its minor version. */
const BUN_GLIBC = 17;

/** The parts of package.json that a wheel states. */
export interface WheelPackage {
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
}

/**
 * Writes the Python wheel into a folder and returns its path: the package of src/python, and the executable as a script, which pip
 * puts on the PATH. Depends on the contents only, so that equal sources give an equal file.
 */
export async function packWheel(about: WheelPackage, executable: string, folder: string): Promise<string> {
  const tag = await platformTag();
  const info = `scenecast-${about.version}.dist-info`;
  const text = (name: string, content: string) => ({ name, bytes: Buffer.from(content) });
  const copy = async (name: string, path: string) => ({ name, bytes: await Bun.file(path).bytes() });
  const files: ZipFile[] = [
    ...(await modules()),
    { ...(await copy(`scenecast-${about.version}.data/scripts/scenecast`, executable)), executable: true },
    text(`${info}/METADATA`, await metadata(about)),
    text(`${info}/WHEEL`, `Wheel-Version: 1.0\nGenerator: scenecast\nRoot-Is-Purelib: false\nTag: ${tag}\n`),
    await copy(`${info}/licenses/LICENSE`, join(root, "LICENSE")),
    await copy(`${info}/licenses/notices.txt`, join(root, "build", "notices.txt")),
  ];
  const record = files.map(({ name, bytes }) => `${name},${recordHash(bytes)},${bytes.length}\n`);
  files.push(text(`${info}/RECORD`, `${record.join("")}${info}/RECORD,,\n`));
  const path = join(folder, `scenecast-${about.version}-${tag}.whl`);
  await Bun.write(path, zipArchive(files));
  return path;
}

async function modules(): Promise<ZipFile[]> {
  const folder = join(root, "src", "python", "scenecast");
  const names = await readdir(folder, { recursive: true });
  const kept = names.filter((name) => name.endsWith(".py") || name.endsWith("py.typed")).sort();
  return Promise.all(
    kept.map(async (name) => ({
      name: `scenecast/${name}`,
      bytes: await Bun.file(join(folder, name)).bytes(),
    })),
  );
}

/** PEP 600: manylinux_2_NN is a system with glibc 2.NN or newer. */
async function platformTag(): Promise<string> {
  const library = await Bun.file(join(root, "build", "native", "libscenecast.so")).bytes();
  const versions = Buffer.from(library)
    .toString("latin1")
    .matchAll(/GLIBC_2\.(\d+)/g);
  const minor = Math.max(BUN_GLIBC, ...[...versions].map((match) => Number(match[1])));
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  return `py3-none-manylinux_2_${minor}_${machine}`;
}

async function metadata({ version, description = "", license = "" }: WheelPackage): Promise<string> {
  const readme = await Bun.file(join(root, "README.md")).text();
  return [
    "Metadata-Version: 2.1",
    "Name: scenecast",
    `Version: ${version}`,
    `Summary: ${description}`,
    `License: ${license}`,
    "License-File: LICENSE",
    "License-File: notices.txt",
    "Requires-Python: >=3.9",
    "Description-Content-Type: text/markdown",
    "",
    withoutRelativeLinks(readme),
  ].join("\n");
}

/** Drops the pictures and the targets of the links that lead into the tree, which a wheel does not contain. */
function withoutRelativeLinks(markdown: string): string {
  return markdown
    .replace(/^!\[[^\]]*\]\((?!https?:)[^)]*\)\n\n?/gm, "")
    .replace(/\[([^\]]*)\]\((?!https?:)[^)]*\)/g, "$1");
}
