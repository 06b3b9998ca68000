import type { SharedImage } from "../memory/shared-image.ts";
import {
  type AppliedEvents,
  type ApplyEventsOptions,
  applyEvents,
  type EventConsumerQueue,
  type SteeredShow,
} from "../stream/apply-events.ts";

export type { AppliedEvents };

export interface InteractionCallbackOptions extends Pick<ApplyEventsOptions, "renderAfter"> {
  /**
   * The buffers of the show's stream client: a resize is limited to them, and is done only if there is memory for it.
   */
  imageBufferManager?: SharedImage | undefined;
}

/**
 * FURY's interaction_callback: {@link applyEvents} with FURY's name.
 * @throws QueueLockedError if another process keeps the queue locked; the events then stay in it.
 */
export function interactionCallback(
  circularQueue: EventConsumerQueue,
  showManager: SteeredShow,
  { renderAfter, imageBufferManager: image }: InteractionCallbackOptions = {},
): AppliedEvents {
  return applyEvents(circularQueue, showManager, { renderAfter, image });
}
