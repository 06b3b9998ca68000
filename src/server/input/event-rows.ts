import type { Size } from "../../encode/frame.ts";
import {
  acceptsEvent,
  type EventCapabilities,
  type EventRow,
  encodeEvent,
  furyRow,
  knowsExtension,
  type MouseButton,
  type SceneEvent,
} from "../../memory/event-row.ts";
import { keyCode } from "../../memory/key-codes.ts";
import type { EventMessage, FuryMessage, Modifier } from "../../protocol/client-messages.ts";

/** jupyter_rfb's buttons to FURY's: left 1 -> 0, right 2 -> 2, middle 3 -> 1. */
const FURY_BUTTON: Record<1 | 2 | 3, MouseButton> = { 1: 0, 2: 2, 3: 1 };

/**
 * The event row of a viewer's message.
 * @param size size to which the message's coordinates refer, in logical px: the size of the viewer's window
 * @returns null for an event beyond FURY's eight that the renderer does not accept, and for a key without a code
 */
export function eventRow(
  message: FuryMessage | EventMessage,
  size: Size,
  capabilities: EventCapabilities,
): EventRow | null {
  const event = "event_type" in message ? rfbEvent(message, size) : furyEvent(message);
  if ((event.type === "keyDown" || event.type === "keyUp") && keyCode(event.key) === null) return null;
  const row = encodeEvent(event);
  if (!acceptsEvent(capabilities, row[0] ?? 0)) return null;
  return knowsExtension(capabilities) ? row : furyRow(row);
}

function furyEvent(message: FuryMessage): SceneEvent {
  const modifiers = {
    ctrl: Boolean(message.ctrlKey),
    shift: Boolean(message.shiftKey),
    alt: Boolean(message.altKey),
    meta: Boolean(message.metaKey),
    timestamp: message.timestampInMs,
  };
  if (message.type === "weel") {
    return { type: "wheel", deltaX: message.deltaX ?? 0, deltaY: message.deltaY, ...modifiers };
  }
  const position = { x: message.x, y: message.y, ...modifiers };
  if (message.type === "mouseMove") return { type: "mouseMove", ...position };
  return { type: message.on ? "mousePress" : "mouseRelease", button: message.mouseButton, ...position };
}

function rfbEvent(message: EventMessage, size: Size): SceneEvent {
  // The page compares `frame.eventMs` with exactly this product (protocol/server-messages.ts).
  const timestamp = (message.time_stamp ?? 0) * 1000;
  if (message.event_type === "resize") {
    const { width, height } = message;
    return { type: "resize", width, height, pixelRatio: message.pixel_ratio, timestamp };
  }
  const hasModifier = (modifier: Modifier) => message.modifiers?.includes(modifier) ?? false;
  const modifiers = {
    ctrl: hasModifier("Control"),
    shift: hasModifier("Shift"),
    alt: hasModifier("Alt"),
    meta: hasModifier("Meta"),
    timestamp,
  };
  switch (message.event_type) {
    case "key_down":
    case "key_up":
      return {
        type: message.event_type === "key_down" ? "keyDown" : "keyUp",
        key: message.key,
        repeat: false,
        ...modifiers,
      };
    case "wheel":
      return { type: "wheel", deltaX: message.dx ?? 0, deltaY: message.dy, ...modifiers };
  }
  const position = { x: message.x / size.width, y: message.y / size.height, ...modifiers };
  if (message.event_type === "pointer_move") return { type: "mouseMove", ...position };
  const button = FURY_BUTTON[(message.button || 1) as 1 | 2 | 3];
  switch (message.event_type) {
    case "pointer_down":
      return { type: "mousePress", button, ...position };
    case "pointer_up":
      return { type: "mouseRelease", button, ...position };
    case "double_click":
      return { type: "doubleClick", button, ...position };
  }
}
