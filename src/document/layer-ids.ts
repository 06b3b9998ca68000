import { basename } from "node:path";
import { fileLabel } from "../formats/load-error.ts";
import { DocumentError, type LayerDocument, type OverlayDocument } from "./scene-document.ts";

/** Maximum length of an id that is made from the name of a file, characters. */
const MAX_LENGTH = 40;

/** A layer or an overlay, with or without an id. */
type WithoutId<Entry> = Omit<Entry, "id"> & { readonly file: string; readonly id?: string | undefined };

/** A layer whose overlays may have no ids, too. */
type LayerWithoutId = WithoutId<Omit<LayerDocument, "overlays">> & {
  readonly overlays?: readonly WithoutId<OverlayDocument>[] | undefined;
};

/**
 * Gives an id to each layer and overlay that has none: the name of its file without folder and extensions, "bundle" for bundle.trk.gz, with
 * a number if that is taken.
 *
 * @throws DocumentError if two have the same id
 */
export function withIds(layers: readonly LayerWithoutId[]): LayerDocument[] {
  return uniqueIds("layers", layers).map((layer): LayerDocument => {
    const { overlays, ...rest } = layer;
    return overlays === undefined
      ? rest
      : { ...rest, overlays: uniqueIds("overlays", overlays as readonly WithoutId<OverlayDocument>[]) };
  });
}

function uniqueIds<Entry extends { readonly file: string; readonly id?: string | undefined }>(
  list: string,
  entries: readonly Entry[],
): (Entry & { readonly id: string })[] {
  const taken = new Set<string>();
  for (const { id } of entries) {
    if (id === undefined) continue;
    if (taken.has(id)) throw new DocumentError(`${list} has the id ${id} twice`);
    taken.add(id);
  }
  return entries.map((entry) => {
    const id = entry.id ?? newId(entry.file, taken);
    taken.add(id);
    return { ...entry, id };
  });
}

function newId(path: string, taken: ReadonlySet<string>): string {
  const name = basename(fileLabel(path)).replace(/(?<=.)\.[^.]+(\.gz)?$/i, "");
  const id = name.replace(/[^\w.-]+/g, "-").slice(0, MAX_LENGTH) || "layer";
  let unique = id;
  for (let n = 2; taken.has(unique); n += 1) unique = `${id}-${n}`;
  return unique;
}
