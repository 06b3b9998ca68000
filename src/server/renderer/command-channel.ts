import { COMMAND_ROLES, type CommandType, type RendererCommand } from "../../protocol/commands.ts";
import type { Role } from "../../protocol/role.ts";
import type { CommandError } from "../../protocol/server-messages.ts";

/** Executes commands of viewers, usually in the renderer process. */
export interface CommandExecutor {
  /** The commands that it supports. */
  readonly supports: readonly CommandType[];
  /** Executes a command. Rejects with an Error whose message is a sentence for the viewer. */
  execute(command: RendererCommand): Promise<void>;
}

/** Maximum number of commands in progress: a reload takes as long as loading. */
const MAX_PENDING = 16;

/** Passes the commands of viewers to the renderer, if their role allows it. */
export class CommandChannel {
  readonly #executor: CommandExecutor | undefined;
  #pending = 0;

  /** `executor`: undefined if the renderer accepts no commands. */
  constructor(executor: CommandExecutor | undefined) {
    this.#executor = executor;
  }

  allowed(role: Role): CommandType[] {
    return (this.#executor?.supports ?? []).filter((type) => isAllowed(type, role));
  }

  /** Executes a command. @returns the error; null if it was executed */
  async execute(command: RendererCommand, role: Role): Promise<CommandError | null> {
    if (!isAllowed(command.type, role)) {
      return {
        code: "may-not-steer",
        message: `The command "${command.type}" requires the token that may steer.`,
      };
    }
    if (!this.#executor?.supports.includes(command.type)) {
      return { code: "not-supported", message: `The command "${command.type}" is not supported here.` };
    }
    // A cancel is accepted above the limit too, because pending commands may wait for the end of the load.
    if (this.#pending >= MAX_PENDING && command.type !== "cancel") {
      return {
        code: "too-many",
        message: `${MAX_PENDING} commands are in progress; wait for their results.`,
      };
    }
    this.#pending++;
    try {
      await this.#executor.execute(command);
      return null;
    } catch (error) {
      return { code: "failed", message: error instanceof Error ? error.message : String(error) };
    } finally {
      this.#pending--;
    }
  }
}

function isAllowed(type: CommandType, role: Role): boolean {
  return role === "control" || COMMAND_ROLES[type] === "view";
}
