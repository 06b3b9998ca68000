import { distanceBetween, type Point } from "../view/geometry.ts";

/** Limits of a click: a longer press, or one that moves farther, steers the view. */
const MAX_MOVE_PX = 5;
const MAX_PRESS_MS = 600;

export interface Click {
  readonly at: Point;
  readonly pointer: "mouse" | "touch";
  readonly modifiers: { readonly alt: boolean };
}

/** Calls back for clicks and taps on an element whose pointer events steer the view too. */
export function detectClicks(element: HTMLElement, onClick: (click: Click) => void): void {
  let press: { readonly id: number; readonly at: Point; readonly time: number } | null = null;
  element.addEventListener("pointerdown", (event) => {
    // A second finger makes a gesture of it.
    const isFirst = event.isPrimary && event.button === 0 && press === null;
    press = isFirst ? { id: event.pointerId, at: pointOf(event), time: event.timeStamp } : null;
  });
  element.addEventListener("pointermove", (event) => {
    if (press?.id === event.pointerId && distanceBetween(press.at, pointOf(event)) > MAX_MOVE_PX)
      press = null;
  });
  element.addEventListener("pointercancel", () => {
    press = null;
  });
  element.addEventListener("pointerup", (event) => {
    const started = press;
    press = null;
    if (started?.id !== event.pointerId || event.timeStamp - started.time > MAX_PRESS_MS) return;
    const pointer = event.pointerType === "touch" ? "touch" : "mouse";
    onClick({ at: pointOf(event), pointer, modifiers: { alt: event.altKey } });
  });
}

export function pointOf({ clientX: x, clientY: y }: MouseEvent): Point {
  return { x, y };
}
