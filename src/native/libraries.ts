import { readFileSync } from "node:fs";
import { join } from "node:path";
import angleManifest from "../../build/gl/angle.json" with { type: "json" };
import angleArchive from "../../build/gl/angle.tar.zst" with { type: "file" };
import libscenecast from "../../build/native/libscenecast.so" with { type: "file" };
import libturbojpeg from "../../build/native/libturbojpeg.so.0" with { type: "file" };
import nativeManifest from "../../build/native/native.json" with { type: "json" };
import { NativeLibraryError } from "./errors.ts";
import { type LibraryBundle, readTarZst } from "./library-bundle.ts";
import { cachedDirectory } from "./library-cache.ts";
import { memoryDirectory, memoryFile } from "./memory-files.ts";

/** Where Bun keeps the files that are embedded in an executable: readable by us, unknown to the dynamic linker. */
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
  // ANGLE asks for Vulkan's loader; SwiftShader alone is all that it needs from it.
  links: { "libvulkan.so.1": "libvk_swiftshader.so" },
  probe: { file: "libEGL.so", symbol: "eglGetError" },
  read: () => readTarZst(angleArchive),
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
 * The directory that holds ANGLE's libEGL.so and libGLESv2.so, and SwiftShader; unpacked on the first call of the first
 * start. In the cache directory or, where that cannot be, in memory until the process ends.
 * @throws NativeLibraryError when there is no place to unpack to, or no ANGLE for this processor
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
