import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { CommandError, codeOf } from "./errors.ts";
import { exampleModule } from "./example-module.ts" with { type: "macro" };

const MODULE = "scene.ts";

/** What an editor needs for the types; the scene runs without them. */
const PROJECT_FILES: Readonly<Record<string, object>> = {
  "package.json": {
    private: true,
    type: "module",
    scripts: { start: "scenecast view scene.ts --watch" },
    devDependencies: { "@types/three": packageJson.dependencies["@types/three"] },
    // npm installs the types of three.js also where it does not find this version of scenecast.
    optionalDependencies: { scenecast: packageJson.version },
  },
  "tsconfig.json": {
    compilerOptions: {
      target: "ESNext",
      module: "Preserve",
      strict: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
  },
};

/**
 * `scenecast init`: writes an example of a scene module into a folder, and what an editor needs for its types. Files that exist stay as
 * they are.
 */
export function init(folder = "."): void {
  const path = join(folder, MODULE);
  if (existsSync(path))
    throw new CommandError(
      `${path} exists already, and stays as it is. Show it with scenecast view ${path} --watch, or give another folder.`,
    );
  try {
    mkdirSync(folder, { recursive: true });
    const written = [MODULE];
    writeFileSync(path, exampleModule().replaceAll("scene-module.ts", MODULE), { flag: "wx" });
    for (const [name, content] of Object.entries(PROJECT_FILES)) {
      if (existsSync(join(folder, name))) continue;
      writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`, { flag: "wx" });
      written.push(name);
    }
    process.stdout.write(
      `Wrote ${written.map((name) => join(folder, name)).join(", ")}.\n` +
        `  scenecast view ${path} --watch   shows the scene, and each change of the file at once\n` +
        "  npm install   adds the types of three.js and scenecast for an editor; the scene needs nothing\n",
    );
  } catch (error) {
    throw new CommandError(`Cannot write to ${resolve(folder)} (${codeOf(error)}). Give another folder.`);
  }
}
