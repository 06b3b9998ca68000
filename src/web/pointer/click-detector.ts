import { distanceBetween, type Point } from "../view/geometry.ts";

/** Limits of a click: a longer press, or one that moves farther, steers the view. A finger is less steady than a mouse. */
const MAX_MOVE_PX = { mouse: 5, touch: 10 } as const;
const MAX_PRESS_MS = 600;

export interface Click {
  readonly at: Point;
  readonly pointer: "mouse" | "touch";
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
    const limit = MAX_MOVE_PX[kindOf(event)];
    if (press?.id === event.pointerId && distanceBetween(press.at, pointOf(event)) > limit) press = null;
  });
  element.addEventListener("pointercancel", () => {
    press = null;
  });
  element.addEventListener("pointerup", (event) => {
    const started = press;
    press = null;
    if (started?.id !== event.pointerId || event.timeStamp - started.time > MAX_PRESS_MS) return;
    onClick({ at: pointOf(event), pointer: kindOf(event) });
  });
}

function kindOf({ pointerType }: PointerEvent): Click["pointer"] {
  return pointerType === "touch" ? "touch" : "mouse";
}

export function pointOf({ clientX: x, clientY: y }: MouseEvent): Point {
  return { x, y };
}
