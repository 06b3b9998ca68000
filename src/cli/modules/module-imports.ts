import { readFileSync } from "node:fs";
import { plugin } from "bun";
import * as three from "three";
import packedAddons from "../../../build/three-addons.bin.zst" with { type: "file" };
import * as gl from "../../gl/index.ts";
import * as scenecast from "../../index.ts";

/** What a module imports by these names is what this program itself uses, so that `instanceof` and the GL context work. */
const OWN_MODULES: Readonly<Record<string, object>> = { three, scenecast, "scenecast/gl": gl };

const ADDON = /^three\/(?:addons|examples\/jsm)\/(.+)$/;

let addons: Readonly<Record<string, string>> | undefined;
let isInstalled = false;

/** Has modules that are imported from now on import `three`, its addons and `scenecast` from this program. */
export function useOwnImports(): void {
  if (isInstalled) return;
  isInstalled = true;
  plugin({
    name: "scenecast",
    setup(build) {
      for (const [name, exports] of Object.entries(OWN_MODULES))
        build.module(name, () => ({ exports: { ...exports }, loader: "object" }));
      build.onResolve({ filter: ADDON }, ({ path }) => {
        const [, addon = ""] = ADDON.exec(path) ?? [];
        // Others are those of the package three beside the module, if it is installed there.
        return Object.hasOwn(unpackedAddons(), addon)
          ? { path: addon, namespace: "three-addons" }
          : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: "three-addons" }, ({ path }) => ({
        contents: unpackedAddons()[path] ?? "",
        loader: "js",
      }));
    },
  });
}

function unpackedAddons(): Readonly<Record<string, string>> {
  // 4 MB of text, which most modules do not need.
  addons ??= JSON.parse(
    new TextDecoder().decode(Bun.zstdDecompressSync(readFileSync(packedAddons))),
  ) as Record<string, string>;
  return addons;
}
