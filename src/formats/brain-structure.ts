/** Names that stand for no structure. */
const UNKNOWN: ReadonlySet<string> = new Set(["", "unknown", "invalid", "other"]);

/**
 * The name of a structure of the brain, such as "cortex left", from that of CIFTI ("CIFTI_STRUCTURE_CORTEX_LEFT") or GIFTI ("CortexLeft",
 * the value of AnatomicalStructurePrimary); undefined if it is unknown.
 */
export function brainStructure(name: string | undefined): string | undefined {
  const words = (name ?? "")
    .replace(/^CIFTI_STRUCTURE_/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .replaceAll("_", " ")
    .trim()
    .toLowerCase();
  return UNKNOWN.has(words) ? undefined : words;
}

/** The structure by the name of a file of FreeSurfer, which begins with its hemisphere: "lh.pial". */
export function hemisphereOf(fileName: string): string | undefined {
  const [, hemisphere] = /^([lr])h\./.exec(fileName) ?? [];
  if (hemisphere === undefined) return undefined;
  return hemisphere === "l" ? "cortex left" : "cortex right";
}
