import { byId } from "./dom.ts";

/** What the buttons and keys of the page do. */
export interface ControlActions {
  /** Resets the view. @returns whether this viewer can */
  reset(): boolean;
  snapshot(): void;
  toggleStatus(): void;
}

/** What this viewer is permitted and able to do. */
export interface ViewerCapabilities {
  /** Steer the view. */
  steering: boolean;
  /** Send key events, which the renderer must accept too. */
  keys: boolean;
}

/** The buttons, full screen and the help. */
export class Controls {
  readonly #actions: ControlActions;
  readonly #toolbar = byId("controls", HTMLDivElement);
  readonly #more = byId("more", HTMLButtonElement);
  readonly #fullScreen = byId("full-screen", HTMLButtonElement);
  readonly #help = byId("help-dialog", HTMLDialogElement);

  constructor(actions: ControlActions) {
    this.#actions = actions;
    // The HTML hides them, because they need JavaScript.
    this.#toolbar.hidden = false;
    this.setCapabilities({ steering: false, keys: false });
    this.#more.addEventListener("click", () => {
      const open = this.#toolbar.classList.toggle("open");
      this.#more.setAttribute("aria-expanded", String(open));
    });
    byId("reset", HTMLButtonElement).addEventListener("click", () => actions.reset());
    byId("snapshot", HTMLButtonElement).addEventListener("click", () => actions.snapshot());
    byId("toggle-status", HTMLButtonElement).addEventListener("click", () => actions.toggleStatus());
    byId("help", HTMLButtonElement).addEventListener("click", () => this.toggleHelp());
    byId("help-close", HTMLButtonElement).addEventListener("click", () => this.#help.close());
    this.#help.addEventListener("click", (event) => {
      // The dialog's own area is filled by its content, so a click on the dialog itself is one on its backdrop.
      if (event.target === this.#help) this.#help.close();
    });
    // A frame without allow="fullscreen", or a phone whose browser has none.
    this.#fullScreen.hidden = !document.fullscreenEnabled;
    this.#fullScreen.addEventListener("click", () => this.toggleFullScreen());
    document.addEventListener("fullscreenchange", () => {
      this.#fullScreen.setAttribute("aria-pressed", String(document.fullscreenElement !== null));
    });
  }

  /** Shows the buttons and the help entries that apply to these capabilities, and hides the others. */
  setCapabilities(capabilities: ViewerCapabilities): void {
    for (const element of document.querySelectorAll<HTMLElement>("[data-needs]")) {
      element.hidden = !capabilities[element.dataset.needs === "keys" ? "keys" : "steering"];
    }
  }

  /**
   * Does what a key of the page's own stands for.
   * @returns whether it was one
   */
  key(key: string): boolean {
    switch (key.toLowerCase()) {
      case "f":
        this.toggleFullScreen();
        return true;
      case "s":
        this.#actions.snapshot();
        return true;
      case "h":
      case "i":
        this.#actions.toggleStatus();
        return true;
      case "r":
      case "home":
        return !this.helpIsOpen && this.#actions.reset();
      case "?":
        this.toggleHelp();
        return true;
      default:
        return false;
    }
  }

  get helpIsOpen(): boolean {
    return this.#help.open;
  }

  toggleHelp(): void {
    if (this.#help.open) this.#help.close();
    else this.#help.showModal();
  }

  toggleFullScreen(): void {
    if (!document.fullscreenEnabled) return;
    const change =
      document.fullscreenElement === null
        ? document.documentElement.requestFullscreen({ navigationUI: "hide" })
        : document.exitFullscreen();
    // Refused by the browser (no user activation, a policy): then it stays as it is.
    change.catch(() => undefined);
  }
}
