/** A defect of a glTF file, in a message for people. Other errors on the way are those of libraries. */
export class GltfError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GltfError";
  }
}

/** The element of a list that an index names. @throws GltfError when there is no such element */
export function element<T>(
  list: readonly (T | undefined)[] | undefined,
  index: number,
  user: string,
  kind: string,
): T {
  const found = list?.[index];
  if (found === undefined) throw new GltfError(`${user} uses ${kind} ${index}, which is not there`);
  return found;
}
