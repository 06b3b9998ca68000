import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** The example of a scene module. Imported as a macro, so that an executable contains the text and a clone reads the file. */
export function exampleModule(): string {
  return readFileSync(resolve(import.meta.dir, "../../examples/scene-module.ts"), "utf8");
}
