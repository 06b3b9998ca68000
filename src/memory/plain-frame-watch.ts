import { guarded } from "../native/guarded.ts";
import type { Closable } from "./closable.ts";
import { type FrameReader, reusableBuffer } from "./frame-reader.ts";

/** How soon the picture is looked at while the index rests, ms. */
const REST_MS = 200;

/** How soon a single buffer is looked at, whose index never changes, ms. */
const SINGLE_BUFFER_MS = 33;

/** While nothing changes each look comes later than the last, by this … */
const LATER = 1.25;
/** … and at most by this in all. A look at a picture that is the same costs 0.2 ms at 720p. */
const LATEST = 5;

/**
 * Calls back when a plain FURY producer wrote a frame, of which it tells nothing but the index of its current buffer. It
 * may be one of several producers: frames of ours, which wake who waits for them, are passed over.
 * `watchIndex` calls back when that changed, and is null where it never does. It is where it was after as many frames as
 * there are buffers, so those that came between two looks at it go unnoticed: while it rests, the picture itself is
 * looked at too. So it may call back once more for a frame that was there before.
 */
export function watchPlainFrames(
  reader: FrameReader,
  watchIndex: ((onChange: () => void) => Closable) | null,
  onFrame: () => void,
): Closable {
  const firstMs = watchIndex ? REST_MS : SINGLE_BUFFER_MS;
  const room = reusableBuffer();
  let shape = "";
  let pictures = 0;
  const look = () => {
    if (reader.isExtendedFrame) return "";
    const frame = reader.read(room);
    if (frame === null) return reader.problem;
    const before = shape;
    shape = `${frame.width}x${frame.height}`;
    if (!frame.unchanged || shape !== before) pictures++;
    return `picture ${pictures}`;
  };
  let rests = watchIndex === null;
  /** What was seen last while the index rested. */
  let seen: string | null = null;
  let pauseMs = firstMs;
  const index = watchIndex?.(() => {
    rests = false;
    seen = null;
    if (pauseMs > firstMs) lookIn(firstMs);
    if (!reader.isExtendedFrame) onFrame();
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lookIn = (ms: number) => {
    pauseMs = ms;
    clearTimeout(timer);
    timer = setTimeout(lookNow, ms);
    // Like the watch of a word: what is to be done with the frames keeps the process alive, or does not.
    timer.unref();
  };
  const lookNow = guarded("The producer's frames could not be checked", () => {
    // Scheduled before anything that may throw, so that polling continues.
    lookIn(pauseMs);
    const before = seen;
    if (rests) seen = look();
    const isSame = rests && seen === before;
    rests = true;
    lookIn(isSame ? Math.min(LATER * pauseMs, LATEST * firstMs) : firstMs);
    if (seen !== before && seen !== "") onFrame();
  });
  lookIn(firstMs);
  return {
    close() {
      clearTimeout(timer);
      index?.close();
    },
  };
}
