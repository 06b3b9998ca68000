import { html, render, svg } from "lit-html";
import { byId } from "../dom.ts";

/** What a click does: nothing but steering, show values, set the crosshair, or measure. */
export type PointerMode = "off" | "values" | "crosshair" | "distance" | "angle";

interface Entry {
  readonly mode: Exclude<PointerMode, "off">;
  readonly name: string;
  readonly key: string;
  readonly icon: string;
}

const ENTRIES: readonly Entry[] = [
  {
    mode: "values",
    name: "Values under the pointer",
    key: "v",
    icon: "M5 4l5.5 14 2-5.5 5.5-2zM15 16.5h5M15 20h5",
  },
  { mode: "crosshair", name: "Crosshair", key: "c", icon: "M12 3v6M12 15v6M3 12h6M15 12h6" },
  {
    mode: "distance",
    name: "Measure a distance",
    key: "m",
    icon: "M4 17 17 4l3 3L7 20zM8 13l2 2M11 10l2 2M14 7l2 2",
  },
  { mode: "angle", name: "Measure an angle", key: "a", icon: "M20 19H4L15 4M11 19a8 8 0 0 0-3-5.6" },
];

const DELETE_ICON = "M5 7h14M9.5 7V4.5h5V7M7 7l1 13h8l1-13";

interface Actions {
  choose(mode: PointerMode): void;
  deleteLast(): void;
  deleteAll(): void;
}

/** The menu of the toolbar's button for the pointer. */
export class PointerMenu {
  readonly #button = byId("pointer", HTMLButtonElement);
  readonly #menu = byId("pointer-menu", HTMLDivElement);
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#menu.addEventListener("toggle", ({ newState }) => {
      this.#button.setAttribute("aria-expanded", String(newState === "open"));
    });
    // The toolbar's menu closes with a click, and with it the menus that it has opened.
    this.#button.addEventListener("click", () => {
      if (this.#button.closest("[popover]") !== null) setTimeout(() => this.#menu.showPopover());
    });
  }

  /** The mode of a shortcut; undefined for other keys. */
  modeOf(key: string): Entry["mode"] | undefined {
    return ENTRIES.find((entry) => entry.key === key)?.mode;
  }

  update(state: { mode: PointerMode; mayChange: boolean; measurements: number }): void {
    this.#button.setAttribute("aria-pressed", String(state.mode !== "off"));
    const entries = ENTRIES.filter(({ mode }) => mode === "values" || state.mayChange);
    const canDelete = state.mayChange && state.measurements > 0;
    const close = (act: () => void) => () => {
      this.#menu.hidePopover();
      act();
    };
    const button = (name: string, icon: string, act: () => void) => html`<button
      type="button"
      aria-label=${name}
      @click=${close(act)}
    >
      ${picture(icon)}
    </button>`;
    render(
      html`${entries.map(
        ({ mode, name, key, icon }) => html`<button
          type="button"
          aria-label=${name}
          aria-keyshortcuts=${key}
          data-key=${key}
          aria-pressed=${mode === state.mode}
          @click=${close(() => this.#actions.choose(mode))}
        >
          ${picture(icon)}
        </button>`,
      )}${
        canDelete
          ? html`${button("Delete the last measurement", DELETE_ICON, () => this.#actions.deleteLast())}
            ${button("Delete all measurements", DELETE_ICON, () => this.#actions.deleteAll())}`
          : ""
      }`,
      this.#menu,
    );
  }
}

function picture(path: string) {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${svg`<path d=${path} />`}</svg>`;
}
