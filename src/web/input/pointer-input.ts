import { fractionOf, type Point, type Rect } from "../view/geometry.ts";
import type { KeySteering } from "./key-steering.ts";
import type { Modifiers, MouseButton, Steering } from "./steering.ts";
import { type GestureAction, TouchGesture } from "./touch-gesture.ts";
import { wheelPixels } from "./wheel.ts";
import type { WheelCapture } from "./wheel-capture.ts";

/** Bits of MouseEvent.buttons, by button. */
const BUTTON_BITS: Record<MouseButton, number> = { 0: 1, 1: 4, 2: 2 };

/**
 * Steers by mouse, pen, touch and wheel on the element that shows the view. The pointer is captured while a button or finger is
 * down, so a drag may leave the window. If the release is never received (lost capture, window blurred, page hidden), the drag is
 * released here.
 *
 * Browsers delay `pointermove` until the next paint, by 8 ms on average. `pointerrawupdate`, which some browsers have in secure
 * contexts, is not delayed.
 */
export class PointerInput {
  readonly #element: HTMLElement;
  readonly #steering: Steering;
  readonly #keys: KeySteering;
  readonly #wheelCapture: WheelCapture | null;
  readonly #viewRect: () => Rect;
  readonly #controlDown: () => boolean;
  readonly #gesture = new TouchGesture();
  /** `timeStamp` of the newest move that was handled. */
  #lastMoveAt = 0;

  /**
   * @param options.keys the keyboard controls: while they drag, pointer moves are ignored; a pointer press ends their drag
   * @param options.wheelCapture decides which wheel events zoom the view; null for all
   * @param options.viewRect the view's rectangle in the window, CSS px
   * @param options.controlDown whether the Control key is down, see {@link wheelPixels}
   */
  constructor(options: {
    element: HTMLElement;
    steering: Steering;
    keys: KeySteering;
    wheelCapture: WheelCapture | null;
    viewRect: () => Rect;
    controlDown: () => boolean;
  }) {
    this.#element = options.element;
    this.#steering = options.steering;
    this.#keys = options.keys;
    this.#wheelCapture = options.wheelCapture;
    this.#viewRect = options.viewRect;
    this.#controlDown = options.controlDown;
    this.#listen();
  }

