import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** Paths of real files beside the repository, which are not part of it: those that exist on this machine. */
export function realFiles(...names: string[]): string[] {
  return names.map((name) => FOLDER + name).filter((path) => existsSync(path));
}
