import { EVENT, type TakenEvents } from "../memory/event-ids.ts";
import type { EventRow } from "../memory/event-row.ts";
import { isPress, isRelease, type Steering, type SteeringLine } from "./steering.ts";

/** What is to become of an event: "ignored" is no event, "out-of-turn" one whose viewer is to be told why it has no effect. */
export type Admission = "taken" | "ignored" | "out-of-turn";

/** The buttons of one viewer, and which of its events are the renderer's in their turn. */
export class Pointer {
  /** The release rows of the buttons that are down, by their event id. */
  readonly #held = new Map<number, EventRow>();
  /** Ids of the releases that belong to presses without effect. */
  readonly #ignored = new Set<number>();

  /** Whether a button is down. */
  get holds(): boolean {
    return this.#held.size > 0;
  }

  /** Whether this is the release of a button that is down. */
  isOwnRelease(row: EventRow): boolean {
    return this.#held.has(row[0] ?? 0);
  }

  /** Whether the event counts now. A press that does not takes its moves and its release with it. */
  admit(row: EventRow, line: SteeringLine, steering: Steering, takes: TakenEvents): Admission {
    const id = row[0] ?? 0;
    if (isPress(id)) {
      if (steering.mayPress(line)) {
        this.#ignored.delete(id + 1);
        return "taken";
      }
      this.#ignored.add(id + 1);
      return "out-of-turn";
    }
    if (this.#ignored.delete(id)) return "ignored";
    if (this.holds) return "taken";
    if (id === EVENT.mouseMove) {
      const isHover = this.#ignored.size === 0 && !steering.anotherDrags(line) && takesHover(takes);
      return isHover ? "taken" : "ignored";
    }
    if (!steering.anotherDrags(line)) return "taken";
    return isRelease(id) || id === EVENT.keyUp ? "ignored" : "out-of-turn";
  }

  /** Keeps what it takes to release the buttons for a viewer that vanishes while it drags. */
  remember(row: EventRow): void {
    const id = row[0] ?? 0;
    if (isPress(id)) {
      const release = Float64Array.from(row);
      release[0] = id + 1;
      this.#held.set(id + 1, release);
    } else if (isRelease(id)) {
      this.#held.delete(id);
    } else if (id === EVENT.mouseMove) {
      for (const release of this.#held.values()) release.set(row.subarray(2), 2);
    }
  }

  /** Releases the buttons that are down, where the pointer was last; what the viewer still sends of this drag is ignored. */
  letGo(push: (row: EventRow) => void): void {
    for (const [id, row] of this.#held) {
      this.#ignored.add(id);
      push(row);
    }
    this.#held.clear();
  }

  /** The renderer is gone: the next one knows of no button. */
  forget(): void {
    this.#held.clear();
    this.#ignored.clear();
  }
}

/**
 * Whether a consumer takes moves without a button. One that knows FURY's eight events alone renders after each: 120 such moves
 * were 116 renders, and a press waited 0.4 to 1.2 s behind them. FURY's own page sends none.
 */
function takesHover({ resize, keys, doubleClick }: TakenEvents): boolean {
  return resize || keys || doubleClick;
}