  #listen(): void {
    const element = this.#element;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerrawupdate", (event) => {
      if (event instanceof PointerEvent && event.pointerType !== "touch") this.#steer(event);
    });
    element.addEventListener("pointerup", (event) => this.#up(event));
    for (const type of ["pointercancel", "lostpointercapture"] as const) {
      element.addEventListener(type, (event) => this.#lost(event));
    }
    // On the document: ctrl+wheel or a pinch of a trackpad over the buttons would zoom the page.
    document.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    // mousedown: the middle button would start autoscroll, the left one a selection.
    for (const type of ["mousedown", "contextmenu", "dragstart", "auxclick"] as const) {
      element.addEventListener(type, (event) => event.preventDefault());
    }
    element.addEventListener("blur", () => {
      // The element stays the active one when only the window loses the focus.
      if (document.activeElement !== element) element.classList.remove("clicked");
    });
    // On the document, to include the buttons.
    document.addEventListener("pointerdown", () => this.#wheelCapture?.onClick());
    document.addEventListener("pointerover", (event) =>
      this.#wheelCapture?.onPointerMove(event, event.timeStamp),
    );
    document.addEventListener("pointermove", (event) =>
      this.#wheelCapture?.onPointerMove(event, event.timeStamp),
    );
    document.documentElement.addEventListener("pointerleave", () => this.#wheelCapture?.onPointerLeave());
    window.addEventListener("blur", () => {
      this.#wheelCapture?.onBlur();
      this.releaseAll();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.releaseAll();
    });
  }

  /** Ends all drags at the last pointer position. */
  releaseAll(): void {
    this.#keys.end(toEpochMs(performance.now()));
    this.#apply(this.#gesture.cancel(), { ctrl: false, shift: false }, toEpochMs(performance.now()));
    this.#steering.releaseAll(toEpochMs(performance.now()));
  }

  #down(event: PointerEvent): void {
    // Suppresses the focus ring, which Chromium shows on an element focused by script, as if by keyboard.
    this.#element.classList.add("clicked");
    this.#element.focus({ preventScroll: true });
    this.#keys.end(toEpochMs(event.timeStamp));
    this.#element.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      this.#apply(
        this.#gesture.down(event.pointerId, pointOf(event)),
        modifiersOf(event),
        toEpochMs(event.timeStamp),
      );
      return;
    }
    const button = buttonOf(event.button);
    if (button !== undefined) this.#press(button, event);
  }

  #move(event: PointerEvent): void {
    if (event.pointerType === "touch") {
      this.#apply(
        this.#gesture.move(event.pointerId, pointOf(event)),
        modifiersOf(event),
        toEpochMs(event.timeStamp),
      );
      return;
    }
    if (this.#keys.isDragging) return;
    // While a button is down, presses of others and all releases but the last are moves (Pointer Events, "chorded buttons").
    const changed = buttonOf(event.button);
    if (changed !== undefined && (event.buttons & BUTTON_BITS[changed]) !== 0) this.#press(changed, event);
    this.#releaseMissing(event);
    this.#steer(event);
  }

  /** Handles a move, unless it or a newer one was handled before: each is received as `pointerrawupdate` and `pointermove`. */
  #steer(event: PointerEvent): void {
    if (event.timeStamp <= this.#lastMoveAt || this.#keys.isDragging) return;
    this.#lastMoveAt = event.timeStamp;
    this.#steering.move(this.#at(event), modifiersOf(event), toEpochMs(event.timeStamp));
  }

  #up(event: PointerEvent): void {
    if (event.pointerType === "touch") {
      this.#apply(this.#gesture.up(event.pointerId), modifiersOf(event), toEpochMs(event.timeStamp));
    } else {
      this.#releaseMissing(event);
    }
  }

  #lost(event: PointerEvent): void {
    if (event.pointerType === "touch") {
      this.#apply(this.#gesture.up(event.pointerId), modifiersOf(event), toEpochMs(event.timeStamp));
    } else {
      this.#steering.releaseAll(toEpochMs(event.timeStamp));
    }
  }

  #wheel(event: WheelEvent): void {
    if (event.target instanceof Element && event.target.closest("dialog") !== null) return;
    if (this.#wheelCapture?.captures(event, event.timeStamp) === false) return;
    event.preventDefault();
    this.#steering.wheel(wheelPixels(event, this.#controlDown()), toEpochMs(event.timeStamp));
  }

  #press(button: MouseButton, event: PointerEvent): void {
    this.#steering.press(button, this.#at(event), modifiersOf(event), toEpochMs(event.timeStamp));
  }

  #releaseMissing(event: PointerEvent): void {
    for (const button of this.#steering.buttonsDown) {
      if ((event.buttons & BUTTON_BITS[button]) !== 0) continue;
      this.#steering.release(button, this.#at(event), modifiersOf(event), toEpochMs(event.timeStamp));
    }
  }

  #apply(actions: readonly GestureAction[], modifiers: Modifiers, timeMs: number): void {
    const rect = this.#viewRect();
    for (const action of actions) {
      if (action.do === "wheel") this.#steering.wheel(action.delta, timeMs);
      else if (action.do === "move") this.#steering.move(fractionOf(rect, action.at), modifiers, timeMs);
      else this.#steering[action.do](action.button, fractionOf(rect, action.at), modifiers, timeMs);
    }
  }

  #at(event: PointerEvent): Point {
    return fractionOf(this.#viewRect(), pointOf(event));
  }
}

/** Converts `performance.now()` to ms since 1970. The fraction is kept, so that no two events have the same time stamp. */
export function toEpochMs(timeStamp: number): number {
  return performance.timeOrigin + timeStamp;
}

function pointOf(event: PointerEvent): Point {
  return { x: event.clientX, y: event.clientY };
}

function modifiersOf(event: PointerEvent): Modifiers {
  return { ctrl: event.ctrlKey, shift: event.shiftKey };
}

function buttonOf(button: number): MouseButton | undefined {
  return button === 0 || button === 1 || button === 2 ? button : undefined;
}
