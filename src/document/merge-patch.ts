import { DocumentError } from "./scene-document.ts";

/** Maximum depth of a patch: that of a document. A deeper one cannot lead to a valid document. */
const MAX_DEPTH = 8;

/**
 * Applies a JSON merge patch (RFC 7396): members that are null are removed, objects are merged, other values replace. Neither argument is
 * changed.
 *
 * @throws DocumentError if the patch is too deep or has the key `__proto__`
 */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch)) return patch;
  if (depth > MAX_DEPTH) throw new DocumentError("the patch is nested too deeply");
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (key === "__proto__") throw new DocumentError("the patch has the key __proto__, which is unknown");
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value, depth + 1));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
