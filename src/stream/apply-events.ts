import { getLogger } from "@logtape/logtape";
import { type EventQueue, QueueLockedError } from "../memory/event-queue.ts";
import { decodeEvent, EVENT, type EventRow, type SceneEvent } from "../memory/event-row.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { SharedMemoryError } from "../native/errors.ts";
import { throwUncaught } from "../native/guarded.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { MAX_SIZE } from "../scene/show-options.ts";

const log = getLogger(["scenecast", "stream"]);

/** The part of a ShowManager that is needed to steer it. */
export type SteeredShow = Pick<
  ShowManager,
  "style" | "size" | "resize" | "render" | "emitKey" | "emitPointer"
>;

/** The part of a queue that is needed to dequeue its events. */
export type EventConsumerQueue = Pick<EventQueue, "isEmpty" | "maxSize" | "dequeue">;

export interface ApplyEventsOptions {
  /** Whether to render the show, once, if the events changed the view. Default true. */
  renderAfter?: boolean | undefined;
  /**
   * The image of the show's frames: a resize is limited to it, and is done only if there is memory for it. While events
   * are applied, its `hasPendingRender` is true.
   */
  image?: SharedImage | undefined;
}

/** Result of {@link applyEvents}. */
export interface AppliedEvents {
  /** Number of events, including moves that were superseded by a newer one. */
  readonly events: number;
  /** Time stamp of the newest event, ms by its sender's clock; null if there was none. */
  readonly newestTimestamp: number | null;
  /** Whether the camera was moved or the size changed, so that the view must be rendered. */
  readonly changed: boolean;
}

/**
 * Dequeues all events and applies them to the show as VTK's trackball camera does. Of consecutive moves only the
 * newest is applied; events of unknown kinds are ignored. An error thrown by a listener of the show becomes an uncaught
 * exception, and the other events are still applied.
 * @throws QueueLockedError if another process keeps the queue locked; the events then stay in it.
 */
export function applyEvents(
  queue: EventConsumerQueue,
  show: SteeredShow,
  { renderAfter = true, image }: ApplyEventsOptions = {},
): AppliedEvents {
  if (queue.isEmpty) return { events: 0, newestTimestamp: null, changed: false };
  // Set before the queue is empty, so that a reader that waits for the frame after these events sees one or the other.
  const wasPending = image?.hasPendingRender ?? false;
  if (image) image.hasPendingRender = true;
  try {
    const { rows, events } = dequeueAll(queue);
    let newestTimestamp: number | null = null;
    let changed = false;
    for (const event of rows.map(decodeEvent)) {
      if (event === null) continue;
      newestTimestamp = event.timestamp;
      try {
        changed = apply(event, show, image) || changed;
        emitInput(event, show);
      } catch (error) {
        throwUncaught(error);
        changed = true;
      }
    }
    if (changed && renderAfter) show.render();
    return { events, newestTimestamp, changed };
  } finally {
    if (image) image.hasPendingRender = wasPending;
  }
}

/** Dequeues all rows. Returns them without superseded moves, and their number with these. */
function dequeueAll(queue: EventConsumerQueue): { rows: EventRow[]; events: number } {
  const rows: EventRow[] = [];
  let events = 0;
  // At most as many as the queue holds: a server that enqueues as fast as events are dequeued must not prevent rendering.
  for (; events < queue.maxSize; events++) {
    const row = dequeueOne(queue, events);
    if (row === null) break;
    if (row[0] === EVENT.mouseMove && rows.at(-1)?.[0] === EVENT.mouseMove) rows.pop();
    rows.push(row);
  }
  return { rows, events };
}

/** Dequeues a row. Null also if the queue is locked after some rows were dequeued: those are applied. */
function dequeueOne(queue: EventConsumerQueue, dequeued: number): EventRow | null {
  try {
    return queue.dequeue();
  } catch (error) {
    if (dequeued > 0 && error instanceof QueueLockedError) return null;
    throw error;
  }
}

/** @returns whether the event moved the camera or changed the size */
function apply(event: SceneEvent, show: SteeredShow, image: SharedImage | undefined): boolean {
  const { style } = show;
  switch (event.type) {
    case "wheel":
      return style.onWheel(event.deltaY, event);
    case "mouseMove":
      return style.onMouseMove(event.x, event.y, event);
    case "mousePress":
      return style.onButtonPress(event.button, event.x, event.y, event);
    case "mouseRelease":
      return style.onButtonRelease(event.button, event.x, event.y, event);
    case "keyDown":
      return style.onKeyPress(event.key, event);
    case "resize":
      return tryResize(show, event.width * event.pixelRatio, event.height * event.pixelRatio, image);
    default:
      return false;
  }
}

/** Passes an event to the listeners of the show. */
function emitInput(event: SceneEvent, show: SteeredShow): void {
  if (!("ctrl" in event) || event.type === "wheel" || event.type === "doubleClick") return;
  const { ctrl, shift, alt, meta } = event;
  const modifiers = { ctrl, shift, alt, meta };
  switch (event.type) {
    case "keyDown":
    case "keyUp":
      show.emitKey({
        ...{ type: event.type === "keyDown" ? "down" : "up", key: event.key, repeat: event.repeat },
        ...modifiers,
      });
      break;
    case "mouseMove":
      show.emitPointer({ type: "move", x: event.x, y: event.y, ...modifiers });
      break;
    case "mousePress":
    case "mouseRelease":
      show.emitPointer({
        ...{ type: event.type === "mousePress" ? "down" : "up", button: event.button },
        ...{ x: event.x, y: event.y },
        ...modifiers,
      });
  }
}

function tryResize(show: SteeredShow, width: number, height: number, image: SharedImage | undefined) {
  try {
    return resizeShow(show, width, height, image);
  } catch (error) {
    if (!(error instanceof SharedMemoryError)) throw error;
    log.warning`The view keeps its size: ${error.message}`;
    return false;
  }
}

/**
 * Resizes a show to this size in px, or to the largest of the same aspect ratio that its image holds.
 * @returns whether its size changed
 * @throws SharedMemoryError if there is no memory for the frames; the size is then as before.
 */
export function resizeShow(
  show: Pick<ShowManager, "size" | "resize">,
  width: number,
  height: number,
  image: SharedImage | undefined,
): boolean {
  const [maxWidth, maxHeight] = image?.maxWindowSize ?? [MAX_SIZE, MAX_SIZE];
  const size = boundedSize(width, height, maxWidth * maxHeight, MAX_SIZE);
  if (size[0] === show.size[0] && size[1] === show.size[1]) return false;
  image?.reserve(...size);
  show.resize(...size);
  return true;
}

/**
 * The size in px at which a window is rendered: its own size, rounded, or less with the same aspect ratio if it has more
 * than `maxPixels` pixels or a side longer than `maxSide`; at least 1x1.
 */
export function boundedSize(
  width: number,
  height: number,
  maxPixels: number,
  maxSide: number,
): [width: number, height: number] {
  const [roundedWidth, roundedHeight] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
  const scale = Math.min(
    1,
    Math.sqrt(maxPixels / (roundedWidth * roundedHeight)),
    maxSide / Math.max(roundedWidth, roundedHeight),
  );
  // The short side of a very narrow window cannot shrink below 1 px, so that the long side is limited by maxPixels too.
  const limit = Math.min(maxSide, maxPixels);
  const side = (value: number) => Math.min(limit, Math.max(1, Math.floor(value * scale)));
  return [side(roundedWidth), side(roundedHeight)];
}
