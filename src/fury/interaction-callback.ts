import {
  type AppliedEvents,
  type ApplyEventsOptions,
  applyEvents,
  type EventConsumerQueue,
  type SteeredShow,
} from "../stream/apply-events.ts";

export type { AppliedEvents };

/** Options of {@link interactionCallback}. */
export type InteractionCallbackOptions = ApplyEventsOptions;

/**
 * FURY's interaction_callback: {@link applyEvents} with FURY's name.
 * @throws QueueLockedError if another process keeps the queue locked; the events then stay in it.
 */
export function interactionCallback(
  circularQueue: EventConsumerQueue,
  showManager: SteeredShow,
  options?: InteractionCallbackOptions,
): AppliedEvents {
  return applyEvents(circularQueue, showManager, options);
}
