import { writeSync } from "node:fs";
import { dieWithParent, exitAfterInputEnds } from "../native/process.ts";
import type { CommandType } from "../protocol/commands.ts";
import { codeOf, describeError } from "./errors.ts";
import { readLines } from "./lines.ts";
import { configureLog } from "./log.ts";
import {
  formatLine,
  MAX_MESSAGE_LENGTH,
  parseLine,
  type RendererMessage,
  rendererRequestSchema,
} from "./renderer-protocol.ts";
import { SceneRenderer } from "./scene-renderer.ts";

const HEARTBEAT_INTERVAL_MS = 1000;

/**
 * Commands that do not wait for those before them, such as a load. The callback of a control may take long, and another one may end it; what is
 * under the pointer is answered from the frame that is shown.
 */
const IMMEDIATE: ReadonlySet<CommandType> = new Set(["cancel", "control", "pick"]);

/** Time for the clean-up after the end of standard input, ms. Then a native thread ends the process, in case JavaScript hangs. */
const CLEAN_UP_TIMEOUT_MS = 2000;

/**
 * Entry point of the renderer process of `view`: executes the requests on standard input and sends messages on standard output
 * (renderer-protocol.ts). Exits and removes its segments when its input ends, that is when the parent closed it or died.
 */
export async function runRenderer(parentPid: number): Promise<void> {
  if (!dieWithParent(parentPid)) process.exit(1);
  exitAfterInputEnds(CLEAN_UP_TIMEOUT_MS);
  // Ctrl+C, Ctrl+\ and a hang-up reach all processes of the terminal; the parent handles them and ends this one in order.
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP"] as const) process.on(signal, () => {});
  const lines = readLines(Bun.stdin.stream(), "throw", MAX_MESSAGE_LENGTH);
  const first = await lines.next();
  if (first.done) return;
  const start = parseLine(rendererRequestSchema, first.value);
  if (start?.type !== "start") throw new Error("The first request to the renderer must be start.");
  configureLog(start.config.logLevel);

  using cleanup = new DisposableStack();
  const exit = (exitCode: number): never => {
    cleanup.dispose();
    process.exit(exitCode);
  };
  process.once("SIGTERM", () => exit(0));
  const fail = (error: unknown) => {
    process.stderr.write(`scenecast: the renderer failed: ${error instanceof Error ? error.stack : error}\n`);
    exit(1);
  };
  let renderer: SceneRenderer | undefined;
  // A module's error, for example in a timer, leaves its scene as it is.
  const onUncaught = (error: unknown) => {
    if (!renderer?.reportModuleError(error)) fail(error);
  };
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  setInterval(() => send({ type: "heartbeat" }), HEARTBEAT_INTERVAL_MS).unref();
  const loaded = (async () => {
    renderer = cleanup.use(new SceneRenderer(start.config, send));
    await renderer.load();
  })().catch((error: unknown) => {
    send({ type: "failed", message: describeError(error) });
    exit(1);
  });
  /** Settles when all commands so far are executed. */
  let executed: Promise<void> = loaded;
  for await (const line of lines) {
    const request = parseLine(rendererRequestSchema, line);
    if (request === undefined || request.type === "start") continue;
    const execute = async (): Promise<void> => {
      const { id } = request;
      try {
        const result =
          request.type === "command"
            ? await renderer?.execute(request.command)
            : await renderer?.changeScene(request.scene);
        send({ type: "command-result", id, ...(result !== undefined && { result }) });
      } catch (error) {
        send({ type: "command-result", id, error: describeError(error) });
      }
    };
    const isImmediate = request.type === "command" && IMMEDIATE.has(request.command.type);
    if (isImmediate) void execute();
    else executed = executed.then(execute);
  }
  exit(0);
}

/** Sends a message to the parent. Synchronous, since this thread may be busy for a long time afterwards. */
function send(message: RendererMessage): void {
  try {
    writeSync(1, formatLine(message));
  } catch (error) {
    // The parent is dead or about to end; the end of standard input ends this process in order.
    if (codeOf(error) !== "EPIPE") throw error;
  }
}
