import { html, render } from "lit-html";
import { byId } from "./dom.ts";

/** What an entry of the help is about, if not every viewer can do it. */
export type HelpNeed = "steering" | "keys" | "panel" | "pick" | "changes" | "scene";

interface HelpEntry {
  /** Names in brackets are keys of the keyboard: "[Shift] drag". */
  readonly input: string;
  readonly effect: string;
  readonly needs?: HelpNeed;
}

/** All input of the page. Entries that this viewer cannot use are not shown. */
const HELP: readonly (readonly [title: string, entries: readonly HelpEntry[]])[] = [
  [
    "Mouse",
    [
      { input: "Drag", effect: "rotate", needs: "steering" },
      { input: "[Shift] drag, or middle button", effect: "pan", needs: "steering" },
      { input: "[Ctrl] drag", effect: "spin", needs: "steering" },
      { input: "Wheel, or right button", effect: "zoom", needs: "steering" },
      { input: "Double click", effect: "rotate around this point", needs: "changes" },
    ],
  ],
  [
    "Touch",
    [
      { input: "One finger", effect: "rotate", needs: "steering" },
      { input: "Two fingers", effect: "pan, pinch to zoom", needs: "steering" },
    ],
  ],
  [
    "Camera",
    [
      { input: "[←] [→] [↑] [↓]", effect: "rotate", needs: "steering" },
      { input: "[Shift] with them", effect: "pan", needs: "steering" },
      { input: "[+] [-]", effect: "zoom", needs: "steering" },
      { input: "[1] [3] [7]", effect: "front, right, top", needs: "changes" },
      { input: "[Shift] with them", effect: "back, left, bottom", needs: "changes" },
      { input: "[9]", effect: "from a corner", needs: "changes" },
      { input: "[5]", effect: "with or without perspective", needs: "changes" },
      { input: "[r] or [Home]", effect: "reset the view", needs: "keys" },
      { input: "[z]", effect: "fit the scene to the window", needs: "keys" },
    ],
  ],
  [
    "Data",
    [
      { input: "[v]", effect: "values under the pointer; click to keep them", needs: "pick" },
      { input: "[c]", effect: "crosshair", needs: "changes" },
      { input: "[m] [a]", effect: "measure a distance, an angle", needs: "changes" },
    ],
  ],
  [
    "Page",
    [
      { input: "[p]", effect: "open or close the panel", needs: "panel" },
      { input: "[b]", effect: "saved views, files and links", needs: "scene" },
      { input: "[s]", effect: "save a snapshot" },
      { input: "[f]", effect: "full screen" },
      { input: "[h]", effect: "show or hide statistics" },
      { input: "[?]", effect: "this help" },
    ],
  ],
];

/** The dialog with all input of the page. */
export class Help {
  readonly #dialog = byId("help-dialog", HTMLDialogElement);

  constructor() {
    byId("help-close", HTMLButtonElement).addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => {
      // The content fills the dialog, so a click on the dialog itself is on its backdrop.
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  /** @param can what this viewer can do */
  toggle(can: Readonly<Partial<Record<HelpNeed, boolean>>>): void {
    if (this.#dialog.open) {
      this.#dialog.close();
      return;
    }
    const sections = HELP.map(([title, entries]) => ({
      title,
      entries: entries.filter(({ needs }) => needs === undefined || can[needs] === true),
    }));
    render(
      sections
        .filter(({ entries }) => entries.length > 0)
        .map(
          ({ title, entries }) =>
            html`<section>
              <h2>${title}</h2>
              <dl>${entries.map(({ input, effect }) => html`<dt>${keysIn(input)}</dt><dd>${effect}</dd>`)}</dl>
            </section>`,
        ),
      byId("help-content", HTMLDivElement),
    );
    this.#dialog.showModal();
  }
}

/** The text with its bracketed parts as keys. */
function keysIn(text: string) {
  return text.split(/\[(.+?)\]/).map((part, index) => (index % 2 === 1 ? html`<kbd>${part}</kbd>` : part));
}
