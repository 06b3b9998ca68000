import { getLogger } from "@logtape/logtape";
import { NO_FRAME_YET } from "../memory/frame-reader.ts";
import type { Closable, GenericImageBufferManager } from "../memory/generic-image-buffer-manager.ts";
import { guarded } from "../native/guarded.ts";

const log = getLogger(["scenecast", "server"]);

/** How often a producer is looked at, ms. A look takes two system calls for each image buffer: some 10 us. */
const LOOK_MS = 500;

export interface ProducerEvents {
  /** It has ended or let go of its memory: no frame will come any more. Nothing else is told after this. */
  onGone: () => void;
  /** Why what it writes is no frame, in words; null when frames can be read again. */
  onProblem: (problem: string | null) => void;
}

/** Watches the producer of these images by what it leaves in the memory, for it tells nothing itself. */
export function watchProducer(
  images: GenericImageBufferManager,
  { onGone, onProblem }: ProducerEvents,
): Closable {
  /** What the last look found, and what was told. */
  let seen: string | null = null;
  let told: string | null = null;
  const look = () => {
    if (images.producerGone) {
      clearInterval(timer);
      log.info`The program that wrote the frames has ended.`;
      onGone();
      return;
    }
    const problem = images.newestFrame === null && images.problem !== NO_FRAME_YET ? images.problem : null;
    // Two looks in a row find a problem, maybe not the same: one look may meet a frame in the making, and an index that only grows is
    // another problem each time.
    if (problem !== told && (problem === null || seen !== null)) {
      if (problem !== null && told === null) log.warning`The frames can not be read: ${problem}.`;
      told = problem;
      onProblem(problem);
    }
    seen = problem;
  };
  const timer = setInterval(
    guarded("The program that writes the frames could not be watched", look),
    LOOK_MS,
  );
  timer.unref();
  return { close: () => clearInterval(timer) };
}
