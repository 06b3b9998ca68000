// Builds the native libraries: build/native (our C library, libturbojpeg) and build/gl (ANGLE and SwiftShader). Runs under Node and
// under Bun. Returns within milliseconds if no input has changed.
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
import { BuildError, buildGlLibraries } from "./build-gl-libraries.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const OUT = join(ROOT, "build", "native");
const LIBRARIES = ["libscenecast.so", "libturbojpeg.so.0"];
const MANIFEST = join(OUT, "native.json");

const C_FLAGS = [
  "-std=c11",
  "-O2",
  "-fPIC",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fvisibility=hidden",
  "-pthread",
];

/** Functions that libvpx calls and whose newest glibc version is above native/glibc_floor.h; see native/glibc_floor.c. */
const WRAPPED = [
  ...["exp", "log", "pow", "pthread_create", "pthread_join", "pthread_once"],
  ...["sem_init", "sem_destroy", "sem_post", "sem_wait"],
];

/** The C files of the library, sorted, as absolute paths. */
function cSources() {
  return readdirSync(join(ROOT, "native"))
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(ROOT, "native", name));
}

function turbojpegPrebuild() {
  const target = `jpeg-turbo-${process.platform}-${process.arch}`;
  const path = join(ROOT, "node_modules/@julusian/jpeg-turbo/prebuilds", target, "libturbojpeg.so.0");
  if (!existsSync(path))
    throw new BuildError(`${path} does not exist. Install the packages first (bun install).`);
  return path;
}

function inputsHash(files) {
  const hash = createHash("sha256").update(readFileSync(fileURLToPath(import.meta.url)));
  for (const file of files) hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  return hash.digest("hex");
}

function compile(output) {
  try {
    execFileSync(
      "gcc",
      [
        ...C_FLAGS,
        "-include",
        join(ROOT, "native/glibc_floor.h"),
        "-shared",
        "-Wl,-z,defs",
        "-Wl,-z,relro,-z,now",
        ...WRAPPED.map((name) => `-Wl,--wrap=${name}`),
        "-o",
        output,
        ...cSources(),
        // Linked statically: Debian's libvpx.a is position-independent, and other systems then need no libvpx.
        "-l:libvpx.a",
        "-Wl,--exclude-libs,ALL",
        "-lm",
        "-ldl",
      ],
      {
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
  } catch (error) {
    if (error.code === "ENOENT") {
      throw new BuildError("gcc is missing. On Debian: apt-get install gcc libc6-dev libvpx-dev");
    }
    throw new BuildError("gcc cannot build the native library; its messages are above.");
  }
}

// The manifest for embedding; see src/native/library-cache.ts.
function manifest(input) {
  const hash = createHash("sha256");
  const files = LIBRARIES.map((name) => {
    const bytes = readFileSync(join(OUT, name));
    hash.update(bytes);
    return { name, size: bytes.length };
  });
  return `${JSON.stringify({ hash: hash.digest("hex").slice(0, 16), input, files }, null, 2)}\n`;
}

function isBuilt(input) {
  if (!LIBRARIES.every((name) => existsSync(join(OUT, name))) || !existsSync(MANIFEST)) return false;
  return JSON.parse(readFileSync(MANIFEST, "utf8")).input === input;
}

function putAtomically(path, write) {
  const temporary = `${path}.${process.pid}.tmp`;
  write(temporary);
  renameSync(temporary, path);
}

/** Builds build/native if an input has changed. Returns whether it did. */
export function buildNative() {
  const turbojpeg = turbojpegPrebuild();
  const headers = readdirSync(join(ROOT, "native")).filter((name) => name.endsWith(".h"));
  const input = inputsHash([
    ...cSources(),
    ...headers.sort().map((name) => join(ROOT, "native", name)),
    turbojpeg,
  ]);
  if (isBuilt(input)) return false;
  mkdirSync(OUT, { recursive: true });
  putAtomically(join(OUT, "libscenecast.so"), compile);
  putAtomically(join(OUT, "libturbojpeg.so.0"), (path) => copyFileSync(turbojpeg, path));
  putAtomically(MANIFEST, (path) => writeFileSync(path, manifest(input)));
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (buildNative()) console.error("built build/native");
    if (buildGlLibraries()) console.error("built build/gl");
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
