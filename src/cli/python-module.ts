import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

const PACKAGE = resolve(import.meta.dir, "../python/scenecast");

/** Delimiter of the sources in the file, which are raw strings: no escape sequences, so that they read as they are. */
const QUOTES = "'''";

/**
 * The Python package as one file. It makes itself a package and adds a finder for its submodules, whose sources it contains.
 *
 * Imported as a macro, so that an executable contains the text and a clone reads the sources.
 */
export function pythonModule(): string {
  const files = readdirSync(PACKAGE, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".py"))
    .sort();
  const sources = files.map((file) => [moduleName(file), readFileSync(join(PACKAGE, file), "utf8")] as const);
  const root = sources.find(([name]) => name === "")?.[1] ?? "";
  for (const [name, source] of sources)
    if (source.includes(QUOTES)) throw new Error(`The Python module ${name} contains ${QUOTES}.`);
  const loader = readFileSync(join(PACKAGE, "../single_file.py"), "utf8");
  const table = sources
    .filter(([name]) => name !== "")
    .map(([name, source]) => `    ${JSON.stringify(name)}: r${QUOTES}${source}${QUOTES},\n`);
  return [
    `# scenecast ${packageJson.version}: the Python package in one file, as \`scenecast python\` prints it.\n`,
    `${root.trimEnd()}\n\n\n`,
    `_SOURCES = {\n${table.join("")}}\n\n\n`,
    loader,
  ].join("");
}

/** "fury/queues.py" is "fury.queues", "fury/__init__.py" is "fury", "__init__.py" is "". */
function moduleName(file: string): string {
  return file
    .replace(/\.py$/, "")
    .replace(/(^|\/)__init__$/, "")
    .replaceAll("/", ".");
}
