import { DataError } from "../load-error.ts";

/** A defect of a glTF file. All other errors thrown by the reader are errors of libraries. */
export class GltfError extends DataError {}

/** Reason for refusing a glTF 1.0 file, as JSON or as GLB. */
export const GLTF_1_UNSUPPORTED =
  "this is glTF 1.0 of 2015, which is not supported, only 2.x; convert it: npx gltf-pipeline -i OLD -o NEW";

/**
 * Resolves an index into one of the document's lists.
 *
 * @param referrer the object that contains the index, and `kind` the type of the element; both for the message
 * @throws GltfError if there is no such element
 */
export function element<T>(
  list: readonly (T | undefined)[] | undefined,
  index: number,
  referrer: string,
  kind: string,
): T {
  const found = list?.[index];
  if (found === undefined) throw new GltfError(`${referrer} uses ${kind} ${index}, which does not exist`);
  return found;
}
