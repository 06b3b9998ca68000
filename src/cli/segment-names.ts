import { z } from "zod";
import { MAX_BUFFERS } from "../memory/layout.generated.ts";

const NAMES_RULE = `must be a list of 1 to ${MAX_BUFFERS} names`;

const segmentName = z.string("must be a name").min(1, "must be a name");
/** Python prints null for a missing queue. */
const optionalName = segmentName.nullish().transform((name) => name ?? undefined);

/** Names of the shared-memory segments of a producer, by FURY's JSON keys. */
export const segmentNamesSchema = z.object({
  image_buffer_names: z
    .array(segmentName, NAMES_RULE)
    .min(1, NAMES_RULE)
    .max(MAX_BUFFERS, `has more than ${MAX_BUFFERS} names`),
  info_buffer_name: segmentName,
  queue_buffer_name: optionalName,
  queue_head_tail_buffer_name: optionalName,
});
export type SegmentNames = z.infer<typeof segmentNamesSchema>;

/** Segment names, or the reason why there are none: the predicate of a sentence about their source, such as "is not JSON". */
export type ParsedNames = { names: SegmentNames } | { problem: string };

/** Parses FURY's JSON of segment names. */
export function parseSegmentNames(text: string): ParsedNames {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "is not JSON" };
  }
  const { data, error } = segmentNamesSchema.safeParse(json);
  if (data !== undefined) return { names: data };
  const [issue] = error.issues;
  const [key] = issue?.path ?? [];
  return {
    problem:
      key === undefined
        ? "is not a JSON object"
        : `has no valid segment names: its ${String(key)} ${issue?.message}`,
  };
}

/** Parses the newest names in a text: one JSON object over any number of lines, or one per line among other lines. */
export function newestSegmentNames(text: string): ParsedNames {
  const whole = parseSegmentNames(text);
  if ("names" in whole) return whole;
  // Skips the other lines of a long log without parsing them.
  const lines = text.split("\n").filter((line) => line.includes("info_buffer_name"));
  for (const line of lines.toReversed()) {
    const parsed = parseSegmentNames(line);
    if ("names" in parsed) return parsed;
  }
  return text.trim() === "" ? { problem: "is empty" } : whole;
}
