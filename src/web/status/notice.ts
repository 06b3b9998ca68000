import { byId } from "../dom.ts";
import { RECOVERY_NOTE, type StatusMessage } from "./status-message.ts";

const RECOVERY_MS = 1600;
const NOTE_MS = 6000;

/**
 * The page's message box and live region for screen readers. It shows one message, in this order of priority: the status of the
 * page, a temporary note, a warning.
 */
export class Notice {
  readonly #box = byId("notice", HTMLDivElement);
  readonly #text = byId("notice-text", HTMLParagraphElement);
  readonly #detail = byId("notice-detail", HTMLParagraphElement);
  readonly #progress = byId("notice-progress", HTMLProgressElement);
  readonly #liveRegion = byId("live-region", HTMLParagraphElement);
  #status: StatusMessage | null = null;
  #note: StatusMessage | null = null;
  #warning: StatusMessage | null = null;
  #hadError = false;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  /** Shows the status of the page; null if all is well, which is announced after an error. */
  setStatus(message: StatusMessage | null): void {
    this.#status = message;
    this.#hadError ||= message?.tone === "error";
    if (message === null && this.#hadError) {
      this.#hadError = false;
      this.note(RECOVERY_NOTE, RECOVERY_MS);
    } else this.#update();
  }

  /** Shows a message for a limited time. */
  note(message: StatusMessage, ms = NOTE_MS): void {
    clearTimeout(this.#noteTimer);
    this.#note = message;
    this.#noteTimer = setTimeout(() => {
      this.#note = null;
      this.#update();
    }, ms);
    this.#update();
  }

  /** Shows a persistent warning; null clears it. */
  setWarning(text: string | null): void {
    this.#warning = text === null ? null : { text, tone: "error" };
    this.#update();
  }

  #update(): void {
    const message = this.#status ?? this.#note ?? this.#warning;
    this.#box.hidden = message === null;
    if (message === null) {
      // A screen reader would find the old text in the live region.
      setText(this.#liveRegion, "");
      return;
    }
    this.#box.dataset.tone = message.tone;
    this.#box.classList.toggle("busy", message === this.#status);
    setText(this.#text, message.text);
    setText(this.#detail, message.detail ?? "");
    this.#detail.hidden = message.detail === undefined;
    this.#progress.hidden = message.fraction === undefined;
    this.#progress.value = message.fraction ?? 0;
    const { ariaText = [message.text, message.detail].filter(Boolean).join(" ") } = message;
    setText(this.#liveRegion, ariaText);
  }
}

/** Sets a text if it differs: a screen reader announces every change of the live region, even to the same text. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
