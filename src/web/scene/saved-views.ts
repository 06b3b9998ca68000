import { tryStorage } from "../storage.ts";
import { isObject, isState, type SceneState } from "./scene-state.ts";

/** A view that a person has kept in this browser. */
export interface SavedView {
  /** Unique among those of its scene. */
  readonly name: string;
  readonly state: SceneState;
  /** A small picture of it, as a data URL; empty if there is none. */
  readonly picture: string;
}

/** Number of views of one scene. A picture has some 3 kB, and a browser stores 5 MB. */
const MAX_VIEWS = 50;

/** Maximum length of a name, characters. */
export const MAX_NAME_LENGTH = 80;

const PICTURE = /^data:image\/(jpeg|png|webp);base64,/;

/** The views of one scene that this browser keeps, by the scene's title, in the order of the list, which is that of a film. */
export class SavedViews {
  readonly #key: string;

  /** @param title of the scene */
  constructor(title: string) {
    this.#key = `scenecast.views.${title}`;
  }

  list(): readonly SavedView[] {
    return tryStorage(() => parse(localStorage.getItem(this.#key))) ?? [];
  }

  /** Keeps a view. @throws Error with a sentence if the browser does not store it */
  add(view: Omit<SavedView, "name">): void {
    const views = this.list();
    if (views.length >= MAX_VIEWS)
      throw new Error(`This browser keeps ${MAX_VIEWS} views of a scene. Delete one first.`);
    const used = new Set(views.map(({ name }) => name));
    let number = 1;
    while (used.has(`View ${number}`)) number++;
    this.#write([...views, { name: `View ${number}`, ...view }]);
  }

  /** @throws Error with a sentence if the browser does not store it */
  remove(name: string): void {
    this.#write(this.list().filter((view) => view.name !== name));
  }

  /** @throws Error with a sentence if another view has the name, or the browser does not store it */
  rename(name: string, next: string): void {
    if (next === name) return;
    const views = this.list();
    if (views.some((view) => view.name === next)) throw new Error(`Another view is called ${next}.`);
    this.#write(views.map((view) => (view.name === name ? { ...view, name: next } : view)));
  }

  /** Moves a view to another place in the list. @throws Error with a sentence if the browser does not store it */
  move(name: string, index: number): void {
    const views = this.list();
    const others = views.filter((view) => view.name !== name);
    this.#write(others.toSpliced(index, 0, ...views.filter((view) => view.name === name)));
  }

  /** Puts a removed view back to its place. @throws Error with a sentence if the browser does not store it */
  restore(view: SavedView, index: number): void {
    const others = this.list().filter(({ name }) => name !== view.name);
    this.#write(others.toSpliced(index, 0, view));
  }

  #write(views: readonly SavedView[]): void {
    const isWritten = tryStorage(() => {
      localStorage.setItem(this.#key, JSON.stringify(views));
      return true;
    });
    if (isWritten !== true)
      throw new Error("This browser does not store views: its storage is full or switched off.");
  }
}

/** Other pages of this origin write there, too. */
function parse(text: string | null): SavedView[] {
  const value: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(value) ? value.filter(isSavedView) : [];
}

function isSavedView(value: unknown): value is SavedView {
  return (
    isObject(value) &&
    typeof value.name === "string" &&
    typeof value.picture === "string" &&
    (value.picture === "" || PICTURE.test(value.picture)) &&
    isState(value.state)
  );
}
