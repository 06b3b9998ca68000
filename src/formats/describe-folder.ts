import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FORMATS } from "./registry.ts";

/** Maximum number of files that are named. */
const MAX_NAMED = 8;

/** Describes a folder for a message: the files in it that can be shown, by the extensions of their names. */
export function describeFolder(path: string): string {
  const extensions = new Set<string>(FORMATS.flatMap((format) => format.extensions));
  const files = readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);
  if (files.includes("header.json") && files.some((name) => name.startsWith("positions."))) {
    return "this is the folder of a TRX data set; give its header.json";
  }
  if (existsSync(join(path, "system", "controlDict")))
    return "this is the folder of an OpenFOAM case; give its system/controlDict";
  const names = files
    .filter((name) => extensions.has(/[^.]\.([^.]+?)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? ""))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length === 0) {
    return "this is a folder without files that can be shown; give a file";
  }
  const named = names.slice(0, MAX_NAMED).join(", ");
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return `this is a folder; files in it that can be shown: ${named}${more}`;
}
