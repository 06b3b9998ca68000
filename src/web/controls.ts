import { byId } from "./dom.ts";
import { Help } from "./help.ts";
import { Toolbar } from "./toolbar.ts";

export interface ControlActions {
  /** @returns whether this viewer can reset the view */
  resetView(): boolean;
  reloadFiles(): void;
  cancelLoading(): void;
  saveSnapshot(): void;
  openRecordDialog(): void;
  toggleStatusLine(): void;
  /** @returns whether there is a panel */
  togglePanel(): boolean;
  toggleViews(): void;
  /** @returns whether this key looks from a side, and this viewer may */
  lookFromSide(event: KeyboardEvent): boolean;
}

/**
 * What a viewer can do: also load the files again, open a panel, read the scene document, make pictures and films, ask what is under the
 * pointer, and change the scene by it.
 */
const CAPABILITIES = [
  ...(["steering", "keys", "reload", "panel"] as const),
  ...(["scene", "record", "pick", "changes"] as const),
];
type Capabilities = Readonly<Record<(typeof CAPABILITIES)[number], boolean>>;

/** The buttons, their shortcuts, full screen and the help dialog. */
export class Controls {
  readonly #actions: ControlActions;
  readonly #toolbar = new Toolbar();
  readonly #panel = byId("toggle-panel", HTMLButtonElement);
  readonly #cancel = byId("cancel", HTMLButtonElement);
  readonly #fullScreen = byId("full-screen", HTMLButtonElement);
  readonly #help = new Help();
  #capabilities: Partial<Capabilities> | undefined;

  constructor(actions: ControlActions) {
    this.#actions = actions;
    // Not available in a frame without allow="fullscreen", and on some phones.
    this.#fullScreen.hidden = !document.fullscreenEnabled;
    this.setCapabilities({});
    this.#panel.addEventListener("click", () => actions.togglePanel());
    byId("reset", HTMLButtonElement).addEventListener("click", () => actions.resetView());
    byId("reload", HTMLButtonElement).addEventListener("click", () => actions.reloadFiles());
    this.#cancel.addEventListener("click", () => actions.cancelLoading());
    byId("snapshot", HTMLButtonElement).addEventListener("click", () => actions.saveSnapshot());
    byId("record", HTMLButtonElement).addEventListener("click", () => actions.openRecordDialog());
    byId("toggle-status", HTMLButtonElement).addEventListener("click", () => actions.toggleStatusLine());
    byId("help", HTMLButtonElement).addEventListener("click", () => this.toggleHelp());
    this.#fullScreen.addEventListener("click", () => this.toggleFullScreen());
    document.addEventListener("fullscreenchange", () => {
      this.#fullScreen.setAttribute("aria-pressed", String(document.fullscreenElement !== null));
    });
  }

  /** Shows the buttons that apply to these capabilities, and hides the others. */
  setCapabilities(capabilities: Partial<Capabilities>): void {
    const before = this.#capabilities;
    if (before !== undefined && CAPABILITIES.every((name) => before[name] === capabilities[name])) return;
    this.#capabilities = capabilities;
    // The dialog for pictures and films is in place of the button for a snapshot.
    const shown = { ...capabilities, snapshot: !capabilities.record };
    for (const name of [...CAPABILITIES, "snapshot"] as const) {
      for (const element of document.querySelectorAll<HTMLElement>(`[data-needs=${name}]`)) {
        element.hidden = shown[name] !== true;
      }
    }
    this.#toolbar.update();
  }

  set isPanelOpen(isOpen: boolean) {
    this.#panel.setAttribute("aria-expanded", String(isOpen));
  }

  /** Whether this viewer can end a load in progress. */
  set canCancel(canCancel: boolean) {
    this.#cancel.hidden = !canCancel;
  }

  /** Handles a shortcut. @returns whether the key is one */
  onKey(event: KeyboardEvent): boolean {
    switch (event.key.toLowerCase()) {
      case "f":
        this.toggleFullScreen();
        return true;
      case "p":
        return !this.isHelpOpen && this.#actions.togglePanel();
      case "s":
        this.#actions.saveSnapshot();
        return true;
      case "h":
      case "i":
        this.#actions.toggleStatusLine();
        return true;
      case "r":
      case "home":
        return !this.isHelpOpen && this.#actions.resetView();
      case "b":
        this.#actions.toggleViews();
        return true;
      case "?":
        this.toggleHelp();
        return true;
      default:
        return !this.isHelpOpen && this.#actions.lookFromSide(event);
    }
  }

  get isHelpOpen(): boolean {
    return this.#help.isOpen;
  }

  toggleHelp(): void {
    this.#help.toggle(this.#capabilities ?? {});
  }

  toggleFullScreen(): void {
    if (!document.fullscreenEnabled) return;
    const change =
      document.fullscreenElement === null
        ? document.documentElement.requestFullscreen({ navigationUI: "hide" })
        : document.exitFullscreen();
    // The browser rejected it: no user activation, or a policy.
    change.catch(() => undefined);
  }
}
