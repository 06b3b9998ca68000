import { basename, dirname, join } from "node:path";
import { DataError } from "../load-error.ts";
import type { ReferencedFiles } from "../referenced-files.ts";

interface TimeFolder {
  readonly name: string;
  readonly seconds: number;
}

/** The folder of a case: its time folders and the files of its mesh. */
export class FoamCase {
  readonly files: ReferencedFiles;
  /** In the order of their times. Without that of the initial state (0) if there are others, as in VTK and ParaView. */
  readonly times: readonly TimeFolder[];

  /** @param path the .foam file in the folder, or its system/controlDict */
  constructor(path: string, files: ReferencedFiles) {
    const isControl = basename(dirname(path)) === "system" && basename(path).startsWith("controlDict");
    this.files = isControl ? files.withModel(join(dirname(dirname(path)), "case.foam")) : files;
    const numbers = this.files
      .entries(".", "folder")
      .filter((name) => /^\d+(?:\.\d*)?(?:e[-+]?\d+)?$/i.test(name));
    const times = numbers
      .map((name) => ({ name, seconds: Number(name) }))
      .toSorted((a, b) => a.seconds - b.seconds);
    this.times = times.length > 1 ? times.filter(({ seconds }) => seconds !== 0) : times;
  }

  /**
   * The path of a file of the mesh at a time step.
   *
   * @throws DataError if there is no mesh
   */
  meshFile(step: number, name: string): string {
    const folders = this.times.slice(0, step + 1).map((time) => time.name);
    for (const folder of [...folders.toReversed(), "0", "constant"]) {
      const entries = this.files.entries(`${folder}/polyMesh`, "file");
      const found = [name, `${name}.gz`].find((candidate) => entries.includes(candidate));
      if (found !== undefined) return `${folder}/polyMesh/${found}`;
    }
    throw new DataError(this.#missing(name));
  }

  #missing(name: string): string {
    const folders = this.files.entries(".", "folder");
    if (folders.some((folder) => /^processors?\d*/.test(folder)))
      return "it is decomposed into processor folders: join them with reconstructPar";
    const regions = this.files
      .entries("constant", "folder")
      .filter((region) => this.files.entries(`constant/${region}/polyMesh`, "file").length > 0);
    if (regions.length > 0)
      return `it has a mesh for each of its regions (${regions.slice(0, 5).join(", ")}), which cannot be shown`;
    return `there is no constant/polyMesh/${name} in its folder`;
  }
}
