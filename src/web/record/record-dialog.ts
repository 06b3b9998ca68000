import { html, nothing, render, type TemplateResult } from "lit-html";
import type { CameraState } from "../../protocol/camera-state.ts";
import type { RecordingStatus } from "../../protocol/recording.ts";
import type { ServerUrls } from "../connection/server-urls.ts";
import { byId } from "../dom.ts";
import { SavedViews } from "../scene/saved-views.ts";
import { snapshotName } from "../view/snapshot.ts";
import { DEFAULT_CHOICES, type RecordChoices, requestOf, type SceneTime } from "./record-choices.ts";
import { recordForm } from "./record-form.ts";
import { RecordingClient } from "./recording-client.ts";

/** Time between two requests for the state of a recording, ms. */
const POLL_MS = 300;
/** The same after a request that failed or takes long, ms. */
const RETRY_MS = 5000;

/** Maximum number of views of a path. */
const MAX_VIEWS = 100;

interface RecordDialogOptions {
  readonly urls: ServerUrls;
  /** Title of the scene. */
  title(): string;
}

/**
 * The dialog for pictures and films. It is not modal: the view can be moved while it is open, for the views of a path, and while what is done
 * is recorded.
 */
export class RecordDialog {
  readonly #client: RecordingClient;
  readonly #options: RecordDialogOptions;
  readonly #element = byId("record-dialog", HTMLDialogElement);
  readonly #button = byId("record", HTMLButtonElement);
  #choices: RecordChoices = DEFAULT_CHOICES;
  #viewSize: readonly [number, number] | undefined;
  #time: SceneTime;
  /** The recording in progress, or the last one. */
  #status: RecordingStatus | null = null;
  /** Whether this page has begun it, and downloads it. */
  #isMine = false;
  /** When this page has begun it, ms. */
  #startedAt = 0;
  #message = "";
  #poll: number | undefined;

