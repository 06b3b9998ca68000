import type { RendererCommand } from "../../protocol/commands.ts";

/** Values by name; null: the default. */
export type Patch = Readonly<Record<string, unknown>>;

/** What a command changes: a layer, the view, a control of a program. */
export interface ChangeTarget {
  /** Unique among all targets. */
  readonly key: string;
  /** Builds the command that makes the change, when it is sent. */
  readonly toCommand: (patch: Patch) => RendererCommand;
  /** Called after the server has accepted the change. */
  readonly onAccepted: (patch: Patch) => void;
}

interface Changes {
  inFlight: Patch;
  next: Patch | null;
}

/**
 * Sends changes with at most one command in flight per target. Latest wins: changes that are made meanwhile are merged and sent as one
 * command, so that a dragged slider never queues up.
 */
export class ChangeQueue {
  readonly #execute: (command: RendererCommand) => Promise<unknown>;
  readonly #onRefused: (error: unknown) => void;
  readonly #onSettled: () => void;
  readonly #changes = new Map<string, Changes>();

  /** @param options `onSettled` is called after each command, accepted or refused */
  constructor(options: {
    execute: (command: RendererCommand) => Promise<unknown>;
    onRefused: (error: unknown) => void;
    onSettled: () => void;
  }) {
    this.#execute = options.execute;
    this.#onRefused = options.onRefused;
    this.#onSettled = options.onSettled;
  }

  add(target: ChangeTarget, patch: Patch): void {
    const changes = this.#changes.get(target.key);
    if (changes !== undefined) changes.next = { ...changes.next, ...patch };
    else void this.#sendAll(target, { inFlight: patch, next: null });
  }

  /** Changes of this target that are not accepted yet; undefined if there are none. */
  pending(key: string): Patch | undefined {
    const changes = this.#changes.get(key);
    return changes && { ...changes.inFlight, ...changes.next };
  }

  /** Forgets all changes, because the connection is closed. */
  clear(): void {
    this.#changes.clear();
  }

  async #sendAll(target: ChangeTarget, changes: Changes): Promise<void> {
    const { key } = target;
    this.#changes.set(key, changes);
    const isForgotten = () => this.#changes.get(key) !== changes;
    for (;;) {
      try {
        await this.#execute(target.toCommand(changes.inFlight));
        if (isForgotten()) return;
        target.onAccepted(changes.inFlight);
      } catch (error) {
        if (isForgotten()) return;
        this.#onRefused(error);
      }
      if (changes.next === null) break;
      changes.inFlight = changes.next;
      changes.next = null;
      this.#onSettled();
    }
    this.#changes.delete(key);
    this.#onSettled();
  }
}
