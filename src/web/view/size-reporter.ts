import { LIMITS } from "../../protocol/limits.ts";

/** The size of the window's picture area, as the protocol's `resize` has it. */
export interface ViewSize {
  /** CSS px, whole numbers. */
  width: number;
  height: number;
  /** Device pixels per CSS px. */
  pixelRatio: number;
}

const SETTLE_MS = 100;

/** Tells the size of an element and the pixel ratio of its screen: 100 ms after the last change, and only what is new. */
export class SizeReporter {
  readonly #element: HTMLElement;
  readonly #report: (size: ViewSize) => void;
  #lastReported: ViewSize | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, report: (size: ViewSize) => void) {
    this.#element = element;
    this.#report = report;
    new ResizeObserver(() => this.#changed()).observe(element);
    this.#watchPixelRatio();
  }

  /** Tells the size now, whether it is new or not: the other end does not know it. */
  reportNow(): void {
    clearTimeout(this.#timer);
    this.#lastReported = undefined;
    this.#tell();
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), SETTLE_MS);
  }

  #tell(): void {
    const size: ViewSize = {
      width: Math.min(this.#element.clientWidth, LIMITS.resizePixels),
      height: Math.min(this.#element.clientHeight, LIMITS.resizePixels),
      pixelRatio: Math.min(window.devicePixelRatio, LIMITS.pixelRatio),
    };
    // A frame that is not laid out (a hidden notebook cell) has no size to render at.
    if (size.width < 1 || size.height < 1) return;
    const told = this.#lastReported;
    if (told?.width === size.width && told.height === size.height && told.pixelRatio === size.pixelRatio)
      return;
    this.#lastReported = size;
    this.#report(size);
  }

  /** A media query holds for one ratio only, so each change asks a new one. */
  #watchPixelRatio(): void {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = () => {
      this.#changed();
      this.#watchPixelRatio();
    };
    query.addEventListener("change", changed, { once: true });
  }
}
