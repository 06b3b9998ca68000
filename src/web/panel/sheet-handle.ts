/** Share of the window's height that the sheet has, in percent. At least half of the picture stays visible. */
const MIN = 15;
const MAX = 50;
const STEP = 5;

/** The handle of the panel where that is a sheet at the bottom, on a phone: sets its height by dragging, a tap, or the arrow keys. */
export class SheetHandle {
  readonly #element: HTMLElement;
  /** As in index.html and panel.css. */
  #percent = 45;

  constructor(element: HTMLElement) {
    this.#element = element;
    element.addEventListener("pointerdown", (event) => this.#drag(event));
    element.addEventListener("keydown", (event) => {
      const change = { ArrowUp: STEP, ArrowDown: -STEP, Home: -MAX, End: MAX }[event.key];
      if (change === undefined) return;
      event.preventDefault();
      this.#set(this.#percent + change);
    });
  }

  #drag(start: PointerEvent): void {
    if (start.button !== 0) return;
    start.preventDefault();
    const element = this.#element;
    element.focus({ preventScroll: true });
    element.setPointerCapture(start.pointerId);
    const { innerHeight } = window;
    const before = this.#percent;
    const move = ({ clientY }: PointerEvent) =>
      this.#set(before + (100 * (start.clientY - clientY)) / innerHeight);
    const end = ({ type, clientY }: PointerEvent) => {
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", end);
      element.removeEventListener("pointercancel", end);
      // A tap.
      if (type === "pointerup" && Math.abs(clientY - start.clientY) < 4) this.#set(before > 30 ? MIN : MAX);
    };
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
  }

  #set(percent: number): void {
    this.#percent = Math.min(MAX, Math.max(MIN, Math.round(percent)));
    document.documentElement.style.setProperty("--sheet-height", `${this.#percent}dvh`);
    this.#element.setAttribute("aria-valuenow", String(this.#percent));
  }
}
