/**
 * The ids of input events, word 0 of an event row. 1 to 8 are FURY's; its consumer raises on any other, so the ids from
 * 9 on go only to consumers that declare them ({@link EVENT_CAPABILITY} in the info segment's extension).
 */
export const EVENT = {
  wheel: 1,
  mouseMove: 2,
  leftPress: 3,
  leftRelease: 4,
  middlePress: 5,
  middleRelease: 6,
  rightPress: 7,
  rightRelease: 8,
  /** The viewer's window has another size. Needs {@link EVENT_CAPABILITY.resize}. */
  resize: 9,
  /** Needs {@link EVENT_CAPABILITY.keys}. */
  keyDown: 10,
  /** Needs {@link EVENT_CAPABILITY.keys}. */
  keyUp: 11,
  /** Needs {@link EVENT_CAPABILITY.doubleClick}. */
  doubleClick: 12,
} as const;

/** float64 values in an event row: the dimension of FURY's queue. */
export const EVENT_DIMENSION = 8;

/** Bits with which a consumer declares the events beyond FURY's eight that it takes. */
export const EVENT_CAPABILITY = { resize: 1, keys: 2, doubleClick: 4 } as const;

/** Which events beyond FURY's eight a consumer takes. */
export interface EventCapabilities {
  resize: boolean;
  keys: boolean;
  doubleClick: boolean;
}

/** What a plain FURY consumer takes: its eight events and nothing else. */
export const NO_EXTRA_EVENTS: Readonly<EventCapabilities> = {
  resize: false,
  keys: false,
  doubleClick: false,
};

/** Whether a consumer that takes these events may be sent this id. */
export function acceptsEvent(takes: EventCapabilities, id: number): boolean {
  if (id >= EVENT.wheel && id <= EVENT.rightRelease) return true;
  if (id === EVENT.resize) return takes.resize;
  if (id === EVENT.keyDown || id === EVENT.keyUp) return takes.keys;
  return id === EVENT.doubleClick && takes.doubleClick;
}
