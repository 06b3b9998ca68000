import { EVENT, type EVENT_CAPABILITY } from "./layout.generated.ts";

export { EVENT };

/** float64 values in an event row: the dimension of FURY's queue. */
export const EVENT_DIMENSION = 8;

/** Which events beyond FURY's eight a renderer handles. */
export type EventCapabilities = Record<keyof typeof EVENT_CAPABILITY, boolean>;

/** The capabilities of a plain FURY consumer: its eight events and no others. */
export const NO_EXTRA_EVENTS: Readonly<EventCapabilities> = {
  resize: false,
  keys: false,
  doubleClick: false,
};

/** Whether a renderer with these capabilities accepts this event id. FURY's consumer raises an exception on ids above 8. */
export function acceptsEvent(capabilities: EventCapabilities, id: number): boolean {
  if (id >= EVENT.wheel && id <= EVENT.rightRelease) return true;
  if (id === EVENT.resize) return capabilities.resize;
  if (id === EVENT.keyDown || id === EVENT.keyUp) return capabilities.keys;
  return id === EVENT.doubleClick && capabilities.doubleClick;
}
