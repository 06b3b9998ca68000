import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { isDocument, readDocument } from "../document/document-file.ts";
import { withLayers } from "../document/document-layers.ts";
import { DOCUMENT_VERSION, type LayerDocument, type SceneDocument } from "../document/scene-document.ts";
import { fileLabel } from "../formats/load-error.ts";
import type { FormatId } from "../formats/registry.ts";
import { joinOverlays } from "../layers/join-overlays.ts";
import type { LayerStyle } from "../layers/layer.ts";
import { LAYER_PROPERTIES } from "../layers/layer-properties.ts";
import { CommandError } from "./errors.ts";
import { isSceneModule } from "./modules/module-files.ts";
import { resolveFiles } from "./standard-input.ts";
import { optionName, type ViewValues } from "./view-options.ts";

/** Settings of a scene from the arguments, the environment and the configuration file. */
export interface SceneArguments {
  /** Format of standard input. */
  readonly format?: FormatId | undefined;
  /** Properties of each file's layer, in the order of the files, as the command line gives them. */
  readonly styles?: readonly LayerStyle[];
  /** Properties of all layers, from the configuration file. They do not apply to those of a document. */
  readonly styleDefaults?: LayerStyle;
  /** Values of the view from the command line and the environment. */
  readonly given?: ViewValues;
  /** Values of the view from the configuration file. They do not apply to that of a document. */
  readonly configured?: ViewValues;
}

/**
 * Makes the scene document of a command: that of its files and options, or the document that is one of the files, in which options take
 * precedence.
 *
 * @param files as on the command line
 * @returns the document with absolute paths
 * @throws CommandError or LoadError
 */
export async function documentOfArguments(
  files: readonly string[],
  { format, styles = [], styleDefaults = {}, given = {}, configured = {} }: SceneArguments,
): Promise<SceneDocument> {
  const paths = await resolveFiles(files, format);
  const opened = paths.findIndex(isDocument);
  if (paths.some((path, i) => isDocument(path) && i !== opened))
    throw new CommandError("Give one scene document; further files become layers of it.", 2);
  const path = paths[opened];
  const base: SceneDocument =
    path === undefined
      ? { version: DOCUMENT_VERSION, layers: [], view: {} }
      : withStyle(readDocument(path), styles[opened] ?? {}, path);
  const layers = paths.map((path, i) => ({ path, style: { ...styleDefaults, ...styles[i] } }));
  const document = withLayers(base, joinOverlays(layers.filter((_, i) => i !== opened)));
  const { time, ...view } = { ...(opened < 0 ? configured : {}), ...given };
  return { ...document, view: { ...document.view, ...view }, ...(time !== undefined && { time }) };
}

/**
 * Takes the scene module out of the files of a command. Only the command line names modules, which are programs: scene documents, and so
 * HTTP, cannot.
 *
 * @returns the module's absolute path, if there is one, and the other files with their styles
 * @throws CommandError
 */
export function takeModule(
  files: readonly string[],
  styles: readonly LayerStyle[] = [],
): { readonly module: string | undefined; readonly files: string[]; readonly styles: LayerStyle[] } {
  const at = files.findIndex(isSceneModule);
  const file = files[at];
  if (file === undefined) return { module: undefined, files: [...files], styles: [...styles] };
  if (files.some((other, i) => i !== at && isSceneModule(other)))
    throw new CommandError("Give one scene module; it can import others.", 2);
  const isOther = (_: unknown, i: number): boolean => i !== at;
  const others = styles.filter(isOther);
  const option = Object.keys(styles[at] ?? {}).find((name) => !others.some((style) => name in style));
  if (option !== undefined)
    throw new CommandError(
      `--${optionName(option)} is an option of files; ${basename(file)} is a module, which sets its objects itself.`,
      2,
    );
  if (!existsSync(file))
    throw new CommandError(`There is no file ${file}. scenecast init writes an example of a scene module.`);
  return { module: resolve(file), files: files.filter(isOther), styles: others };
}

/** Title of a scene: the names of its files, or of its document. */
export function titleOf(files: readonly string[]): string {
  return files.map((path) => basename(fileLabel(path))).join(", ");
}

/** Sets properties of all layers that have them. @throws CommandError for one that no layer has */
function withStyle(document: SceneDocument, style: LayerStyle, path: string): SceneDocument {
  const hasProperty = ({ kind }: LayerDocument, name: string): boolean =>
    kind === undefined || Object.hasOwn(LAYER_PROPERTIES[kind], name);
  for (const name of Object.keys(style)) {
    if (!document.layers.some((layer) => hasProperty(layer, name)))
      throw new CommandError(`No layer of ${basename(path)} has the option --${optionName(name)}.`, 2);
  }
  const layers = document.layers.map((layer) => {
    const own = Object.entries(style).filter(([name]) => hasProperty(layer, name));
    return { ...layer, ...Object.fromEntries(own) };
  });
  return { ...document, layers };
}
