import { byId } from "../dom.ts";
import { readHintSeen, writeHintSeen } from "../storage.ts";

const MOUSE_HINT = "Drag to rotate, wheel to zoom, Shift and drag to pan, ? for all keys";
const TOUCH_HINT = "Drag to rotate, two fingers to pan, pinch to zoom";
/** Duration of its disappearance, ms. */
const FADE_MS = 250;

/** How to move the view, in one line: shown to a person who has never moved one in this browser, until the first input. */
export class FirstUseHint {
  readonly #element = byId("hint", HTMLParagraphElement);

  constructor() {
    if (readHintSeen()) {
      this.#element.remove();
      return;
    }
    this.#element.textContent = matchMedia("(pointer: coarse)").matches ? TOUCH_HINT : MOUSE_HINT;
    const done = new AbortController();
    const finish = () => {
      done.abort();
      writeHintSeen();
      this.#element.classList.add("gone");
      setTimeout(() => this.#element.remove(), FADE_MS);
    };
    for (const type of ["pointerdown", "wheel", "keydown"]) {
      window.addEventListener(type, finish, { signal: done.signal, passive: true, capture: true });
    }
  }

  /** Whether there is a picture, and this viewer may move it. */
  set isUseful(isUseful: boolean) {
    this.#element.hidden = !isUseful;
  }
}
