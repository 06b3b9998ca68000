import type { MemorySegment } from "./memory-segment.ts";

/**
 * Runs `action`, which opens segments through the function passed to it. If it throws, the segments opened so far are
 * closed, and also unlinked if they were `created` here.
 */
export function openSegments<Result>(
  created: boolean,
  action: (open: <Segment extends MemorySegment>(segment: Segment) => Segment) => Result,
): Result {
  const segments: MemorySegment[] = [];
  try {
    return action((segment) => {
      segments.push(segment);
      return segment;
    });
  } catch (error) {
    for (const segment of segments) {
      if (created) segment.unlink();
      segment.close();
    }
    throw error;
  }
}
