import { byId } from "./dom.ts";

/** A frame of a notebook this small, or a window zoomed to 400 %, has room for one button. */
const SMALL_WINDOW = "(max-height: 260px) or (max-width: 260px)";
/** Space between two buttons, and the width of the line between two groups with its margins, px: as in toolbar.css. */
const BUTTON_GAP = 2;
const GROUP_GAP = 7;
/** Padding and border of the status beside the toolbar, px: as in status.css. */
const STATUS_EDGE = 6;
/** Windows in which the status is above the toolbar: as in status.css. */
const NARROW_WINDOW = "(max-width: 600px)";

/** The toolbar: buttons that have no room above the view move into its menu, those with `data-spare` first. */
export class Toolbar {
  readonly #element = byId("controls", HTMLDivElement);
  readonly #stage = byId("stage", HTMLElement);
  readonly #more = byId("more", HTMLButtonElement);
  readonly #menu = byId("more-menu", HTMLDivElement);
  /** All buttons in their order, with their groups. */
  readonly #buttons: readonly (readonly [button: HTMLButtonElement, group: Element])[];
  #request: number | undefined;

  constructor() {
    this.#buttons = [...this.#element.querySelectorAll<HTMLButtonElement>(".group > button")]
      .filter((button) => button !== this.#more)
      .map((button) => [button, button.parentElement ?? this.#element] as const);
    // Hidden in the HTML, because the buttons require JavaScript.
    this.#element.hidden = false;
    this.#menu.addEventListener("click", () => this.#menu.hidePopover());
    this.#menu.addEventListener("toggle", ({ newState }) => {
      this.#more.setAttribute("aria-expanded", String(newState === "open"));
    });
    window.addEventListener("resize", () => this.update());
  }

  /** To be called after buttons were shown or hidden. Takes effect with the next paint, when the layout is computed anyway. */
  update(): void {
    this.#request ??= requestAnimationFrame(() => {
      this.#request = undefined;
      this.#fit();
    });
  }

  #fit(): void {
    const shown = this.#buttons.filter(([button]) => !button.hidden);
    const room = matchMedia(SMALL_WINDOW).matches ? 0 : this.#room();
    this.#more.hidden = shown.length <= room;
    const inMenu = new Set(
      this.#more.hidden
        ? []
        : leavingOrder(shown.map(([button]) => button)).slice(0, shown.length - room + 1),
    );
    // A button that is moved loses the focus, so those that stay are not touched.
    for (const [button, group] of this.#buttons) {
      const parent = inMenu.has(button) ? this.#menu : group;
      if (button.parentElement !== parent) this.#place(button, parent);
    }
  }

  /** Number of buttons for which the view has room. */
  #room(): number {
    const style = getComputedStyle(this.#element);
    const side = Number.parseFloat(style.getPropertyValue("--button"));
    const margin = Number.parseFloat(style.getPropertyValue("--gap"));
    const groups = new Set(this.#buttons.map(([, group]) => group)).size;
    const status = matchMedia(NARROW_WINDOW).matches ? 0 : side + STATUS_EDGE + margin;
    const room = this.#stage.clientWidth - 2 * margin - GROUP_GAP * groups - status;
    return Math.floor(room / (side + BUTTON_GAP));
  }

  /** Puts a button in front of the next one of its order. */
  #place(button: HTMLButtonElement, parent: Element): void {
    const index = this.#buttons.findIndex(([other]) => other === button);
    const next = this.#buttons.slice(index + 1).find(([other]) => other.parentElement === parent)?.[0];
    parent.insertBefore(button, next ?? (this.#more.parentElement === parent ? this.#more : null));
  }
}

/** The buttons in the order in which they move into the menu: the spare ones, then the others, the last ones first. */
function leavingOrder(buttons: readonly HTMLButtonElement[]): HTMLButtonElement[] {
  const isSpare = (button: HTMLButtonElement) => "spare" in button.dataset;
  const reversed = buttons.toReversed();
  return [...reversed.filter(isSpare), ...reversed.filter((button) => !isSpare(button))];
}
