import { byId } from "../dom.ts";
import type { StatusMessage } from "./status-message.ts";

const BACK_MS = 1600;
const NOTE_MS = 6000;

/**
 * The one place where the page speaks: the sentence about its state, and for a moment a note about something else. What
 * is new is also told to screen readers.
 */
export class Notice {
  readonly #box = byId("notice", HTMLDivElement);
  readonly #text = byId("notice-text", HTMLParagraphElement);
  readonly #detail = byId("notice-detail", HTMLParagraphElement);
  readonly #progress = byId("notice-progress", HTMLProgressElement);
  readonly #spoken = byId("spoken", HTMLParagraphElement);
  #words: StatusMessage | null = null;
  #note: StatusMessage | null = null;
  #warning: StatusMessage | null = null;
  #hadTrouble = false;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  /** Says what state the page is in; null where nothing needs saying. After trouble that is over it says "Back." */
  say(words: StatusMessage | null): void {
    this.#words = words;
    this.#hadTrouble ||= words?.tone === "trouble";
    if (words === null && this.#hadTrouble) {
      this.#hadTrouble = false;
      this.note("Back.", { ms: BACK_MS });
    } else this.#show();
  }

  /** Says something for a moment, when there is nothing more important to say. */
  note(
    text: string,
    {
      ms = NOTE_MS,
      tone = "calm",
      detail,
    }: { ms?: number; tone?: StatusMessage["tone"]; detail?: string } = {},
  ): void {
    clearTimeout(this.#noteTimer);
    this.#note = { text, tone, ...(detail !== undefined && { detail }) };
    this.#noteTimer = setTimeout(() => {
      this.#note = null;
      this.#show();
    }, ms);
    this.#show();
  }

  /** Shows a persistent warning, at the lowest priority; null clears it. */
  warn(text: string | null): void {
    this.#warning = text === null ? null : { text, tone: "trouble" };
    this.#show();
  }

  #show(): void {
    const words = this.#words ?? this.#note ?? this.#warning;
    this.#box.hidden = words === null;
    if (words === null) {
      // Clears the live region too, where a screen reader would still find the old text.
      setText(this.#spoken, "");
      return;
    }
    this.#box.dataset.tone = words.tone;
    this.#box.classList.toggle("busy", words === this.#words);
    setText(this.#text, words.text);
    setText(this.#detail, words.detail ?? "");
    this.#detail.hidden = words.detail === undefined;
    this.#progress.hidden = words.fraction === undefined;
    this.#progress.value = words.fraction ?? 0;
    setText(this.#spoken, words.ariaText ?? [words.text, words.detail].filter(Boolean).join(" "));
  }
}

/** Leaves text alone that is the same: a screen reader would say it again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
