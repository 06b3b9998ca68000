// Builds what the program loads: build/native (our C library, libturbojpeg) and build/gl (ANGLE and SwiftShader).
// Runs under Node and under Bun. Does nothing, within milliseconds, when no input has changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const OUT = join(ROOT, "build", "native");
const STAMP = join(OUT, "inputs.sha256");

export const C_FLAGS = [
  "-std=c11",
  "-O2",
  "-fPIC",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fvisibility=hidden",
  "-pthread",
];

/** The C files of the library, sorted, as absolute paths. */
export function cSources() {
  return readdirSync(join(ROOT, "native"))
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(ROOT, "native", name));
}

export class BuildError extends Error {}

function turbojpegPrebuild() {
  const musl = process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
  const target = `jpeg-turbo-${process.platform}-${process.arch}${musl ? "-musl" : ""}`;
  const path = join(ROOT, "node_modules/@julusian/jpeg-turbo/prebuilds", target, "libturbojpeg.so.0");
  if (!existsSync(path))
    throw new BuildError(`${path} is missing: install the packages first (bun install).`);
  return path;
}

function inputsHash(files) {
  const hash = createHash("sha256").update(C_FLAGS.join(" "));
  for (const file of files) hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  return hash.digest("hex");
}

function compile() {
  const temporary = join(OUT, `libscenecast.${process.pid}.tmp`);
  try {
    execFileSync(
      "gcc",
      [...C_FLAGS, "-shared", "-Wl,-z,defs", "-Wl,-z,relro,-z,now", "-o", temporary, ...cSources(), "-ldl"],
      {
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
  } catch (error) {
    if (error.code === "ENOENT") {
      throw new BuildError("gcc is missing. On Debian: apt-get install gcc libc6-dev");
    }
    throw new BuildError("gcc could not build the native library; its messages are above.");
  }
  renameSync(temporary, join(OUT, "libscenecast.so"));
}

/** Builds build/native when an input changed. Returns true when it did something. */
export function buildNative() {
  const turbojpeg = turbojpegPrebuild();
  const headers = readdirSync(join(ROOT, "native")).filter((name) => name.endsWith(".h"));
  const hash = inputsHash([
    ...cSources(),
    ...headers.sort().map((name) => join(ROOT, "native", name)),
    turbojpeg,
  ]);
  const done = ["libscenecast.so", "libturbojpeg.so.0"].every((name) => existsSync(join(OUT, name)));
  if (done && existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return false;
  mkdirSync(OUT, { recursive: true });
  compile();
  const temporary = join(OUT, `libturbojpeg.${process.pid}.tmp`);
  copyFileSync(turbojpeg, temporary);
  renameSync(temporary, join(OUT, "libturbojpeg.so.0"));
  writeFileSync(STAMP, hash);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (buildNative()) console.error("built build/native");
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
