import { byId } from "./dom.ts";

/** What the buttons and keys of the page do. */
export interface ControlActions {
  reset(): void;
  snapshot(): void;
  toggleStatus(): void;
}

/** The buttons, full screen and the help. */
export class Controls {
  readonly #actions: ControlActions;
  readonly #reset = byId("reset", HTMLButtonElement);
  readonly #fullScreen = byId("full-screen", HTMLButtonElement);
  readonly #help = byId("help-dialog", HTMLDialogElement);

  constructor(actions: ControlActions) {
    this.#actions = actions;
    this.#reset.addEventListener("click", () => actions.reset());
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

  /** Whether the view can be reset from here. */
  set canReset(can: boolean) {
    this.#reset.hidden = !can;
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
        this.#actions.reset();
        return true;
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
