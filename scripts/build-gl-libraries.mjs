// Builds build/gl/angle.bin.zst from the npm package @sparticuz/chromium: Chromium's libEGL and libGLESv2 (ANGLE) and
// SwiftShader, concatenated in the order of angle.json. Runs under Node and under Bun. Does nothing if the package has not
// changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCE = join(ROOT, "node_modules/@sparticuz/chromium/bin/swiftshader.tar.br");
const OUT = join(ROOT, "build", "gl");
const ARCHIVE = join(OUT, "angle.bin.zst");
const MANIFEST = join(OUT, "angle.json");

const FILES = ["libEGL.so", "libGLESv2.so", "libvk_swiftshader.so"];
const ZSTD_LEVEL = 19;
const BLOCK = 512;

/** An error for the user: the message says what to do, so no stack trace is needed. */
export class BuildError extends Error {}

/** The regular files of a tar archive (ustar), by name. */
function readTar(tar) {
  const files = new Map();
  for (let offset = 0; offset + BLOCK <= tar.length; ) {
    const header = tar.subarray(offset, offset + BLOCK);
    const name = header.toString("latin1", 0, 100).replace(/\0.*$/s, "");
    if (name === "") break;
    const size = Number.parseInt(header.toString("latin1", 124, 136), 8);
    files.set(name.replace(/^\.\//, ""), tar.subarray(offset + BLOCK, offset + BLOCK + size));
    offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function extractLibraries(tar) {
  // The package contains them for x64 only. On other architectures the archive is empty, and Mesa is required.
  if (process.arch !== "x64") return [];
  const entries = readTar(tar);
  return FILES.map((name) => {
    const bytes = entries.get(name);
    if (bytes === undefined) throw new BuildError(`${SOURCE} does not contain ${name}.`);
    return { name, bytes };
  });
}

// Since version 152 the package's libEGL and libGLESv2 are stubs: ANGLE is linked into the browser's executable.
function rejectStubs(libraries) {
  const gles = libraries.find(({ name }) => name === "libGLESv2.so");
  if (gles !== undefined && !gles.bytes.includes("eglGetPlatformDisplay")) {
    throw new BuildError("@sparticuz/chromium contains no ANGLE since version 152. Use version 149.0.0.");
  }
}

function writeAtomically(path, bytes) {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/** Builds build/gl if its input has changed. Returns whether it did. */
export function buildGlLibraries() {
  if (!existsSync(SOURCE))
    throw new BuildError(`${SOURCE} does not exist. Install the packages first (bun install).`);
  const packed = readFileSync(SOURCE);
  const input = createHash("sha256")
    .update(packed)
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex");
  if (
    existsSync(ARCHIVE) &&
    existsSync(MANIFEST) &&
    JSON.parse(readFileSync(MANIFEST, "utf8")).input === input
  ) {
    return false;
  }
  if (zlib.zstdCompressSync === undefined) {
    execFileSync(join(ROOT, "node_modules/.bin/bun"), [fileURLToPath(import.meta.url)], { stdio: "inherit" });
    return true;
  }
  const libraries = extractLibraries(zlib.brotliDecompressSync(packed));
  rejectStubs(libraries);
  const content = Buffer.concat(libraries.map(({ bytes }) => bytes));
  const archive = zlib.zstdCompressSync(content, {
    params: { [zlib.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
  });
  mkdirSync(OUT, { recursive: true });
  writeAtomically(ARCHIVE, archive);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const files = libraries.map(({ name, bytes }) => ({ name, size: bytes.length }));
  writeAtomically(MANIFEST, `${JSON.stringify({ hash, input, files }, null, 2)}\n`);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildGlLibraries();