  constructor(options: RecordDialogOptions) {
    this.#options = options;
    this.#client = new RecordingClient(options.urls);
    this.#element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.toggle();
    });
    byId("record-close", HTMLButtonElement).addEventListener("click", () => this.toggle());
  }

  /** Time steps or animation of the scene; undefined for a static one. */
  set time(time: SceneTime) {
    const { steps, duration, speed } = this.#time ?? {};
    const isSame = time?.steps === steps && time?.duration === duration && time?.speed === speed;
    if (isSame) return;
    this.#time = time;
    const { kind } = this.#choices;
    if (time === undefined && kind === "steps") this.#choices = { ...this.#choices, kind: "picture" };
    this.#render();
  }

  toggle(): void {
    const { open } = this.#element;
    this.#button.setAttribute("aria-expanded", String(!open));
    if (open) {
      this.#element.close();
      this.#button.focus();
      return;
    }
    this.#render();
    this.#element.show();
    void this.#attempt(async () => {
      const [state, newest] = await Promise.all([this.#client.viewState(), this.#client.newest()]);
      this.#viewSize = state.frame === null ? undefined : [state.frame.width, state.frame.height];
      // Another viewer, or this page before it was loaded again, may have begun one.
      if (newest !== null && isActive(newest) && !isActive(this.#status)) this.#follow(newest, false);
    });
  }

  #set(change: Partial<RecordChoices>): void {
    this.#choices = { ...this.#choices, ...change };
    this.#render();
  }

  /** Cameras of the saved views. The server checks them. */
  #savedViews(): CameraState[] {
    return new SavedViews(this.#options.title())
      .list()
      .flatMap(({ state }) => (state.view.camera === undefined ? [] : [state.view.camera as CameraState]));
  }

  #addView(): void {
    void this.#attempt(async () => {
      const { camera } = await this.#client.viewState();
      const { views } = this.#choices;
      if (camera !== null && views.length < MAX_VIEWS) this.#set({ views: [...views, camera] });
    });
  }

  #start(): void {
    void this.#attempt(async () => {
      const request = requestOf(this.#choices, this.#viewSize, this.#time);
      const status = await this.#client.start(request);
      this.#startedAt = performance.now();
      this.#follow(status, true);
    });
  }

  #stop(): void {
    const status = this.#status;
    if (status !== null)
      void this.#attempt(async () => this.#follow(await this.#client.stop(status), this.#isMine));
  }

  #cancel(): void {
    const status = this.#status;
    if (status === null) return;
    void this.#attempt(async () => {
      clearTimeout(this.#poll);
      await this.#client.cancel(status);
      clearTimeout(this.#poll);
      this.#status = null;
      this.#message = "Cancelled.";
    });
  }

  /** Shows the progress of a recording until it is done, and then downloads it if this page has begun it. */
  #follow(status: RecordingStatus, isMine: boolean): void {
    clearTimeout(this.#poll);
    this.#status = status;
    this.#isMine = isMine;
    this.#message = "";
    if (isActive(status)) this.#poll = window.setTimeout(() => this.#ask(status.id), POLL_MS);
    else if (status.state === "failed") this.#message = status.error ?? "The recording failed.";
    else if (isMine) this.#download(status);
    this.#render();
  }

  #ask(id: string): void {
    void this.#attempt(async () => {
      // Asked again after a failure, too.
      this.#poll = window.setTimeout(() => this.#ask(id), RETRY_MS);
      const newest = await this.#client.newest();
      // Meanwhile it may have been cancelled, another one begun, or another answer may have been faster.
      if (this.#status?.id !== id || !isActive(this.#status)) return;
      clearTimeout(this.#poll);
      if (newest?.id === id) this.#follow(newest, this.#isMine);
      else {
        this.#status = null;
        this.#message = "The recording was cancelled.";
      }
    });
  }

  #download(status: RecordingStatus): void {
    const link = document.createElement("a");
    link.href = this.#client.fileUrl(status);
    link.download = this.#fileName(status);
    link.click();
    this.#message = `Saved as ${link.download}, ${sizeText(status.bytes)}.`;
  }

  #fileName({ format }: RecordingStatus): string {
    const extension = format === "jpeg" ? "jpg" : format;
    return snapshotName(this.#options.title(), new Date(), extension);
  }

  /** Runs a request, and shows its error. */
  async #attempt(request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      this.#message = error instanceof Error ? error.message : String(error);
    }
    this.#render();
  }

  #render(): void {
    const isCapturing = this.#status?.state === "capturing";
    this.#button.setAttribute("aria-pressed", String(isCapturing));
    const hadFocus = this.#element.contains(document.activeElement);
    render(this.#content(), byId("record-content", HTMLDivElement));
    // The form and the progress replace one another, and with them the focused button.
    if (hadFocus && !this.#element.contains(document.activeElement))
      this.#element.querySelector<HTMLElement>(".primary:enabled, .record-actions button")?.focus();
  }

  #content(): TemplateResult {
    const status = this.#status;
    const progress = status !== null && isActive(status) ? this.#progress(status) : undefined;
    return html`${progress ?? this.#form()}
      <div class="record-end">
        <p class="record-message" role="status">${this.#message}</p>
        ${progress === undefined ? this.#submit() : nothing}
      </div>`;
  }

  #form(): TemplateResult {
    const choices = this.#choices;
    return html`<form
      id="record-form"
      class="record-fields"
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#start();
      }}
    >
      ${recordForm({
        ...{ choices, viewSize: this.#viewSize, time: this.#time },
        savedViews: choices.kind === "path" ? this.#savedViews() : [],
        set: (change) => this.#set(change),
        addView: () => this.#addView(),
      })}
    </form>`;
  }

  #submit(): TemplateResult {
    const { kind, views } = this.#choices;
    const action = kind === "picture" ? "Save" : kind === "live" ? "Start" : "Record";
    return html`<button
      type="submit"
      form="record-form"
      class="text-button primary"
      ?disabled=${kind === "path" && views.length < 2}
    >${action}</button>`;
  }

  #progress(status: RecordingStatus): TemplateResult {
    if (status.state === "capturing") {
      const seconds = this.#isMine ? ` ${Math.floor((performance.now() - this.#startedAt) / 1000)} s` : "";
      return html`<p>Recording what ${this.#isMine ? "you do" : "is done"}, until you stop it.${seconds}</p>
        <div class="record-actions">
          <button type="button" class="text-button primary" @click=${() => this.#stop()}>Stop</button>
          <button type="button" class="text-button" @click=${() => this.#cancel()}>Cancel</button>
        </div>`;
    }
    return html`<progress max="1" .value=${status.fraction} aria-label="Progress of the recording"></progress>
      <p>${progressText(status)}</p>
      <div class="record-actions">
        <button type="button" class="text-button" @click=${() => this.#cancel()}>Cancel</button>
      </div>
      ${this.#isMine ? nothing : html`<p class="record-note">Another viewer has begun it.</p>`}`;
  }
}

function isActive(status: RecordingStatus | null): boolean {
  return status?.state === "capturing" || status?.state === "rendering";
}

/** "Picture 12 of 120, about 730 kB, 6 s left" */
function progressText({ frame, frames, estimatedBytes, secondsLeft, phase }: RecordingStatus): string {
  const work = frames > 1 ? `Picture ${Math.min(frames, frame + 1)} of ${frames}` : capitalized(phase);
  return [
    work,
    ...(estimatedBytes === null ? [] : [`about ${sizeText(estimatedBytes)}`]),
    ...(secondsLeft === null ? [] : [`${secondsLeft} s left`]),
  ].join(", ");
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
