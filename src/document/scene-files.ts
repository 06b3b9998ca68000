import { realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { Control, PanelDescription } from "../protocol/panel.ts";
import { FILE_PROPERTIES, filesOf, mapFiles, type SceneDocument } from "./scene-document.ts";

/** Name of standard input, as on the command line. */
const STANDARD_INPUT = "-";

/** A file that may not be opened. The message is a sentence. */
export class FileRefusedError extends Error {
  override readonly name = "FileRefusedError";
}

/**
 * The names by which viewers see and request the files of a scene: paths relative to the folder of the document, or to the one that all
 * files have in common, so that a name does not say where that folder is.
 */
export class SceneFiles {
  readonly #folder: string;
  /** Paths by name. */
  readonly #known: Map<string, string>;
  readonly #root: string | undefined;

  /**
   * @param document the one that `view` was started with
   * @param options `folder` of the document's file; `root`: a folder whose files may be opened, too
   */
  constructor(
    document: SceneDocument,
    { folder, root }: { folder?: string | undefined; root?: string | undefined },
  ) {
    const files = filesOf(document);
    this.#folder = folder ?? commonFolder(files.filter((file) => !isOpenFile(file)));
    this.#root = root && realpathSync(root);
    this.#known = new Map(files.map((file) => [this.nameOf(file), file]));
  }

  /** Lets changes use the files of another document, which its owner has written. */
  add(document: SceneDocument): void {
    for (const file of filesOf(document)) this.#known.set(this.nameOf(file), file);
  }

  nameOf(path: string): string {
    return isOpenFile(path) ? STANDARD_INPUT : relative(this.#folder, path);
  }

  /**
   * Returns the path of a file.
   *
   * @throws FileRefusedError unless it is one of the files that the scene began with, or below the root
   */
  pathOf(name: string): string {
    const path = this.#known.get(name) ?? resolve(this.#folder, name);
    if (this.isKnown(path)) return path;
    const real = this.#root === undefined ? undefined : realPath(path);
    if (this.#root !== undefined && real !== undefined && isBelow(this.#root, real)) return real;
    throw new FileRefusedError(
      "A change may use the files that scenecast was started with, and those below the folder of --root. This file is neither.",
    );
  }

  /** Whether a path is one of the files that the scene began with. */
  isKnown(path: string): boolean {
    return [...this.#known.values()].includes(path);
  }

  /** Returns descriptions of the panel whose choices among files are their names, not their paths. */
  withNamesInPanel(panel: PanelDescription): PanelDescription {
    const named = (control: Control): Control =>
      control.type === "choice" && FILE_PROPERTIES.includes(control.name)
        ? {
            ...control,
            choices: control.choices.map((each) => ({ ...each, value: this.nameOf(each.value) })),
          }
        : control;
    const layers = panel.layers.map((layer) => ({ ...layer, controls: layer.controls.map(named) }));
    return { ...panel, layers };
  }

  /** Returns a document with the names of its files. */
  withNames(document: SceneDocument): SceneDocument {
    return mapFiles(document, (path) => this.nameOf(path));
  }
}

/** The copy of standard input, as `fileLabel` recognizes it. */
function isOpenFile(path: string): boolean {
  return /^\/proc\/\d+\/fd\/\d+$/.test(path);
}

function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? resolve("x"));
  while (files.some((file) => !isBelow(folder, file))) folder = dirname(folder);
  return folder;
}

function isBelow(folder: string, path: string): boolean {
  const inner = relative(folder, path);
  return inner !== "" && !isAbsolute(inner) && inner !== ".." && !inner.startsWith(`..${sep}`);
}

/** The path without symbolic links, which could lead out of the root. @returns undefined if there is no such file */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
