import { z } from "zod";
import { MAX_BUFFERS } from "../memory/info-layout.ts";

const NAMES_RULE = `must be a list of 1 to ${MAX_BUFFERS} names`;

const segmentName = z.string("must be a name").min(1, "must be a name");
/** Python writes null for a queue that it does not have. */
const nameOrNone = segmentName.nullish().transform((name) => name ?? undefined);

/** The shared-memory segments of one renderer under FURY's JSON keys. */
export const segmentNamesSchema = z.object({
  image_buffer_names: z
    .array(segmentName, NAMES_RULE)
    .min(1, NAMES_RULE)
    .max(MAX_BUFFERS, `has more than ${MAX_BUFFERS} names`),
  info_buffer_name: segmentName,
  queue_buffer_name: nameOrNone,
  queue_head_tail_buffer_name: nameOrNone,
});
export type SegmentNames = z.infer<typeof segmentNamesSchema>;

/** Names, or why there are none, in words that follow "It". */
export type ParsedNames = { names: SegmentNames } | { problem: string };

/** Reads FURY's JSON of segment names. */
export function parseSegmentNames(text: string): ParsedNames {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "is no JSON" };
  }
  const { data, error } = segmentNamesSchema.safeParse(json);
  if (data !== undefined) return { names: data };
  const [issue] = error.issues;
  const [key] = issue?.path ?? [];
  return {
    problem:
      key === undefined
        ? "is no JSON object"
        : `does not name segments: its ${String(key)} ${issue?.message}`,
  };
}

/** The newest names in a file: one JSON object over any number of lines, or one a line among lines of anything else. */
export function newestSegmentNames(text: string): ParsedNames {
  const whole = parseSegmentNames(text);
  if ("names" in whole) return whole;
  // The other lines of a long log are passed over without a try.
  const lines = text.split("\n").filter((line) => line.includes("info_buffer_name"));
  for (const line of lines.toReversed()) {
    const parsed = parseSegmentNames(line);
    if ("names" in parsed) return parsed;
  }
  return text.trim() === "" ? { problem: "is empty" } : whole;
}
