import { html, nothing, render, type TemplateResult } from "lit-html";
import type { CommandType, RendererCommand } from "../../protocol/commands.ts";
import type { ServerMessage } from "../../protocol/server-messages.ts";
import { byId } from "../dom.ts";
import { readPanelOpen, writePanelOpen } from "../storage.ts";
import { TextFields } from "./control.ts";
import { controlList, disclosure, type PanelInteraction } from "./control-list.ts";
import { infoSection } from "./facts.ts";
import { ICONS } from "./icons.ts";
import { layersSection } from "./layers-section.ts";
import { PanelState } from "./panel-state.ts";
import { SheetHandle } from "./sheet-handle.ts";
import { timeSection } from "./time-section.ts";
import { viewSection } from "./view-section.ts";

/** Commands of a server whose renderer describes a panel. */
const PANEL_COMMANDS: readonly CommandType[] = ["layer", "control"];

/** Commands of the panel's controls. */
const COMMANDS: readonly CommandType[] = ["layer", "scene", "play", "control"];

/** As in panel.css: windows that are wide enough for the panel beside the picture. */
const WIDE = "(min-width: 600px)";

interface PanelOptions {
  execute: (command: RendererCommand) => Promise<unknown>;
  onRefused: (error: unknown) => void;
  /** @returns whether this viewer can reset the view */
  resetView: () => boolean;
  /** Called when it opens or closes, and when the server begins or ceases to have one. */
  onChange: () => void;
}

/**
 * The panel with the layers, the view, time, the controls of a program and facts about the data. It is beside the picture, which becomes
 * smaller: a panel above it would hide the scalar bar and the letters at its edge. It is drawn after the first frame, and only while it
 * is open and something has changed.
 */
export class Panel {
  readonly #options: PanelOptions;
  readonly #element = byId("panel", HTMLElement);
  readonly #state: PanelState;
  readonly #interaction: PanelInteraction;
  /** Headings that were opened or closed, by key. */
  readonly #open = new Map<string, boolean>();
  #wantsOpen = readPanelOpen();
  #mayHavePanel = false;
  #canReset = false;
  #isConnected = false;
  #hasFrame = false;
  #isScheduled = false;

  constructor(options: PanelOptions) {
    this.#options = options;
    const onChange = () => this.#schedule();
    this.#state = new PanelState({ execute: options.execute, onRefused: options.onRefused, onChange });
    this.#interaction = {
      fields: new TextFields(onChange),
      isOpen: (key, byDefault = false) => this.#open.get(key) ?? byDefault,
      setOpen: (key, isOpen) => {
        this.#open.set(key, isOpen);
        this.#schedule();
      },
    };
    new SheetHandle(byId("panel-handle", HTMLElement));
    for (const type of ["pointerup", "pointercancel"]) {
      window.addEventListener(type, () => this.#state.release(), { capture: true });
    }
    this.#element.addEventListener("change", () => this.#state.release());
    this.#element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      const { target } = event;
      if (!(target instanceof Element && this.#interaction.fields.undo(target.id))) this.toggle();
    });
    byId("panel-close", HTMLButtonElement).addEventListener("click", () => this.toggle());
  }

  /** Whether the server has described anything to set. */
  get isAvailable(): boolean {
    return this.#state.panel !== undefined || this.#mayHavePanel;
  }

  get isOpen(): boolean {
    return this.#wantsOpen === true && this.isAvailable;
  }

  /** Opens or closes it. @returns whether there is one */
  toggle(): boolean {
    if (!this.isAvailable) return false;
    const hadFocus = this.#element.contains(document.activeElement);
    this.#wantsOpen = !this.isOpen;
    writePanelOpen(this.#wantsOpen);
    this.#update();
    if (this.#wantsOpen) this.#element.focus({ preventScroll: true });
    else if (hadFocus) byId("toggle-panel", HTMLButtonElement).focus();
    return true;
  }

  /** To be called with each hello. `canReset`: whether this viewer can reset the view. */
  setCapabilities({ commands, canReset }: { commands: readonly CommandType[]; canReset: boolean }): void {
    this.#canReset = canReset;
    this.#isConnected = true;
    this.#mayHavePanel = PANEL_COMMANDS.some((command) => commands.includes(command));
    this.#state.commands = commands;
    this.#update();
  }

  onMessage(message: Extract<ServerMessage, { type: "panel" | "scene" | "control-values" }>): void {
    switch (message.type) {
      case "panel":
        this.#state.setPanel(message.panel);
        // A program that has controls of its own wants them to be seen.
        if (message.panel.program.length > 0 && window.matchMedia(WIDE).matches) this.#wantsOpen ??= true;
        this.#update();
        break;
      case "scene":
        this.#state.setDocument(message.document);
        break;
      case "control-values":
        this.#state.setValues(message.values);
    }
  }

  /** To be called when a frame was shown. */
  onFrame(): void {
    if (this.#hasFrame) return;
    this.#hasFrame = true;
    this.#schedule();
  }

  /** Forgets the changes in progress, because the connection is closed; what was described stays visible. */
  reset(): void {
    this.#isConnected = false;
    this.#state.reset();
  }

  #update(): void {
    this.#element.hidden = !this.isOpen;
    document.body.classList.toggle("panel-open", this.isOpen);
    this.#options.onChange();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || !this.isOpen || !this.#hasFrame) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#draw();
    });
  }

  /** Draws the panel. The focus stays where it is, also if its element is moved or removed. */
  #draw(): void {
    const content = byId("panel-content", HTMLDivElement);
    const focused = document.activeElement;
    const isInside = focused instanceof HTMLElement && content.contains(focused);
    const line = isInside ? focused.closest(".row, .layer, .section") : null;
    render(this.#content(), content);
    if (!isInside || document.activeElement === focused) return;
    const next = focused.isConnected
      ? focused
      : line?.querySelector<HTMLElement>("input, select, button, summary");
    (next ?? this.#element).focus({ preventScroll: true });
  }

  #content(): TemplateResult {
    const { panel } = this.#state;
    if (panel === undefined) return html`<p class="empty">There is nothing to set yet.</p>`;
    const { layers, view, time, program } = panel;
    const interaction = this.#interaction;
    const cannotSet = this.#isConnected && !COMMANDS.some((command) => this.#state.may(command));
    const warned = layers.filter(({ warnings }) => warnings.length > 0).length;
    return html`${cannotSet ? html`<p class="empty">View only: you can see these values, and not change them.</p>` : nothing}
    ${this.#section("Controls", program.length > 0, () =>
      controlList(program, this.#state.program, interaction, { opensFolders: true }),
    )}
    ${this.#section("Layers", layers.length > 0, () => layersSection(this.#state, interaction))}
    ${this.#section("View", view.length > 0, () =>
      viewSection(
        this.#state,
        interaction,
        this.#canReset ? () => void this.#options.resetView() : undefined,
      ),
    )}
    ${this.#section("Time", time !== undefined, () => timeSection(this.#state, interaction))}
    ${this.#section(
      warned === 0
        ? "Info"
        : html`Info <span class="warned" role="img" aria-label="with warnings">${ICONS.warning}</span>`,
      layers.length > 0,
      () => infoSection(layers),
      false,
    )}`;
  }

  #section(
    title: string | TemplateResult,
    isShown: boolean,
    content: () => TemplateResult,
    opensByDefault = true,
  ): TemplateResult | typeof nothing {
    if (!isShown) return nothing;
    const key = typeof title === "string" ? title : "Info";
    return disclosure({
      ...{ key, className: "section", interaction: this.#interaction, opensByDefault },
      title: html`<h2>${title}</h2>`,
      content,
    });
  }
}
