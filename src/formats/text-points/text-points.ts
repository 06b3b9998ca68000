import type { FileHead, Format } from "../format.ts";
import { pointMemory } from "../points/point-memory.ts";
import { type TextLayout, textLayout } from "./text-layout.ts";

const EXTENSIONS = ["xyz", "csv", "pts", "asc"];
/** Extensions of other texts, too, which a list of what can be shown therefore does not have. */
const OTHER_EXTENSIONS = ["txt", "tsv", "xyzrgb", "xyzi"];

export const textPoints: Format<"xyz"> = {
  id: "xyz",
  name: "XYZ",
  description:
    "points as rows of numbers, in .txt files too: x, y, z, colors and other values, with or without a line of names; PTS",
  extensions: EXTENSIONS,
  up: "z",
  detect: (head) => {
    if (head.text === undefined || head.isUtf16) return undefined;
    if (![...EXTENSIONS, ...OTHER_EXTENSIONS].includes(head.extension)) return undefined;
    return layoutOfHead(head) === undefined ? undefined : "plausible";
  },
  estimateMemory: (head) => {
    const { columns = [], rowBytes = 1 } = layoutOfHead(head) ?? {};
    const arrays = columns.filter(({ use }) => use === "array").length;
    return (
      (head.size / rowBytes) *
      pointMemory(
        columns.some(({ use }) => use === "red"),
        arrays,
      )
    );
  },
  samplePoints: async (_, file) => (await import("./read-text-points.ts")).sampleTextPoints(file),
  read: async (context) => (await import("./read-text-points.ts")).readTextPoints(context),
};

function layoutOfHead({ bytes, size }: FileHead): TextLayout | undefined {
  return textLayout(bytes, size <= bytes.length);
}
