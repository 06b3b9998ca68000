import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { VIEW_ICONS } from "./icons.ts";
import { MAX_NAME_LENGTH, type SavedView, type SavedViews } from "./saved-views.ts";
import type { SceneState } from "./scene-state.ts";

interface KeptViewsOptions {
  /** Those of the present scene. */
  readonly views: () => SavedViews;
  readonly canApply: () => boolean;
  readonly apply: (state: SceneState) => Promise<void>;
  /** Shows an error to the person. */
  readonly onError: (error: unknown) => void;
  /** Called when the list is to be drawn again. */
  readonly onChange: () => void;
}

/** The list of the views that this browser keeps: each is applied, renamed, moved and deleted. A deletion can be undone until the menu closes. */
export class KeptViews {
  readonly #options: KeptViewsOptions;
  /** Name of the view that is being renamed. */
  #renamed: string | undefined;
  #deleted: { readonly view: SavedView; readonly index: number } | undefined;

  constructor(options: KeptViewsOptions) {
    this.#options = options;
  }

  /** To be called when the menu closes. */
  reset(): void {
    this.#renamed = undefined;
    this.#deleted = undefined;
  }

  content(): TemplateResult {
    const views = this.#options.views().list();
    const items = views.map((view, index) => ({
      key: view.name,
      item: this.#viewItem(view, views[index - 1]?.name, index),
    }));
    // Names are texts: no other key is a number.
    const deleted = this.#deleted && [{ key: 0, item: this.#deletedItem(this.#deleted.view) }];
    const at = this.#deleted?.index ?? 0;
    const list = repeat(
      [...items.slice(0, at), ...(deleted ?? []), ...items.slice(at)],
      ({ key }) => key,
      ({ item }) => item,
    );
    // Without white space, so that the list is :empty without views.
    return html`<div class="views">${list}</div>`;
  }

  #viewItem({ name, picture, state }: SavedView, before: string | undefined, index: number): TemplateResult {
    const image = picture === "" ? nothing : html`<img src=${picture} alt="" />`;
    if (name === this.#renamed) return html`<div class="view">${image}${this.#nameField(name)}</div>`;
    const { canApply, apply, onError } = this.#options;
    return html`<div class="view">
      <button
        type="button"
        aria-label=${name}
        aria-keyshortcuts="F2"
        ?disabled=${!canApply()}
        @click=${() => void apply(state).catch(onError)}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === "F2") this.#rename(name);
        }}
      >
        ${image}<span>${name}</span>
      </button>
      <div class="view-buttons">
        <button type="button" aria-label=${`Rename ${name}`} title="Rename" @click=${() => this.#rename(name)}>
          ${VIEW_ICONS.rename}
        </button>
        ${
          before === undefined
            ? nothing
            : html`<button
                type="button"
                aria-label=${moveLabel(name, before)}
                title=${`Move before ${before}`}
                @click=${() => this.#move(name, index - 1)}
              >
                ${VIEW_ICONS.before}
              </button>`
        }
        <button
          type="button"
          aria-label=${`Delete ${name}`}
          title="Delete"
          @click=${() => this.#delete(name)}
        >
          ${VIEW_ICONS.close}
        </button>
      </div>
    </div>`;
  }

  #nameField(name: string): TemplateResult {
    const end = (event: Event, isCommitted: boolean) => {
      const field = event.currentTarget;
      if (this.#renamed !== name || !(field instanceof HTMLInputElement)) return;
      const next = (isCommitted && field.value.trim()) || name;
      this.#renamed = undefined;
      this.#change(() => this.#options.views().rename(name, next));
      const isRenamed = this.#options
        .views()
        .list()
        .some((view) => view.name === next);
      if (event.type === "keydown") focusButton(isRenamed ? next : name);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      // Escape would close the menu.
      event.preventDefault();
      event.stopPropagation();
      end(event, event.key === "Enter");
    };
    return html`<input
      type="text"
      class="name"
      aria-label=${`Name of ${name}`}
      maxlength=${MAX_NAME_LENGTH}
      spellcheck="false"
      autocomplete="off"
      .value=${name}
      @keydown=${onKey}
      @blur=${(event: Event) => end(event, true)}
    />`;
  }

  #deletedItem({ name }: SavedView): TemplateResult {
    return html`<div class="view deleted">
      <span>${name} is deleted.</span>
      <button type="button" aria-label=${`Undo: keep ${name}`} @click=${() => this.#undo()}>Undo</button>
    </div>`;
  }

  #rename(name: string): void {
    this.#renamed = name;
    this.#options.onChange();
    const field = menu()?.querySelector<HTMLInputElement>(".name");
    field?.focus();
    field?.select();
  }

  #move(name: string, index: number): void {
    const views = this.#options.views();
    this.#change(() => views.move(name, index));
    const before = views.list()[index - 1]?.name;
    focusButton(before === undefined ? name : moveLabel(name, before));
  }

  #delete(name: string): void {
    const views = this.#options.views();
    const index = views.list().findIndex((view) => view.name === name);
    const view = views.list()[index];
    this.#change(() => {
      views.remove(name);
      this.#deleted = view && { view, index };
    });
    menu()?.querySelector<HTMLElement>(".deleted button")?.focus();
  }

  #undo(): void {
    const { view, index } = this.#deleted ?? {};
    if (view === undefined) return;
    this.#change(() => {
      this.#options.views().restore(view, index ?? 0);
      this.#deleted = undefined;
    });
    focusButton(view.name);
  }

  #change(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#options.onError(error);
    }
    this.#options.onChange();
  }
}

function menu(): HTMLElement | null {
  return document.getElementById("views-menu");
}

/** Drawing again moves the elements, so that the focus is lost. */
function focusButton(label: string): void {
  const buttons = [...(menu()?.querySelectorAll("button") ?? [])];
  buttons.find((button) => button.ariaLabel === label)?.focus();
}

function moveLabel(name: string, before: string): string {
  return `Move ${name} before ${before}`;
}
