import type { SceneDocument } from "../document/scene-document.ts";

/** Time for which a document must have been shown so that a crash goes back to it, ms. */
const STABLE_MS = 5000;

/** Consecutive crashes with a changed document after which the one before it is shown again. */
const MAX_CRASHES = 2;

/** A document that a renderer has accepted can still end each renderer that begins with it. This remembers one that does not. */
export class DocumentHistory {
  /** The newest document that was shown for some seconds; at first that of the start. */
  #stable: SceneDocument;
  /** Whether a newer one was accepted. */
  #isChanged = false;
  #acceptedAt = Number.NEGATIVE_INFINITY;
  #isUnloadable = false;

  constructor(document: SceneDocument) {
    this.#stable = document;
  }

  /** Whether there is a document to go back to. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /**
   * To be called when the renderer has accepted a document.
   *
   * @param before the document until now
   * @param runningSince when its renderer began to show frames; Infinity: it does not yet
   */
  accept(before: SceneDocument, runningSince: number): void {
    const now = performance.now();
    if (now - Math.max(this.#acceptedAt, runningSince) > STABLE_MS) this.#stable = before;
    this.#acceptedAt = now;
    this.#isChanged = true;
  }

  /** To be called when a renderer cannot load the newest document. */
  onUnloadable(): void {
    this.#isUnloadable = true;
  }

  /**
   * To be called when a renderer has ended.
   *
   * @returns the document to go back to; undefined if the next renderer begins with the newest one
   */
  onCrash(consecutive: number): SceneDocument | undefined {
    if (!this.#isChanged || !(this.#isUnloadable || consecutive >= MAX_CRASHES)) return undefined;
    this.#isChanged = false;
    this.#isUnloadable = false;
    return this.#stable;
  }
}
