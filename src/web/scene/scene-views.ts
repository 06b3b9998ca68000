import { html, nothing, render, type TemplateResult } from "lit-html";
import type { ServerUrls } from "../connection/server-urls.ts";
import { byId } from "../dom.ts";
import { download, fileNameOf } from "../view/download.ts";
import { listenToDroppedFiles } from "./dropped-files.ts";
import { VIEW_ICONS } from "./icons.ts";
import { KeptViews } from "./kept-views.ts";
import { SavedViews } from "./saved-views.ts";
import { SceneClient } from "./scene-client.ts";
import { hasScene, linkTo, readLink } from "./scene-link.ts";
import { isObject, mergePatchBetween, patchToState, type SceneState, stateOf } from "./scene-state.ts";

/** Bytes of a file with a saved view: those of a document of thousands of layers. */
const MAX_FILE_BYTES = 1 << 20;
const EXTENSION = ".scenecast.json";

/** What this viewer may do with the scene. "none": the server has no scene document. */
export type SceneRights = "change" | "look" | "none";

const RIGHTS_SENTENCES = {
  look: "You can look at this scene, but not change it: a saved view is opened by someone who may steer.",
  none: "This server has no scene in which a saved view can be opened: another program makes these pictures.",
} as const;

interface SceneViewsOptions {
  readonly urls: ServerUrls;
  /** A small picture of the view, as a data URL; empty without a frame. */
  readonly picture: () => string;
  /** Shows a sentence to the person. */
  readonly note: (text: string, tone: "info" | "error") => void;
}

/**
 * Saved views: a menu that keeps some in this browser, saves one as a file, opens one, and copies a link. The link that the page was
 * opened with is applied once.
 */
export class SceneViews {
  readonly #options: SceneViewsOptions;
  readonly #client: SceneClient;
  readonly #kept: KeptViews;
  readonly #menu = byId("views-menu", HTMLDivElement);
  readonly #button = byId("views", HTMLButtonElement);
  readonly #file = byId("views-file", HTMLInputElement);
  #title = "";
  #rights: SceneRights = "none";
  /** A link that could not be put on the clipboard. */
  #link: string | undefined;

  constructor(options: SceneViewsOptions) {
    this.#options = options;
    this.#client = new SceneClient(options.urls);
    this.#kept = new KeptViews({
      views: () => this.#views,
      canApply: () => this.#rights === "change",
      apply: (state) => this.#apply(state),
      onError: (error) => this.#showError(error),
      onChange: () => this.#draw(),
    });
    this.#menu.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "open") this.#draw();
      else {
        this.#link = undefined;
        this.#kept.reset();
      }
    });
    this.#menu.addEventListener("toggle", ({ newState }) => {
      this.#button.setAttribute("aria-expanded", String(newState === "open"));
    });
    this.#file.addEventListener("change", () => {
      const file = this.#file.files?.[0];
      if (file !== undefined) this.#run(() => this.#openFile(file));
      this.#file.value = "";
    });
    window.addEventListener("hashchange", () => this.applyLink());
    listenToDroppedFiles((file) => this.#run(() => this.#openFile(file)));
  }

  /** To be called with each hello. */
  setScene(title: string, rights: SceneRights): void {
    this.#title = title;
    this.#rights = rights;
  }

  toggle(): void {
    if (this.#rights !== "none") this.#menu.togglePopover();
  }

  /** Applies the link that the page was opened with. To be called when the renderer runs; only the first call has an effect. */
  applyLink(): void {
    const { hash } = location;
    if (!hasScene(hash)) return;
    // A reload must not undo what was changed since.
    history.replaceState(history.state, "", location.pathname + location.search);
    this.#run(async () => {
      await this.#apply(await readLink(hash));
    });
  }

  async #apply(state: SceneState): Promise<void> {
    this.#checkRights();
    const { patch, missing } = patchToState(await this.#client.read(), state);
    if (missing.length > 0 && missing.length === state.layers.length) {
      throw new Error(`This saved view is of another scene: it has the layers ${missing.join(", ")}.`);
    }
    await this.#client.patch(patch);
    if (missing.length > 0) {
      this.#options.note(`Layers of the saved view that this scene lacks: ${missing.join(", ")}.`, "info");
    }
  }

  async #openFile(file: File): Promise<void> {
    this.#checkRights();
    if (file.size > MAX_FILE_BYTES) throw new Error(`${file.name} is too large for a saved view.`);
    const document = parseDocument(await file.text());
    if (document === undefined) throw new Error(`${file.name} is not a saved view (${EXTENSION}).`);
    await this.#client.patch(mergePatchBetween(await this.#client.read(), document));
    this.#options.note(`${file.name} is open.`, "info");
  }

  #checkRights(): void {
    if (this.#rights !== "change") throw new Error(RIGHTS_SENTENCES[this.#rights]);
  }

  async #saveFile(): Promise<void> {
    const document = await this.#client.read();
    const name = `${fileNameOf(this.#title) || "scene"}${EXTENSION}`;
    download(new Blob([`${JSON.stringify(document, null, 2)}\n`], { type: "application/json" }), name);
    this.#options.note(
      `Saved as ${name}. Keep it in the folder of the data, to which its paths are relative.`,
      "info",
    );
  }

  async #copyLink(): Promise<void> {
    const link = (async () => linkTo(location, stateOf(await this.#client.read())))();
    try {
      // Safari accepts a promise while the click lasts, but no text after it.
      const text = link.then((text) => new Blob([text], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
    } catch {
      // The clipboard is for https and localhost only.
      this.#link = await link;
      this.#draw();
      this.#menu.showPopover();
      this.#menu.querySelector("input")?.select();
      return;
    }
    const hasToken = new URLSearchParams(location.search).has("token");
    this.#options.note(
      `The link is copied.${hasToken ? " It has no token: who opens it needs one." : ""}`,
      "info",
    );
  }

  async #keep(): Promise<void> {
    const state = stateOf(await this.#client.read());
    this.#views.add({ state, picture: this.#options.picture() });
    this.#draw();
  }

  get #views(): SavedViews {
    return new SavedViews(this.#title);
  }

  #run(action: () => void | Promise<void>): void {
    (async () => action())().catch((error: unknown) => this.#showError(error));
  }

  #showError(error: unknown): void {
    this.#options.note(error instanceof Error ? error.message : String(error), "error");
  }

  #draw(): void {
    const item = (icon: TemplateResult, label: string, action: () => void | Promise<void>, closes = true) =>
      html`<button
        type="button"
        class="item"
        @click=${() => {
          if (closes) this.#menu.hidePopover();
          this.#run(action);
        }}
      >
        ${icon}${label}
      </button>`;
    render(
      html`${this.#kept.content()}
        ${item(VIEW_ICONS.keep, "Keep this view", () => this.#keep(), false)}
        ${item(VIEW_ICONS.link, "Copy link", () => this.#copyLink())}
        ${
          this.#link === undefined
            ? nothing
            : html`<input class="link" type="text" readonly aria-label="Link to this view" .value=${this.#link} />`
        }
        ${item(VIEW_ICONS.save, "Save view as a file", () => this.#saveFile())}
        ${this.#rights === "change" ? item(VIEW_ICONS.open, "Open a saved view…", () => this.#file.click()) : nothing}`,
      this.#menu,
    );
  }
}

function parseDocument(text: string) {
  try {
    // A byte order mark is not JSON, and editors write it.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return isObject(value) && Object.hasOwn(value, "version") ? value : undefined;
  } catch {
    return undefined;
  }
}
