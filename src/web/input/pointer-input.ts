import { fractionOf, type Point, type Rect } from "../view/geometry.ts";
import type { KeySteering } from "./key-steering.ts";
import { type Modifiers, type MouseButton, NO_MODIFIERS, type Steering } from "./steering.ts";
import { type GestureAction, TouchGesture } from "./touch-gesture.ts";
import { type WheelCapture, wheelTurn } from "./wheel.ts";

/** Bits of MouseEvent.buttons, by button. */
const BUTTON_BITS: Record<MouseButton, number> = { 0: 1, 1: 4, 2: 2 };

/**
 * Steers by mouse, pen, touch and wheel on the element that shows the view. The pointer is captured while a button or finger is
 * down, so a drag may leave the window. If the release is never received (lost capture, window blurred, page hidden), the drag is
 * released here.
 *
 * Browsers delay `pointermove` until the next paint, by 8 ms on average. `pointerrawupdate`, which some browsers have in secure
 * contexts, is not delayed.
 *
 * @param options.keys the keyboard controls: while they drag, pointer moves are ignored; a pointer press ends their drag
 * @param options.wheelCapture decides which wheel events zoom the view; null for all
 * @param options.viewRect the view's rectangle in the window, CSS px
 * @param options.isControlDown whether the Control key is down, see {@link wheelTurn}
 */
export function steerByPointer(options: {
  element: HTMLElement;
  steering: Steering;
  keys: KeySteering;
  wheelCapture: WheelCapture | null;
  viewRect: () => Rect;
  isControlDown: () => boolean;
}): void {
  const { element, steering, keys, wheelCapture, viewRect, isControlDown } = options;
  const gesture = new TouchGesture();
  /** `timeStamp` of the newest move that was handled. */
  let lastMoveAt = 0;

  const pointOnView = (event: PointerEvent) => fractionOf(viewRect(), pointOf(event));

  const apply = (actions: readonly GestureAction[], modifiers: Modifiers, timeMs: number) => {
    const rect = viewRect();
    for (const action of actions) {
      if (action.do === "wheel") steering.wheel({ deltaX: 0, deltaY: action.delta }, modifiers, timeMs);
      else if (action.do === "move") steering.move(fractionOf(rect, action.at), modifiers, timeMs);
      else steering[action.do](action.button, fractionOf(rect, action.at), modifiers, timeMs);
    }
  };

  /** Handles a touch event by the gesture. @returns false for mouse and pen */
  const applyTouch = (event: PointerEvent, change: "down" | "move" | "up") => {
    if (event.pointerType !== "touch") return false;
    const actions = gesture[change](event.pointerId, pointOf(event));
    apply(actions, modifiersOf(event), toEpochMs(event.timeStamp));
    return true;
  };

  const releaseAll = () => {
    const now = toEpochMs(performance.now());
    keys.end(now);
    apply(gesture.cancel(), NO_MODIFIERS, now);
    steering.releaseAll(now);
  };

  const press = (button: MouseButton, event: PointerEvent) =>
    steering.press(button, pointOnView(event), modifiersOf(event), toEpochMs(event.timeStamp));

  const releaseMissing = (event: PointerEvent) => {
    for (const button of steering.buttonsDown) {
      if ((event.buttons & BUTTON_BITS[button]) !== 0) continue;
      steering.release(button, pointOnView(event), modifiersOf(event), toEpochMs(event.timeStamp));
    }
  };

  /** Handles a move, unless it or a newer one was handled before: each is received as `pointerrawupdate` and `pointermove`. */
  const steer = (event: PointerEvent) => {
    if (event.timeStamp <= lastMoveAt || keys.isDragging) return;
    lastMoveAt = event.timeStamp;
    steering.move(pointOnView(event), modifiersOf(event), toEpochMs(event.timeStamp));
  };

  element.addEventListener("pointerdown", (event) => {
    // Suppresses the focus ring, which Chromium shows on an element focused by script, as if by keyboard.
    element.classList.add("clicked");
    element.focus({ preventScroll: true });
    keys.end(toEpochMs(event.timeStamp));
    element.setPointerCapture(event.pointerId);
    if (applyTouch(event, "down")) return;
    const button = buttonOf(event.button);
    if (button !== undefined) press(button, event);
  });
  element.addEventListener("pointermove", (event) => {
    if (applyTouch(event, "move") || keys.isDragging) return;
    // While a button is down, presses of others and all releases but the last are moves (Pointer Events, "chorded buttons").
    const changed = buttonOf(event.button);
    if (changed !== undefined && (event.buttons & BUTTON_BITS[changed]) !== 0) press(changed, event);
    releaseMissing(event);
    steer(event);
  });
  element.addEventListener("pointerrawupdate", (event) => {
    if (event instanceof PointerEvent && event.pointerType !== "touch") steer(event);
  });
  element.addEventListener("pointerup", (event) => {
    if (!applyTouch(event, "up")) releaseMissing(event);
  });
  for (const type of ["pointercancel", "lostpointercapture"] as const) {
    element.addEventListener(type, (event) => {
      if (!applyTouch(event, "up")) steering.releaseAll(toEpochMs(event.timeStamp));
    });
  }
  // On the document: ctrl+wheel or a pinch of a trackpad over the buttons would zoom the page.
  document.addEventListener(
    "wheel",
    (event) => {
      if (event.target instanceof Element && event.target.closest("dialog") !== null) return;
      if (wheelCapture?.captures(event, event.timeStamp) === false) return;
      event.preventDefault();
      // Browsers report a pinch with Control, which is not down.
      const modifiers = { ...modifiersOf(event), ctrl: event.ctrlKey && isControlDown() };
      steering.wheel(wheelTurn(event, isControlDown()), modifiers, toEpochMs(event.timeStamp));
    },
    { passive: false },
  );
  // mousedown: the middle button would start autoscroll, the left one a selection.
  for (const type of ["mousedown", "contextmenu", "dragstart", "auxclick"] as const) {
    element.addEventListener(type, (event) => event.preventDefault());
  }
  element.addEventListener("blur", () => {
    // The element stays the active one when only the window loses the focus.
    if (document.activeElement !== element) element.classList.remove("clicked");
  });
  window.addEventListener("blur", releaseAll);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) releaseAll();
  });
}

/** Converts `performance.now()` to ms since 1970. The fraction is kept, so that no two events have the same time stamp. */
export function toEpochMs(timeStamp: number): number {
  return performance.timeOrigin + timeStamp;
}

function pointOf(event: PointerEvent): Point {
  return { x: event.clientX, y: event.clientY };
}

function modifiersOf(event: MouseEvent): Modifiers {
  return { ctrl: event.ctrlKey, shift: event.shiftKey, alt: event.altKey, meta: event.metaKey };
}

function buttonOf(button: number): MouseButton | undefined {
  return button === 0 || button === 1 || button === 2 ? button : undefined;
}
