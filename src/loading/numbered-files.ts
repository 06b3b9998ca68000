import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LoadError } from "../formats/load-error.ts";

/** Maximum number of time steps. */
const MAX_STEPS = 100_000;

/**
 * The numbered files of a series of time steps: this one and those with higher numbers in the same place of their names, in the order of the
 * numbers. `mesh_8.vtu` is followed by `mesh_9.vtu` and `mesh_10.vtu`.
 *
 * @throws LoadError if the name has no number
 */
export function numberedFiles(path: string): readonly string[] {
  const [, stem = "", extension = ""] = /^(.*?)((?:\.[^.]*)?(?:\.gz)?)$/.exec(basename(path)) ?? [];
  const [, prefix, digits = "", rest] = /^(|.*\D)(\d+)(\D*)$/.exec(stem) ?? [];
  if (prefix === undefined || rest === undefined) {
    throw new LoadError(
      path,
      "its name has no number; a series is of files such as mesh_000.vtu, mesh_001.vtu",
    );
  }
  const suffix = rest + extension;
  const first = Number(digits);
  const numbers = readdirSync(dirname(path)).flatMap((name) => {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) return [];
    const number = name.slice(prefix.length, name.length - suffix.length);
    return /^\d+$/.test(number) && Number(number) >= first ? [{ name, number: Number(number) }] : [];
  });
  numbers.sort((a, b) => a.number - b.number);
  return numbers.slice(0, MAX_STEPS).map(({ name }) => join(dirname(path), name));
}
