import type { CommandMessage } from "../../protocol/client-messages.ts";
import type { RendererCommand } from "../../protocol/commands.ts";
import type { CommandResultMessage } from "../../protocol/server-messages.ts";

/** Sends commands to the renderer and waits for their results. */
export class CommandClient {
  readonly #send: (message: CommandMessage) => void;
  readonly #pending = new Map<number, PromiseWithResolvers<CommandResultMessage["result"]>>();
  #lastId = 0;

  constructor(send: (message: CommandMessage) => void) {
    this.#send = send;
  }

  /** Returns the answer of a command that asks for something. Rejects with a sentence for the user if it was not executed. */
  execute(command: RendererCommand): Promise<CommandResultMessage["result"]> {
    const id = ++this.#lastId;
    const result = Promise.withResolvers<CommandResultMessage["result"]>();
    this.#pending.set(id, result);
    this.#send({ type: "command", id, command });
    return result.promise;
  }

  onResult({ id, error, result: answer }: CommandResultMessage): void {
    const result = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) result?.resolve(answer);
    else result?.reject(new Error(error.message));
  }

  /** Rejects the commands in progress, when the connection is closed. */
  reset(): void {
    for (const { reject } of this.#pending.values()) reject(new Error("The connection was lost."));
    this.#pending.clear();
  }
}
