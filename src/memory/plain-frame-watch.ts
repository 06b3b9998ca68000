import { guarded } from "../native/guarded.ts";
import { watchWord } from "../native/word-watch.ts";
import { FrameReader, reusableBuffer } from "./frame-reader.ts";
import type { ImageMemory } from "./image-memory.ts";
import { INDEX_OFFSET } from "./info-segment.ts";
import type { Closable } from "./memory-segment.ts";

/** Initial interval of comparing frames while the index does not change, ms. */
const COMPARE_MS = 200;

/** Initial interval of comparing frames with a single buffer, whose index never changes, ms. */
const SINGLE_BUFFER_COMPARE_MS = 33;

/** Growth of the interval after each comparison without a change. */
const INTERVAL_GROWTH = 1.25;
/** Limit of the growth. Comparing an unchanged frame costs 0.2 ms at 720p. */
const MAX_INTERVAL_GROWTH = 5;

/**
 * Calls back after a plain FURY producer wrote a frame. Such a producer publishes only the index of its current buffer.
 * Extended frames, whose producer wakes the frame word, are ignored.
 *
 * The index of a single buffer never changes. Otherwise, after as many frames as there are buffers, it is the same again, so a
 * change between two polls may be missed: while the index does not change, the frame itself is compared. Therefore a frame may
 * be reported twice.
 */
export function watchPlainFrames(memory: ImageMemory, onFrame: () => void): Closable {
  const hasIndex = memory.images.length > 1;
  const initialMs = hasIndex ? COMPARE_MS : SINGLE_BUFFER_COMPARE_MS;
  const reader = new FrameReader(memory);
  const buffer = reusableBuffer();
  let size = "";
  let changes = 0;
  /** Identifies the current content: a number of changes, or the problem; empty for an extended frame. */
  const contentId = () => {
    if (reader.isExtendedFrame) return "";
    const frame = reader.read(buffer);
    if (frame === null) return reader.problem;
    const before = size;
    size = `${frame.width}x${frame.height}`;
    if (!frame.unchanged || size !== before) changes++;
    return `change ${changes}`;
  };
  let indexIsStill = !hasIndex;
  /** The last content that was compared; null after the index changed. */
  let lastContent: string | null = null;
  let intervalMs = initialMs;
  const onIndex = () => {
    indexIsStill = false;
    lastContent = null;
    if (intervalMs > initialMs) schedule(initialMs);
    if (!reader.isExtendedFrame) onFrame();
  };
  const index = hasIndex ? watchWord(memory.info, INDEX_OFFSET, "poll", onIndex) : null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const schedule = (ms: number) => {
    intervalMs = ms;
    clearTimeout(timer);
    timer = setTimeout(compare, ms);
    // Like the watch of a word, this does not keep the process alive.
    timer.unref();
  };
  const compare = guarded("The producer's frames could not be checked", () => {
    // Scheduled before anything that may throw, so that polling continues.
    schedule(intervalMs);
    const before = lastContent;
    if (indexIsStill) lastContent = contentId();
    const isSame = indexIsStill && lastContent === before;
    indexIsStill = true;
    schedule(isSame ? Math.min(INTERVAL_GROWTH * intervalMs, MAX_INTERVAL_GROWTH * initialMs) : initialMs);
    if (lastContent !== before && lastContent !== "") onFrame();
  });
  schedule(initialMs);
  return {
    close() {
      clearTimeout(timer);
      index?.close();
    },
  };
}
