import { getLogger } from "@logtape/logtape";
import { EVENT } from "../memory/event-ids.ts";
import { type EventQueue, QueueLockedError } from "../memory/event-queue.ts";
import { decodeEvent, type EventRow, type SceneEvent } from "../memory/event-row.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { SharedMemoryError } from "../native/errors.ts";
import { throwUncaught } from "../native/uncaught.ts";
import { MAX_SIZE, type ShowManager } from "../scene/show-manager.ts";
import { boundedSize } from "./bounded-size.ts";

const log = getLogger(["scenecast", "stream"]);

/** What is needed of a ShowManager to steer it. */
export type SteeredShow = Pick<ShowManager, "style" | "size" | "resize" | "render">;

/** What is needed of a queue to empty it. */
export type EventConsumerQueue = Pick<EventQueue, "isEmpty" | "maxSize" | "dequeue">;

export interface ApplyEventsOptions {
  /** Whether to render the show, once, where the events changed what is seen. Default true. */
  renderAfter?: boolean;
  /**
   * The buffers of the show's stream client: a change of size stays within them, and is made only where there is memory
   * for it. While events are applied, they say that a frame is due.
   */
  imageBufferManager?: SharedImage | undefined;
}

/** What became of the events in a queue. */
export interface AppliedEvents {
  /** How many there were, moves that a newer one took the place of included. */
  readonly events: number;
  /** Time stamp of the newest one, ms by its sender's clock; null where none has one. */
  readonly newestTimestamp: number | null;
  /** Whether the camera was moved or the size changed: the picture is to look different. */
  readonly changed: boolean;
}

/**
 * FURY's interaction_callback: takes what is in the queue, and applies it to the show as VTK's trackball camera does. Of
 * moves that came one after the other only the newest is applied. An event of no known kind is passed over. An error that
 * a listener of the show throws is an uncaught exception, and keeps no other event from being applied.
 * @throws QueueLockedError when another process keeps the queue locked; the events are then still in it.
 */
export function applyEvents(
  circularQueue: EventConsumerQueue,
  showManager: SteeredShow,
  options: ApplyEventsOptions = {},
): AppliedEvents {
  if (circularQueue.isEmpty) return { events: 0, newestTimestamp: null, changed: false };
  const { renderAfter = true, imageBufferManager: manager } = options;
  // Before the queue is empty, so that whoever waits for the picture after these events sees one or the other.
  const wasDue = manager?.hasPendingRender ?? false;
  if (manager) manager.hasPendingRender = true;
  try {
    const { rows, events } = takeAll(circularQueue);
    let newestTimestamp: number | null = null;
    let changed = false;
    for (const event of rows.map(decodeEvent)) {
      if (event === null) continue;
      newestTimestamp = event.timestamp;
      try {
        changed = apply(event, showManager, manager) || changed;
      } catch (error) {
        throwUncaught(error);
        changed = true;
      }
    }
    if (changed && renderAfter) showManager.render();
    return { events, newestTimestamp, changed };
  } finally {
    if (manager) manager.hasPendingRender = wasDue;
  }
}

/** The rows that are in the queue, of moves in a row the newest; and how many there were. */
function takeAll(queue: EventConsumerQueue): { rows: EventRow[]; events: number } {
  const rows: EventRow[] = [];
  let events = 0;
  // No more than a full queue: a server that fills it as fast as it is emptied must not keep us from rendering.
  for (; events < queue.maxSize; events++) {
    const row = takeOne(queue, events);
    if (row === null) break;
    if (row[0] === EVENT.mouseMove && rows.at(-1)?.[0] === EVENT.mouseMove) rows.pop();
    rows.push(row);
  }
  return { rows, events };
}

/** Where a few are taken already and the next cannot be, those few are applied all the same. */
function takeOne(queue: EventConsumerQueue, taken: number): EventRow | null {
  try {
    return queue.dequeue();
  } catch (error) {
    if (taken > 0 && error instanceof QueueLockedError) return null;
    throw error;
  }
}

/** Whether the event moved the camera or changed the size. */
function apply(event: SceneEvent, show: SteeredShow, manager: SharedImage | undefined): boolean {
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
      return tryResize(show, event.width * event.pixelRatio, event.height * event.pixelRatio, manager);
    default:
      return false;
  }
}

function tryResize(show: SteeredShow, width: number, height: number, manager: SharedImage | undefined) {
  try {
    return resizeShow(show, width, height, manager);
  } catch (error) {
    if (!(error instanceof SharedMemoryError)) throw error;
    log.warning`The picture keeps its size: ${error.message}`;
    return false;
  }
}

/**
 * Resizes a show to this size in px, or to the largest of the same aspect ratio that its buffers hold. Returns whether its size changed.
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
