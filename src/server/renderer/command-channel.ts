import type { Panel } from "../../panel/panel.ts";
import { COMMAND_ROLES, type CommandType, type RendererCommand } from "../../protocol/commands.ts";
import type { Role } from "../../protocol/role.ts";
import type { CommandResultMessage } from "../../protocol/server-messages.ts";

/** The answer of a command that asks for something. */
// biome-ignore lint/suspicious/noConfusingVoidType: most executors return nothing.
export type CommandAnswer = Readonly<Record<string, unknown>> | undefined | void;

/** Executes commands of viewers, usually in the renderer process. */
export interface CommandExecutor {
  /** The commands that it supports. */
  readonly supports: readonly CommandType[];
  /** Executes a command, and returns the answer if it asks for something. Rejects with an Error whose message is a sentence for the viewer. */
  execute(command: RendererCommand): Promise<CommandAnswer>;
}

/** Its error, or its answer if it has one. */
export type CommandOutcome = Pick<CommandResultMessage, "error" | "result">;

/** Maximum number of commands in progress: a reload takes as long as loading. */
const MAX_PENDING = 16;

/** Passes the commands of viewers to the renderer, if their role allows it. */
export class CommandChannel {
  readonly #executor: CommandExecutor | undefined;
  readonly #panel: Panel | undefined;
  /** Picks are counted apart: they do not wait for a load. */
  readonly #pending = { commands: 0, picks: 0 };

  /**
   * @param executor undefined if the renderer accepts no commands
   * @param panel executes "control" instead of the executor
   */
  constructor(executor: CommandExecutor | undefined, panel?: Panel) {
    this.#executor = executor;
    this.#panel = panel;
  }

  allowed(role: Role): CommandType[] {
    return this.#supported.filter((type) => isAllowed(type, role));
  }

  get #supported(): CommandType[] {
    const supported = new Set(this.#executor?.supports);
    if (this.#panel !== undefined) supported.add("control");
    return [...supported];
  }

  /** Executes a command. */
  async execute(command: RendererCommand, role: Role): Promise<CommandOutcome> {
    if (!isAllowed(command.type, role)) {
      const message = `The command "${command.type}" requires the token that may steer.`;
      return { error: { code: "may-not-steer", message } };
    }
    if (!this.#supported.includes(command.type)) {
      const message = `The command "${command.type}" is not supported here.`;
      return { error: { code: "not-supported", message } };
    }
    // A cancel is accepted above the limit too, because pending commands may wait for the end of the load.
    const kind = command.type === "pick" ? "picks" : "commands";
    if (this.#pending[kind] >= MAX_PENDING && command.type !== "cancel") {
      const message = `${MAX_PENDING} commands are in progress; wait for their results.`;
      return { error: { code: "too-many", message } };
    }
    this.#pending[kind]++;
    try {
      // A program may react to a click, which then would be steering.
      const isViewed = command.type === "pick" && role === "view";
      const result = await this.#execute(isViewed ? { ...command, purpose: "hover" } : command);
      return result === undefined ? {} : { result };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { error: { code: "failed", message } };
    } finally {
      this.#pending[kind]--;
    }
  }

  async #execute(command: RendererCommand): Promise<CommandAnswer> {
    if (command.type === "control" && this.#panel !== undefined)
      return await this.#panel.execute(command.control, command.value);
    return await this.#executor?.execute(command);
  }
}

function isAllowed(type: CommandType, role: Role): boolean {
  return role === "control" || COMMAND_ROLES[type] === "view";
}
