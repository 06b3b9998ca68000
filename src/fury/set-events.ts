import type { EventQueue } from "../memory/event-queue.ts";
import { NO_EXTRA_EVENTS } from "../memory/event-row.ts";
import { checkClientMessage } from "../protocol/client-message-schema.ts";
import type {
  FuryMessage,
  FuryMouseClickMessage,
  FuryMouseMoveMessage,
  FuryWheelMessage,
} from "../protocol/client-messages.ts";
import { eventRow } from "../server/input/event-rows.ts";

/** FURY's events are not scaled: their positions are fractions already. */
const UNSCALED = { width: 1, height: 1 };

/**
 * FURY's set_weel: enqueues a wheel event, as the server does with a message of that form.
 * @returns false if it was not enqueued: a field is missing, not a finite number or out of range (see
 *   protocol/limits.ts), or the queue is full.
 * @throws RangeError for a queue whose rows do not have the 8 values of an event; QueueLockedError and MemoryLayoutError
 *   as {@link EventQueue.enqueue}.
 */
export function setWheel(data: Omit<FuryWheelMessage, "type">, circularQueue: EventQueue): boolean {
  return enqueue({ ...data, type: "weel" }, circularQueue);
}

/** FURY's set_mouse: enqueues a mouse move. See {@link setWheel}. */
export function setMouse(data: Omit<FuryMouseMoveMessage, "type">, circularQueue: EventQueue): boolean {
  return enqueue({ ...data, type: "mouseMove" }, circularQueue);
}

/**
 * FURY's set_mouse_click: enqueues a press (`on` 1) or release (0) of a button. A button other than 0, 1, 2, and ctrl or
 * shift other than 0, 1, are refused too. See {@link setWheel}.
 */
export function setMouseClick(data: Omit<FuryMouseClickMessage, "type">, circularQueue: EventQueue): boolean {
  return enqueue({ ...data, type: "mouseLeftClick" }, circularQueue);
}

function enqueue(data: FuryMessage, queue: EventQueue): boolean {
  const checked = checkClientMessage(data);
  if (!checked.ok) return false;
  const row = eventRow(checked.message as FuryMessage, UNSCALED, NO_EXTRA_EVENTS);
  return row !== null && queue.enqueue(row);
}
