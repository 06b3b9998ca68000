import type { Panel } from "../../panel/panel.ts";
import { COMMAND_ROLES, type CommandType, type RendererCommand } from "../../protocol/commands.ts";
import type { PickPurpose, PickResult } from "../../protocol/pick.ts";
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

/** Finds what a place of the view shows: `ShowManager.pick`. */
export type PickExecutor = (x: number, y: number, purpose: PickPurpose) => PickResult;

/** What a program in the process of the server executes itself. */
interface ProgramCommands {
  readonly panel?: Panel | undefined;
  readonly pick?: PickExecutor | undefined;
}

/** Its error, or its answer if it has one. */
export type CommandOutcome = Pick<CommandResultMessage, "error" | "result">;

/** Maximum number of commands in progress: a reload takes as long as loading. */
const MAX_PENDING = 16;

/** Passes the commands of viewers to the renderer, if their role allows it. */
export class CommandChannel {
  readonly #executor: CommandExecutor | undefined;
  readonly #program: ProgramCommands;
  /** Picks are counted apart: they do not wait for a load. */
  readonly #pending = { commands: 0, picks: 0 };

  /**
   * @param executor undefined if the renderer accepts no commands
   * @param program executes "control" and "pick" instead of the executor
   */
  constructor(executor: CommandExecutor | undefined, program: ProgramCommands = {}) {
    this.#executor = executor;
    this.#program = program;
  }

  allowed(role: Role): CommandType[] {
    return this.#supported.filter((type) => isAllowed(type, role));
  }

  get #supported(): CommandType[] {
    const supported = new Set(this.#executor?.supports);
    if (this.#program.panel !== undefined) supported.add("control");
    if (this.#program.pick !== undefined) supported.add("pick");
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
    const { panel, pick } = this.#program;
    if (command.type === "control" && panel !== undefined)
      return await panel.execute(command.control, command.value);
    if (command.type === "pick" && pick !== undefined)
      return { ...pick(command.x, command.y, command.purpose ?? "hover") };
    return await this.#executor?.execute(command);
  }
}

function isAllowed(type: CommandType, role: Role): boolean {
  return role === "control" || COMMAND_ROLES[type] === "view";
}
