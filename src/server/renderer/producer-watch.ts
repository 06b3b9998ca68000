import { getLogger } from "@logtape/logtape";
import { NO_FRAME_YET } from "../../memory/frame-reader.ts";
import type { Closable } from "../../memory/memory-segment.ts";
import type { SharedImage } from "../../memory/shared-image.ts";
import { guarded } from "../../native/guarded.ts";

const log = getLogger(["scenecast", "server"]);

/** Poll interval, ms. A poll takes two system calls per image buffer, about 10 us. */
const POLL_MS = 500;

/**
 * Watches the producer of these images by polling its memory, which is all that a plain FURY producer offers.
 * @param onGone called when the producer has ended or closed its memory; it is the last call
 * @param onProblem called with the reason if frames cannot be read, and with null when they can be read again
 */
export function watchProducer(
  images: SharedImage,
  onGone: () => void,
  onProblem: (problem: string | null) => void,
): Closable {
  /** The problem that the last poll found, and the problem that was reported last. */
  let lastProblem: string | null = null;
  let reported: string | null = null;
  const poll = () => {
    if (images.producerGone) {
      clearInterval(timer);
      log.info`The program that wrote the frames has ended.`;
      onGone();
      return;
    }
    const problem = images.newestFrame === null && images.problem !== NO_FRAME_YET ? images.problem : null;
    // Debounce: a problem is reported after two polls in a row have found one, since one poll can hit a frame that is being
    // written. Their texts can differ: an index that keeps growing is another problem each time.
    if (problem !== reported && (problem === null || lastProblem !== null)) {
      if (problem !== null && reported === null)
        log.warning`Cannot read frames from the renderer: ${problem}.`;
      reported = problem;
      onProblem(problem);
    }
    lastProblem = problem;
  };
  const timer = setInterval(
    guarded("The program that writes the frames could not be watched", poll),
    POLL_MS,
  );
  timer.unref();
  return { close: () => clearInterval(timer) };
}
