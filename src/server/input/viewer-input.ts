import type { Size } from "../../encode/frame.ts";
import { EVENT, type EventRow } from "../../memory/event-row.ts";
import type { EventMessage, FuryMessage, ResizeMessage } from "../../protocol/client-messages.ts";
import { MAX_EVENTS_PER_SECOND } from "../../protocol/limits.ts";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import type { Hub } from "../hub.ts";
import type { ViewerConnection } from "../viewers/viewer-connection.ts";
import { eventRow } from "./event-rows.ts";
import type { InputSource } from "./grip.ts";
import { HeldButtons } from "./held-buttons.ts";

/** Minimum interval between two errors for events over the rate limit that occur in streams, ms. */
const RATE_WARNING_INTERVAL_MS = 1000;

/** The events of one viewer: checks its right to steer, its rate and whether another viewer steers, and passes them to the renderer. */
export class ViewerInput implements InputSource {
  readonly #hub: Hub;
  readonly #connection: ViewerConnection;
  readonly #buttons = new HeldButtons();
  readonly #rate = new TokenBucket(MAX_EVENTS_PER_SECOND, MAX_EVENTS_PER_SECOND);
  /** Size of the viewer's window, to which its pointer events refer; null before its first `resize`. */
  #windowSize: Size | null = null;
  /** Whether the viewer was warned that there is no renderer: one warning is enough for a drag of a hundred moves. */
  #warnedNoRenderer = false;
  /** Number of the grip of another viewer of which this one was warned. */
  #warnedOfGrip = 0;
  /** Time of the last warning of too many moves, wheel turns or resizes, `performance.now()`. */
  #lastRateWarningAt = Number.NEGATIVE_INFINITY;
  /** Time stamp of the newest event, ms by the page's clock. */
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(hub: Hub, connection: ViewerConnection) {
    this.#hub = hub;
    this.#connection = connection;
    hub.steering.add(this);
  }

  get id(): string {
    return this.#connection.id;
  }

  get hasButtonDown(): boolean {
    return this.#buttons.hasButtonDown;
  }

  releaseButtons(): void {
    this.#buttons.releaseButtons((row) => this.#hub.push(row));
  }

  /** To be called when the viewer has disconnected: releases its buttons. */
  close(): void {
    try {
      this.releaseButtons();
    } finally {
      this.#hub.steering.remove(this);
    }
  }

  /** Handles an event. A resize is steering too, since it changes every viewer's view. */
  handle(message: FuryMessage | EventMessage): void {
    if (this.#connection.role !== "control") {
      this.#connection.refuse(
        "may-not-steer",
        "You can see this view but not steer it: it was opened with the view-only token.",
      );
    } else if ("event_type" in message && message.event_type === "resize") this.#handleResize(message);
    else this.#handleEvent(message);
  }

  #handleResize(message: ResizeMessage): void {
    if (!this.#rate.take()) {
      this.#refuseTooMany(EVENT.resize);
      return;
    }
    this.#windowSize = { width: message.width, height: message.height };
    if (this.#connection.isOpen) this.#hub.steering.setWindowSize(this, message);
  }

  #handleEvent(message: FuryMessage | Exclude<EventMessage, ResizeMessage>): void {
    const { eventCapabilities, missingInputReason, viewSize } = this.#hub.renderer;
    if (eventCapabilities === null) {
      if (!this.#warnedNoRenderer) {
        this.#connection.refuse("no-renderer", `Your input is not accepted: ${missingInputReason}.`);
      }
      this.#warnedNoRenderer = true;
      this.#buttons.reset();
      return;
    }
    this.#warnedNoRenderer = false;
    const size = this.#windowSize ?? viewSize ?? { width: 1, height: 1 };
    const row = eventRow(message, size, eventCapabilities);
    if (row === null || this.#isOutdated(row)) return;
    const decision = this.#buttons.decide(row, this, this.#hub.steering, eventCapabilities);
    if (decision === "reject") this.#refuseOutOfTurn();
    if (decision === "accept") this.#push(row);
  }

  /** Whether this is a move that arrived after a newer event: it would set the pointer back. */
  #isOutdated(row: EventRow): boolean {
    if (this.#connection.isOrdered) return false;
    const timestampMs = row[6] ?? 0;
    if (row[0] === EVENT.mouseMove && timestampMs < this.#newestMs) return true;
    this.#newestMs = Math.max(this.#newestMs, timestampMs);
    return false;
  }

  #push(row: EventRow): void {
    const [id = 0] = row;
    // The release of a button that is down is always accepted: otherwise the renderer would continue the drag.
    if (!this.#rate.take() && !this.#buttons.isOwnRelease(row)) {
      this.#refuseTooMany(id);
    } else if (this.#hub.push(row)) {
      this.#buttons.track(row);
      this.#hub.steering.onEvent(this, id);
    } else {
      this.#connection.refuse(
        "input-stalled",
        `The ${this.#hub.producer} does not read its events at the moment; this one was dropped.`,
      );
    }
  }

  /** Refuses an event while another viewer steers, with one error for each time that it begins to. */
  #refuseOutOfTurn(): void {
    const { gripNumber } = this.#hub.steering;
    if (this.#warnedOfGrip === gripNumber) return;
    this.#warnedOfGrip = gripNumber;
    this.#connection.refuse(
      "another-steers",
      "Another viewer is steering. Your input is accepted again a second after it has stopped.",
    );
  }

  /** Drops an event over the rate limit, with an error: for moves, wheel turns and resizes at most once a second. */
  #refuseTooMany(event: number): void {
    if (event === EVENT.mouseMove || event === EVENT.wheel || event === EVENT.resize) {
      const now = performance.now();
      if (now - this.#lastRateWarningAt < RATE_WARNING_INTERVAL_MS) return;
      this.#lastRateWarningAt = now;
    }
    this.#connection.refuse(
      "too-many",
      `One viewer may send ${MAX_EVENTS_PER_SECOND} events per second; further ones are dropped. Send moves less often.`,
    );
  }
}
