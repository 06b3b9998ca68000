import { dirname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { isDocument } from "../document/document-file.ts";
import { filesOf } from "../document/scene-document.ts";
import { SceneFiles } from "../document/scene-files.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import { startServer } from "../page-server.ts";
import { CommandError } from "./errors.ts";
import { fileChanges } from "./file-changes.ts";
import { LiveScene } from "./live-scene.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import type { Size } from "./option-values.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { RendererSupervisor } from "./renderer-supervisor.ts";
import { documentOfArguments, titleOf } from "./scene-arguments.ts";
import {
  announce,
  logUncaughtErrors,
  type ServerCommandOptions,
  toServerOptions,
  waitForShutdownSignal,
} from "./server-command.ts";
import { endReason } from "./slurm-job.ts";

const log = getLogger(["scenecast", "view"]);

/** Maximum frame size that a window may request, px, unless --size is larger: a 4K screen. Memory is only allocated as it is used. */
const MAX_WINDOW: Size = [3840, 2160];

export interface ViewOptions extends ServerCommandOptions, SceneOptions {
  fixedSize?: boolean;
  watch?: boolean;
}

/**
 * `scenecast view`: serves the view of `files` (none: the built-in demo scene) until a shutdown signal. A child process renders the
 * scene; this one serves the viewers.
 */
export async function view(files: string[], options: ViewOptions): Promise<void> {
  let onSecondInterrupt = () => {};
  const stopSignal = waitForShutdownSignal(() => onSecondInterrupt());
  const { size, fixedSize = false, glBackend, logLevel, root, fit } = options;
  configureLog(logLevel);
  logUncaughtErrors();
  const document = await documentOfArguments(files, options);
  const paths = filesOf(document);
  const bytes = paths.reduce((sum, path) => sum + inspectFile(path).bytes, 0);
  sweepSharedMemory();

  const title = files.length > 0 ? titleOf(files) : "scenecast demo";
  const documentFile = files.find(isDocument);
  const folder = documentFile === undefined ? undefined : dirname(resolve(documentFile));
  const scene = new LiveScene(document, {
    files: new SceneFiles(document, { folder, root }),
    show: (request) => supervisor.changeScene(request),
    camera: () => server.camera,
  });
  const server = await startServer({
    ...toServerOptions(options),
    title,
    producer: "renderer",
    size,
    fixedSize,
    scene,
    commands: {
      supports: [
        ...(paths.length > 0 ? (["reload", "cancel", "slices", "layer", "scene"] as const) : []),
        "camera",
        "pick",
        "control",
        ...(fixedSize ? [] : (["resize"] as const)),
      ],
      async execute(command) {
        if (command.type === "layer") return await scene.changeLayer(command.layer, command.change);
        if (command.type === "scene") return void (await scene.patch(command.patch));
        const answer = await supervisor.execute(command);
        if (command.type === "slices") supervisor.keepDocument(scene.moveSlices(command));
        return answer;
      },
    },
  });
  const supervisor = new RendererSupervisor(
    {
      document,
      demo: files.length === 0,
      maxSize: [Math.max(size[0], MAX_WINDOW[0]), Math.max(size[1], MAX_WINDOW[1])],
      ...{ size, glBackend, logLevel, root, fit },
    },
    {
      attach: (names, driver) => server.attach(names, { driver }),
      lastView: () => {
        const { camera, viewSize } = server;
        return camera === undefined || viewSize === undefined ? undefined : { camera, size: viewSize };
      },
    },
  );

  onSecondInterrupt = () => supervisor.kill();
  const progress = new LoadingProgress(title, bytes);
  supervisor.on("running", (driver) => log.info`Rendering with ${driver}.`);
  supervisor.on("status", (status) => {
    if (status.state === "not-answering") log.warning`The renderer does not respond. ${status.reason}`;
    if (status.state === "loading") progress.update(status.fraction ?? 0, status.phase);
    else progress.clear();
    server.setRendererStatus(status);
  });
  supervisor.on("layers", (kinds) => scene.setKinds(kinds));
  supervisor.on("clip", (planes) => supervisor.keepDocument(scene.moveClipPlanes(planes)));
  supervisor.on("panel", (panel) => server.setPanel(panel));
  supervisor.on("controlValues", (values) => server.setControlValues(values));
  supervisor.on("reloaded", (error) => {
    progress.clear();
    if (error) log.warning`The old scene stays: ${error}`;
    else log.info`Reloaded.`;
  });
  supervisor.on("exited", (reason) => {
    log.warning`${reason}`;
    server.detach(reason, { restarting: true });
  });
  const watching = new AbortController();
  const reloading = options.watch ? reloadAfterChanges(paths, supervisor, watching.signal) : undefined;

  const failed = new Promise<never>((_, reject) =>
    supervisor.on("failed", (message) => reject(new CommandError(message))),
  );
  const opened = new Promise<"opened">((resolve) => supervisor.on("opened", () => resolve("opened")));
  supervisor.start();
  let reason: string | undefined;
  try {
    // A driver selected by name may be missing, so the server is announced only once it is open. "auto" and "angle" always work.
    const mayBeMissing = glBackend === "gpu" || glBackend === "mesa";
    const stopped = mayBeMissing && (await Promise.race([stopSignal, failed, opened])) !== "opened";
    if (!stopped) announce(server, options);
    const signal = await Promise.race([stopSignal, failed]);
    // At once: a batch system also signals the renderer, which then ends and must not be restarted while the reason is read.
    const stopping = supervisor.stop();
    reason = await endReason(signal);
    await stopping;
  } finally {
    progress.clear();
    watching.abort();
    await Promise.all([server.stop(reason), supervisor.stop(), reloading]);
    sweepSharedMemory();
  }
}

async function reloadAfterChanges(
  paths: readonly string[],
  supervisor: RendererSupervisor,
  signal: AbortSignal,
): Promise<void> {
  const changes = fileChanges(paths, signal);
  // The first item reports the start, not a change.
  await changes.next();
  for await (const _ of changes) {
    // A failure is reported by "reloaded"; a renderer that is starting loads the new files anyway.
    await supervisor.execute({ type: "reload" }).catch(() => {});
  }
}
