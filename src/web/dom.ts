/** The element with this id, of this kind. Throws when the document has none: index.html and script do not fit. */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} with the id “${id}”.`);
  return element;
}
