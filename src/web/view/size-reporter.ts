import { MAX_PIXEL_RATIO, MAX_RESIZE_PIXELS } from "../../protocol/limits.ts";

/** Size of the view in the window, as in the protocol's `resize`. */
export interface ViewSize {
  /** CSS px, whole numbers. */
  width: number;
  height: number;
  /** Device pixels per CSS px. */
  pixelRatio: number;
}

const DEBOUNCE_MS = 100;

/** Reports the size of an element and its device pixel ratio when they change, 100 ms after the last change (debounced). */
export class SizeReporter {
  readonly #element: HTMLElement;
  readonly #report: (size: ViewSize) => void;
  #lastReported: ViewSize | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, report: (size: ViewSize) => void) {
    this.#element = element;
    this.#report = report;
    new ResizeObserver(() => this.#onChange()).observe(element);
    this.#watchPixelRatio();
  }

  /** Reports the size now, changed or not, to a server that does not know it. */
  reportNow(): void {
    clearTimeout(this.#timer);
    this.#lastReported = undefined;
    this.#reportChange();
  }

  #onChange(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reportChange(), DEBOUNCE_MS);
  }

  #reportChange(): void {
    const size: ViewSize = {
      width: Math.min(this.#element.clientWidth, MAX_RESIZE_PIXELS),
      height: Math.min(this.#element.clientHeight, MAX_RESIZE_PIXELS),
      pixelRatio: Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO),
    };
    // A frame that is not laid out (a hidden notebook cell) has no size.
    if (size.width < 1 || size.height < 1) return;
    const last = this.#lastReported;
    if (last?.width === size.width && last.height === size.height && last.pixelRatio === size.pixelRatio)
      return;
    this.#lastReported = size;
    this.#report(size);
  }

  /** A media query matches one ratio only, so each change needs a new query. */
  #watchPixelRatio(): void {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const onChange = () => {
      this.#onChange();
      this.#watchPixelRatio();
    };
    query.addEventListener("change", onChange, { once: true });
  }
}
