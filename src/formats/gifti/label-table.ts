import type { Label } from "../data-kinds.ts";
import { readChildren } from "../xml/read-children.ts";
import type { XmlReader } from "../xml/xml-reader.ts";

/** Reads the open LabelTable element of GIFTI or CIFTI. */
export async function readLabelTable(reader: XmlReader): Promise<Label[]> {
  const labels: Label[] = [];
  await readChildren(reader, async ({ name, attributes }) => {
    if (name !== "Label") return;
    // The first version had "Index" and no colors.
    const value = Number(attributes.get("Key") ?? attributes.get("Index"));
    const channel = (key: string, missing: number): number => {
      const number = Number(attributes.get(key) ?? missing);
      return number >= 0 && number <= 1 ? number : missing;
    };
    const color = [channel("Red", 0.5), channel("Green", 0.5), channel("Blue", 0.5)] as const;
    if (Number.isInteger(value)) {
      labels.push({ value, name: (await reader.text()).trim(), color: [...color, channel("Alpha", 1)] });
    }
  });
  return labels;
}
