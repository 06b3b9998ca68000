import { basename, dirname } from "node:path";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import type { RendererCommand } from "../protocol/commands.ts";
import { type ControlValue, MAX_CONTROLS } from "../protocol/panel.ts";
import { DocumentHistory } from "./document-history.ts";
import type { RendererConfig } from "./renderer-protocol.ts";
import type { SupervisorOptions } from "./supervisor-events.ts";

/**
 * The configuration with which the next renderer starts. It keeps what has changed since the first one started, so that a crash loses nothing:
 * the document, the view, and the values of a module's controls.
 */
export class StartConfig {
  #value: RendererConfig;
  readonly #history: DocumentHistory;
  /** Files of the newest document that was requested, for error messages. */
  #requestedFiles: readonly string[] = [];

  constructor(config: RendererConfig) {
    this.#value = config;
    this.#history = new DocumentHistory(config.document);
  }

  get value(): RendererConfig {
    return this.#value;
  }

  /** Absolute path of the scene module. */
  get module(): string | undefined {
    return this.#value.module;
  }

  get files(): readonly string[] {
    return filesOf(this.#value.document);
  }

  /** Whether there is an earlier document to go back to. */
  get canRevert(): boolean {
    return this.#history.isChanged;
  }

  /** To be called before a document is requested: error messages name its files. */
  onRequested(document: SceneDocument): void {
    this.#requestedFiles = filesOf(document);
  }

  /** Keeps a document that a renderer has accepted. @param runningSince as in {@link DocumentHistory.accept} */
  keepDocument(document: SceneDocument, runningSince: number): void {
    this.#history.accept(this.#value.document, runningSince);
    this.#value = { ...this.#value, document };
  }

  /** To be called when a renderer cannot load the document. */
  onUnloadable(): void {
    this.#history.onUnloadable();
  }

  /** To be called when a renderer has crashed. @returns the earlier document that is restored, if the newest one is to blame */
  onCrash(consecutive: number): SceneDocument | undefined {
    const earlier = this.#history.onCrash(consecutive);
    if (earlier !== undefined) this.#value = { ...this.#value, document: earlier };
    return earlier;
  }

  /** Keeps the view of a renderer that ended. @param last undefined if it had no frame */
  keepView(last: ReturnType<SupervisorOptions["lastView"]>): void {
    if (last === undefined) return;
    const { document } = this.#value;
    const view = { ...document.view, camera: last.camera };
    this.#value = { ...this.#value, size: last.size, document: { ...document, view } };
  }

  /** Keeps a value that a viewer has set. */
  keepControl({ control, value }: Extract<RendererCommand, { type: "control" }>): void {
    if (value === undefined) return;
    const { [control]: _, ...others } = this.#value.controlValues ?? {};
    // A program may add and remove any number of controls.
    const newest = [...Object.entries(others), [control, value] as const].slice(-MAX_CONTROLS);
    this.#value = { ...this.#value, controlValues: Object.fromEntries(newest) };
  }

  /** The program may change what a viewer has set. Values that no viewer has set are not kept: the module sets them again. */
  updateControls(values: Readonly<Record<string, ControlValue>>): void {
    const kept = this.#value.controlValues ?? {};
    const changed = Object.entries(values).filter(([name]) => Object.hasOwn(kept, name));
    this.#value = { ...this.#value, controlValues: { ...kept, ...Object.fromEntries(changed) } };
  }

  /** Messages of the module begin with its path, or that of what it imports; reasons for the end of a process do not. */
  aboutModule(reason: string): string {
    return reason.startsWith("/") ? reason : `${this.#value.module ?? ""}: ${reason}`;
  }

  /** Replaces paths by file names: viewers must not learn where the files are on this machine. */
  withoutFolders(text: string): string {
    const { module } = this.#value;
    const files = [...this.files, ...this.#requestedFiles];
    const named = files.reduce((rest, path) => rest.replaceAll(path, basename(path)), text);
    return module === undefined ? named : named.replaceAll(`${dirname(module)}/`, "");
  }
}
