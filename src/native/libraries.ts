import { readFileSync } from "node:fs";
import { join } from "node:path";
import angleArchive from "../../build/gl/angle.bin.zst" with { type: "file" };
import angleManifest from "../../build/gl/angle.json" with { type: "json" };
import libscenecast from "../../build/native/libscenecast.so" with { type: "file" };
import libturbojpeg from "../../build/native/libturbojpeg.so.0" with { type: "file" };
import nativeManifest from "../../build/native/native.json" with { type: "json" };
import { NativeLibraryError } from "./errors.ts";
import { type BundleManifest, cachedDirectory, type LibraryBundle } from "./library-cache.ts";
import { memoryDirectory, memoryFile } from "./memory-files.ts";

/** Prefix of files embedded in an executable by Bun: this process can read them, the dynamic linker cannot. */
const EMBEDDED = "/$bunfs/";

const NATIVE_FILES: Readonly<Record<string, string>> = {
  "libscenecast.so": libscenecast,
  "libturbojpeg.so.0": libturbojpeg,
};

const nativeBundle: LibraryBundle = {
  manifest: nativeManifest,
  links: {},
  probe: { file: "libscenecast.so", symbol: "sc_error_code" },
  read: () => new Map(Object.entries(NATIVE_FILES).map(([name, path]) => [name, readFileSync(path)])),
};

const angleBundle: LibraryBundle = {
  manifest: angleManifest,
  // ANGLE loads the Vulkan loader; SwiftShader exports the functions that it uses.
  links: { "libvulkan.so.1": "libvk_swiftshader.so" },
  probe: { file: "libEGL.so", symbol: "eglGetError" },
  read: () => readConcatenatedZst(angleArchive, angleManifest.files),
};

let angle: string | undefined;
const nativePaths = new Map<string, string>();

/** Path of libscenecast.so, ready for dlopen. */
export function nativeLibraryPath(): string {
  return nativePath("libscenecast.so");
}

/** Path of libturbojpeg.so.0, ready for dlopen. */
export function turbojpegLibraryPath(): string {
  return nativePath("libturbojpeg.so.0");
}

/**
 * Directory of ANGLE's libEGL.so and libGLESv2.so, and SwiftShader. They are unpacked by the first call after an installation, to
 * the cache directory or, if that is not possible, to memory until the process exits.
 * @throws NativeLibraryError if they cannot be unpacked anywhere, or there is no ANGLE for this processor
 */
export function angleDirectory(): string {
  if (angleManifest.files.length === 0) {
    throw new NativeLibraryError(
      `There is no embedded GL driver for ${process.platform} on ${process.arch}. Install Mesa's (libegl1, libgles2).`,
    );
  }
  angle ??= cachedDirectory(angleBundle) ?? memoryDirectory(angleBundle);
  return angle;
}

function nativePath(name: string): string {
  const file = NATIVE_FILES[name] ?? "";
  if (!file.startsWith(EMBEDDED)) return file;
  const known = nativePaths.get(name);
  if (known !== undefined) return known;
  const directory = cachedDirectory(nativeBundle);
  const path = directory !== undefined ? join(directory, name) : memoryFile(name, readFileSync(file));
  nativePaths.set(name, path);
  return path;
}

/** Reads concatenated files from one file compressed with zstd, which scripts/build-gl-libraries.mjs writes. */
function readConcatenatedZst(path: string, files: BundleManifest["files"]): Map<string, Uint8Array> {
  const content = Bun.zstdDecompressSync(readFileSync(path));
  let end = 0;
  return new Map(
    files.map(({ name, size }) => {
      end += size;
      return [name, content.subarray(end - size, end)];
    }),
  );
}
