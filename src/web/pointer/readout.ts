import { html, render } from "lit-html";
import { byId } from "../dom.ts";
import type { Point, Rect } from "../view/geometry.ts";
import { type ReadoutPart, readoutText } from "./readout-text.ts";

/** Distance of the box from the pointer, px; a finger covers more. */
const OFFSET = { mouse: 18, touch: 40 } as const;

/** Distance of the box from the edges of the window, px. */
const MARGIN = 8;

/**
 * The box with what is under the pointer. It follows the pointer and never covers it: at the edges of the window it changes sides. A pinned box
 * stays, and its text can be selected.
 */
export class Readout {
  readonly #box = byId("readout", HTMLDivElement);
  readonly #announcement = byId("readout-announcement", HTMLParagraphElement);
  readonly #onClose: () => void;
  #isPinned = false;
  #size: { readonly width: number; readonly height: number } = { width: 0, height: 0 };
  #at: Point = { x: 0, y: 0 };
  #pointer: "mouse" | "touch" = "mouse";

  /** @param onClose called by the button of a pinned box */
  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  get isPinned(): boolean {
    return this.#isPinned;
  }

  /**
   * Shows parts beside the pointer, or nothing without any.
   *
   * @param at place in the window, CSS px
   * @param note a sentence below the parts, such as what a click does
   */
  show(
    parts: readonly ReadoutPart[],
    {
      at,
      note = "",
      isPinned = false,
      pointer = "mouse",
    }: {
      at: Point;
      note?: string;
      isPinned?: boolean;
      pointer?: "mouse" | "touch";
    },
  ): void {
    if (parts.length === 0 && note === "") {
      this.hide();
      return;
    }
    this.#isPinned = isPinned;
    this.#pointer = pointer;
    this.#box.classList.toggle("pinned", isPinned);
    render(
      html`${parts.map(
        ({ title, rows }) => html`<section>
          <h2>${title}</h2>
          <dl>${rows.map(({ name, text }) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
        </section>`,
      )}${note === "" ? "" : html`<p>${note}</p>`}${
        isPinned
          ? html`<button type="button" aria-label="Close the values" @click=${() => this.#onClose()}>
              <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6 6 18" /></svg>
            </button>`
          : ""
      }`,
      this.#box,
    );
    this.#box.hidden = false;
    const { width, height } = this.#box.getBoundingClientRect();
    this.#size = { width, height };
    this.moveTo(at);
    if (isPinned)
      this.#announcement.textContent = [readoutText(parts), note].filter((text) => text !== "").join("\n");
  }

  /** Moves the box, unless it is pinned. */
  follow(at: Point): void {
    if (!this.#isPinned && !this.#box.hidden) this.moveTo(at);
  }

  hide(): void {
    this.#isPinned = false;
    this.#box.hidden = true;
    this.#announcement.textContent = "";
  }

  private moveTo(at: Point): void {
    this.#at = at;
    const room = {
      ...{ left: MARGIN, top: MARGIN },
      ...{ width: window.innerWidth - 2 * MARGIN, height: window.innerHeight - 2 * MARGIN },
    };
    // The hand is below the finger.
    const above = this.#pointer === "touch";
    const { left, top } = placeBeside(this.#at, this.#size, { offset: OFFSET[this.#pointer], above }, room);
    this.#box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

/**
 * Places a box beside a point: to its lower or upper right, or on the other side where there is no room.
 *
 * @param place distance from the point, and whether the box is rather above it
 * @param room in which the box must be, if it fits
 */
export function placeBeside(
  { x, y }: Point,
  { width, height }: { readonly width: number; readonly height: number },
  { offset, above }: { readonly offset: number; readonly above: boolean },
  room: Rect,
): { readonly left: number; readonly top: number } {
  const along = (
    at: number,
    size: number,
    start: number,
    length: number,
    first: "after" | "before",
  ): number => {
    const after = at + offset + size <= start + length ? at + offset : Number.NaN;
    const before = at - offset - size >= start ? at - offset - size : Number.NaN;
    const [wanted, other] = first === "after" ? [after, before] : [before, after];
    return Number.isNaN(wanted) ? other : wanted;
  };
  let left = along(x, width, room.left, room.width, "after");
  let top = along(y, height, room.top, room.height, above ? "before" : "after");
  // A box that has room on neither side of one axis is beside the point along the other.
  const clamp = (at: number, size: number, start: number, length: number): number =>
    Math.max(start, Math.min(at - size / 2, start + length - size));
  if (Number.isNaN(left)) left = clamp(x, width, room.left, room.width);
  if (Number.isNaN(top)) top = clamp(y, height, room.top, room.height);
  return { left, top };
}
