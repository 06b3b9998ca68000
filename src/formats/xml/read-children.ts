import type { XmlReader, XmlStartTag } from "./xml-reader.ts";

/** Reads the children of the open element, up to its end tag. The callback reads those that it knows; others are skipped. */
export async function readChildren(
  reader: XmlReader,
  child: (tag: XmlStartTag) => Promise<void> | undefined,
): Promise<void> {
  const { depth } = reader;
  for (;;) {
    const tag = await reader.next();
    if (tag === undefined || reader.depth < depth) return;
    if (tag.type === "start") await child(tag);
  }
}
