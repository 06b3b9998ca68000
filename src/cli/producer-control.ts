import { rm, rmdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { basename, dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { CommandType, RendererCommand } from "../protocol/commands.ts";
import type { Control, ControlValue } from "../protocol/panel.ts";
import { TokenBucket } from "../rtp/token-bucket.ts";
import type { CommandAnswer, CommandExecutor } from "../server/renderer/command-channel.ts";
import { isListening } from "../server/unix-socket.ts";
import { Backoff } from "../util/backoff.ts";
import { readLines } from "./lines.ts";
import { checkControls, MAX_LINE_LENGTH, parseProducerLine, withValue } from "./producer-messages.ts";

const log = getLogger(["scenecast", "serve"]);

/** Time from the end of a connection to the next attempt, ms. */
const RECONNECT_MS = { first: 100, max: 2000 };

/** Lines that are read from a producer, on average and at once; a long one counts as several. More wait in the socket. */
const LINES_PER_SECOND = 100;
const LINES_AT_ONCE = 200;
const LINE_UNIT = 1 << 16;
/** Interval of checking the rate, and whether a program has ended, ms. */
const POLL_MS = 20;

/** Maximum size of unsent lines, bytes, above which refused lines are not answered. */
const MAX_UNSENT_BYTES = 1 << 16;

/** Folders that are removed with their socket when its program has ended begin with this. */
const OWN_FOLDER_PREFIX = "scenecast-";

export interface ProducerControlOptions {
  /** Shows the controls of the producer, with their values; none if it has no panel. */
  readonly onControls: (controls: Control[]) => void;
  /** Shows values that have changed, by the names of their controls. */
  readonly onValues: (values: Readonly<Record<string, ControlValue>>) => void;
}

/** The client of a producer's control socket: shows its controls, and passes the viewers' changes to it. */
export class ProducerControl implements CommandExecutor {
  readonly #options: ProducerControlOptions;
  readonly #backoff = new Backoff(RECONNECT_MS);
  readonly #logLimit = new TokenBucket(5, 0.1);
  #path: string | undefined;
  #socket: Socket | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  #controls: ReadonlyMap<string, Control> = new Map();
  /** Commands that the producer has not answered, by id. */
  readonly #pending = new Map<number, PromiseWithResolvers<void>>();
  #newestId = 0;

  constructor(options: ProducerControlOptions) {
    this.#options = options;
  }

  get supports(): readonly CommandType[] {
    return this.#controls.size > 0 ? ["control"] : [];
  }

  /** Connects to this socket, now or once a program listens there, and again whenever the connection ends; undefined: to none. */
  follow(path: string | undefined): void {
    if (path === this.#path) return;
    this.#close();
    this.#path = path;
    this.#backoff.reset();
    this.#connect();
  }

  /** Rejects with a sentence for the viewer. */
  async execute(command: RendererCommand): Promise<CommandAnswer> {
    if (command.type !== "control") throw new Error("The program takes changes of its controls only.");
    const control = this.#controls.get(command.control);
    if (control === undefined || this.#socket === undefined)
      throw new Error("The program has no control of this name; it may have removed it.");
    const { name, label } = control;
    if (control.type !== "action") {
      const changed = withValue(control, command.value);
      this.#setControls([changed]);
      command = { ...command, value: "value" in changed ? changed.value : undefined };
    } else if (command.value !== undefined) {
      throw new Error(`"${label}" is a button, which has no value.`);
    }
    const id = ++this.#newestId;
    const result = Promise.withResolvers<void>();
    this.#pending.set(id, result);
    send(this.#socket, { type: "command", id, command: { ...command, control: name } });
    await result.promise;
  }

  /**
   * Disconnects, and removes the socket of a program that was killed.
   *
   * @param deadline time until which the end of the program is awaited, ms of `performance.now()`
   */
  async close(deadline: number): Promise<void> {
    const path = this.#path;
    this.follow(undefined);
    if (path !== undefined) await removeAbandoned(path, deadline);
  }

  #connect(): void {
    const path = this.#path;
    if (path === undefined) return;
    const socket = connect(path);
    this.#socket = socket;
    // Errors also end the iteration over the lines.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      log.debug`${error}`;
      if (error.code === "ECONNREFUSED") void removeAbandoned(path, 0);
    });
    void this.#read(socket).finally(() => {
      socket.destroy();
      if (socket !== this.#socket) return;
      this.#close();
      this.#reconnectTimer = setTimeout(() => this.#connect(), this.#backoff.next());
    });
  }

  /** Ends the connection: viewers see no panel, and commands in progress fail. */
  #close(): void {
    clearTimeout(this.#reconnectTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    for (const { reject } of this.#pending.values())
      reject(new Error("The program has ended or closed its panel before it answered."));
    this.#pending.clear();
    if (this.#controls.size === 0) return;
    this.#controls = new Map();
    this.#options.onControls([]);
  }

  async #read(socket: Socket): Promise<void> {
    const rate = new TokenBucket(LINES_AT_ONCE, LINES_PER_SECOND);
    try {
      for await (const line of readLines(socket, "throw", MAX_LINE_LENGTH)) {
        // Lines that are not read fill the socket, so that the program waits.
        while (!rate.take(performance.now(), Math.ceil((line.length + 1) / LINE_UNIT)))
          await Bun.sleep(POLL_MS);
        if (socket !== this.#socket) return;
        if (line.trim() !== "") this.#receive(socket, line);
      }
    } catch (error) {
      // An error of the socket has a code, and was logged.
      if (!("code" in (error as Error))) this.#logRefused(error);
    }
  }

  #receive(socket: Socket, line: string): void {
    try {
      const message = parseProducerLine(line);
      switch (message.type) {
        case "panel":
          this.#controls = checkControls(message.panel.program);
          this.#backoff.reset();
          this.#options.onControls([...this.#controls.values()]);
          break;
        case "control-values":
          this.#setControls(
            Object.entries(message.values).map(([name, value]) => {
              const control = this.#controls.get(name);
              if (control === undefined) throw new RangeError(`The panel has no control "${name}".`);
              return withValue(control, value);
            }),
          );
          break;
        case "command-result":
          this.#onResult(message);
          break;
      }
    } catch (error) {
      this.#refuse(socket, error);
    }
  }

  #setControls(changed: readonly Control[]): void {
    const controls = new Map(this.#controls);
    for (const control of changed) controls.set(control.name, control);
    this.#controls = controls;
    this.#options.onValues(
      Object.fromEntries(
        changed.flatMap((control) =>
          control.type === "action" || control.value === undefined ? [] : [[control.name, control.value]],
        ),
      ),
    );
  }

  #onResult({ id, error }: { readonly id: number; readonly error?: string | undefined }): void {
    const result = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) result?.resolve();
    else result?.reject(new Error(error));
  }

  /** Logs and answers a line that was not accepted. */
  #refuse(socket: Socket, error: unknown): void {
    const message = this.#logRefused(error);
    if (socket.writableLength < MAX_UNSENT_BYTES) send(socket, { type: "error", message });
  }

  #logRefused(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#logLimit.take())
      log.warning`A line on the control socket ${this.#path} was refused. ${message}`;
    return message;
  }
}

/** Removes the socket of a program that has ended, with its folder, if that is one of ours: a program that was killed could not. */
async function removeAbandoned(path: string, deadline: number): Promise<void> {
  if (!basename(dirname(path)).startsWith(OWN_FOLDER_PREFIX)) return;
  try {
    while (await isListening(path)) {
      if (performance.now() > deadline) return;
      await Bun.sleep(POLL_MS);
    }
    await rm(path, { force: true });
    await rmdir(dirname(path));
  } catch (error) {
    log.debug`${error}`;
  }
}

function send(socket: Socket, message: object): void {
  socket.write(`${JSON.stringify(message)}\n`);
}
