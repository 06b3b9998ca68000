import { type FrameReader, growingRoom } from "./frame-reader.ts";
import type { Closable } from "./image-memory-access.ts";

/** How often the picture is looked at while the index rests, ms. A look copies it: 1 ms of work at 720p. */
const REST_MS = 200;

/** How often a single buffer is looked at, whose index never changes, ms. */
const SINGLE_BUFFER_MS = 33;

/**
 * Calls back when a plain FURY producer wrote a frame, of which it tells nothing but the index of its current buffer. It
 * may be one of several producers: frames of ours, which wake who waits for them, are passed over.
 * `watchIndex` calls back when that changed, and is null where it never does. It is where it was after as many frames as
 * there are buffers, so those that came between two looks at it go unnoticed: while it rests, the picture itself is
 * looked at too. So it may call back once more for a frame that was there before.
 */
export function watchFuryFrames(
  reader: FrameReader,
  watchIndex: ((onChange: () => void) => Closable) | null,
  onFrame: () => void,
): Closable {
  const room = growingRoom();
  const look = () => {
    if (reader.showsOurs) return "";
    const frame = reader.read(room);
    return frame ? `${frame.width} ${frame.height} ${Bun.hash.xxHash3(frame.data)}` : reader.problem;
  };
  let rests = watchIndex === null;
  /** What was seen last while the index rested. */
  let seen: string | null = null;
  const index = watchIndex?.(() => {
    rests = false;
    seen = null;
    if (!reader.showsOurs) onFrame();
  });
  const timer = setInterval(
    () => {
      const before = seen;
      if (rests) seen = look();
      rests = true;
      if (seen !== before && seen !== "") onFrame();
    },
    watchIndex ? REST_MS : SINGLE_BUFFER_MS,
  );
  // Like the watch of a word: what is to be done with the frames keeps the process alive, or does not.
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      index?.close();
    },
  };
}
