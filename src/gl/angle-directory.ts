import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

export function angleDirectory(): string {
  const directory = join(tmpdir(), "scenecast-angle-dev");
  if (existsSync(join(directory, "libvulkan.so.1"))) return directory;
  mkdirSync(directory, { recursive: true });
  const source = new URL("../../node_modules/@sparticuz/chromium/bin/swiftshader.tar.br", import.meta.url);
  const tar = brotliDecompressSync(require("node:fs").readFileSync(source));
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar
      .toString("latin1", at, at + 100)
      .replace(/\0.*$/s, "")
      .replace(/^\.\//, "");
    if (!name) break;
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    if (name.endsWith(".so")) writeFileSync(join(directory, name), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  symlinkSync("libvk_swiftshader.so", join(directory, "libvulkan.so.1"));
  return directory;
}
