import type { ViewersMessage } from "../../protocol/server-messages.ts";
import { byId } from "../dom.ts";

/** Who else is there, beside the dot of the status; nothing while this viewer is alone. */
export class PeopleStatus {
  readonly #element = byId("people", HTMLSpanElement);
  readonly #text = byId("people-text", HTMLSpanElement);

  show({ count, steers }: Pick<ViewersMessage, "count" | "steers">): void {
    this.#element.hidden = count < 2;
    this.#element.dataset.steers = steers ?? "";
    this.#text.textContent = peopleText(count, steers);
    document.body.classList.toggle("another-steers", steers === "another");
  }

  /** Forgets the others: the connection is closed. */
  reset(): void {
    this.show({ count: 1, steers: null });
  }
}

function peopleText(count: number, steers: ViewersMessage["steers"]): string {
  const who = { you: ", you steer", another: ", another one steers" };
  return `${count} viewers${steers === null ? "" : who[steers]}`;
}
