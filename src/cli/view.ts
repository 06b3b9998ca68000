import { dirname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { isDocument } from "../document/document-file.ts";
import { filesOf } from "../document/scene-document.ts";
import { SceneFiles } from "../document/scene-files.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import { startServer } from "../page-server.ts";
import type { ControlValue, PanelDescription } from "../protocol/panel.ts";
import { withValues } from "../server/renderer/panel-state.ts";
import { AnimationClock } from "./animation-clock.ts";
import { CommandError, describeError } from "./errors.ts";
import { fileChanges } from "./file-changes.ts";
import { LiveScene } from "./live-scene.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import { moduleChanges } from "./modules/module-changes.ts";
import type { Size } from "./option-values.ts";
import { ViewRecorder } from "./recorder.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { RendererSupervisor } from "./renderer-supervisor.ts";
import { documentOfArguments, takeModule, titleOf } from "./scene-arguments.ts";
import {
  announce,
  logUncaughtErrors,
  type ServerCommandOptions,
  toServerOptions,
  waitForShutdownSignal,
} from "./server-command.ts";
import { endReason } from "./slurm-job.ts";
import { TimePlayer } from "./time-player.ts";

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
  const { module, files: data, styles } = takeModule(files, options.styles);
  const document = await documentOfArguments(data, { ...options, styles });
  const paths = filesOf(document);
  const bytes = paths.reduce((sum, path) => sum + inspectFile(path).bytes, 0);
  sweepSharedMemory();

  const title = files.length > 0 ? titleOf(files) : "scenecast demo";
  const documentFile = files.find(isDocument);
  const folder = documentFile === undefined ? undefined : dirname(resolve(documentFile));
  const sceneFiles = new SceneFiles(document, { folder, root });
  const scene = new LiveScene(document, {
    files: sceneFiles,
    show: (request) => supervisor.changeScene(request),
    camera: () => server.camera,
  });
  const clock = new AnimationClock();
  const recorder = new ViewRecorder({
    document: () => scene.shown,
    camera: () => server.camera,
    size: () => server.viewSize ?? size,
    demo: files.length === 0,
    controlValues: () => valuesOf(panel?.program ?? [], supervisor.controlValues),
    animation: () => clock.state,
    isStopped: () => player.isStopped,
    ...{ module, glBackend, root, fit, logLevel },
  });
  const server = await startServer({
    ...toServerOptions(options),
    title,
    producer: "renderer",
    size,
    fixedSize,
    scene,
    recorder,
    commands: {
      supports: [
        ...(files.length > 0 ? (["reload"] as const) : []),
        ...(paths.length > 0 ? (["cancel", "slices", "layer", "order", "focus"] as const) : []),
        ...(files.length > 0 ? (["scene", "play"] as const) : []),
        "camera",
        "pick",
        ...(files.length > 0 ? (["control"] as const) : []),
        ...(fixedSize ? [] : (["resize"] as const)),
      ],
      async execute(command) {
        if (command.type === "layer") return await scene.changeLayer(command.layer, command.change);
        if (command.type === "order") return await scene.orderLayers(command.layers);
        if (command.type === "scene") return void (await scene.patch(command.patch));
        if (command.type === "play") await player.play(command.isPlaying, command.speed);
        if (command.type === "control") recorder.addControl(command);
        const answer = await supervisor.execute(command);
        if (command.type === "control" && command.value !== undefined)
          setControlValues({ [command.control]: command.value });
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
      ...{ size, glBackend, logLevel, root, fit, module },
    },
    {
      attach: (names, driver) => server.attach(names, { driver }),
      lastView: () => {
        const { camera, viewSize } = server;
        return camera === undefined || viewSize === undefined ? undefined : { camera, size: viewSize };
      },
      waitsForModule: options.watch,
    },
  );

  let panel: PanelDescription | undefined;
  const setControlValues = (values: Readonly<Record<string, ControlValue>>) => {
    panel &&= withValues(panel, values);
  };
  // The demo has no document that a panel could change.
  const announcePanel = () => files.length > 0 && panel && server.setPanel({ ...panel, time: player.time });
  using player = new TimePlayer({
    step: () => scene.step,
    show: (step) => scene.showStep(step),
    isSeen: () => server.viewers > 0,
    onChange: announcePanel,
  });

  onSecondInterrupt = () => supervisor.kill();
  const progress = new LoadingProgress(title, bytes);
  let usedDriver = "";
  supervisor.on("running", (driver) => {
    // A module is rendered by another process after each change.
    if (module === undefined || driver !== usedDriver) log.info`Rendering with ${driver}.`;
    usedDriver = driver;
    // A restarted renderer plays its animation.
    if (player.isStopped) supervisor.execute({ type: "play", isPlaying: false }).catch(() => {});
  });
  supervisor.on("status", (status) => {
    if (status.state === "not-answering") log.warning`The renderer does not respond. ${status.reason}`;
    if (status.state === "loading") progress.update(status.fraction ?? 0, status.phase);
    else progress.clear();
    server.setRendererStatus(status);
  });
  supervisor.on("reverted", (reverted) => scene.revert(reverted));
  supervisor.on("layers", (kinds) => scene.setKinds(kinds));
  supervisor.on("clip", (planes) => supervisor.keepDocument(scene.moveClipPlanes(planes)));
  supervisor.on("panel", (described) => {
    panel = sceneFiles.withNamesInPanel(described);
    player.describe(described.time);
    announcePanel();
  });
  supervisor.on("animation", (time) => clock.set(time));
  supervisor.on("controlValues", (values) => {
    setControlValues(values);
    server.setControlValues(values);
  });
  supervisor.on("reloaded", (error) => {
    progress.clear();
    if (error) log.warning`The old scene stays: ${error}`;
    else log.info`Reloaded.`;
  });
  supervisor.on("exited", (reason) => {
    log.warning`${reason}`;
    server.detach(reason, { restarting: true });
  });
  supervisor.on("moduleError", (error) => log.error`${error}`);
  supervisor.on("halted", ({ error, forViewers }) => {
    progress.clear();
    const advice = options.watch
      ? "It is loaded again when it changes."
      : "Correct it, then reload it in the page.";
    log.error`${error}. ${advice}`;
    server.detach(`${forViewers}. ${advice}`, { restarting: false });
  });
  const watching = new AbortController();
  const reload = () => supervisor.execute({ type: "reload" });
  let reloading: Promise<void> | undefined;
  if (options.watch)
    reloading =
      module === undefined
        ? reloadAfterChanges(fileChanges(paths, watching.signal), reload)
        : reloadAfterChanges(moduleChanges(module, paths, watching.signal), async () => {
            // Not awaited: a change also ends a module that does not return.
            reload().catch(() => {});
          });

  const following =
    options.watch && documentFile !== undefined
      ? reloadAfterChanges(fileChanges([documentFile], watching.signal), async () => {
          try {
            await scene.replace(await documentOfArguments(files, options));
            log.info`${documentFile} was read again.`;
          } catch (error) {
            log.warning`The old scene stays: ${describeError(error)}`;
          }
        })
      : undefined;

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
    recorder.cancel();
    await Promise.all([server.stop(reason), supervisor.stop(), reloading, following]);
    sweepSharedMemory();
  }
}

/** The values of a module's controls by their name. Those that viewers have changed are the last ones, in this order. */
function valuesOf(
  controls: PanelDescription["program"],
  changed: Readonly<Record<string, ControlValue>> = {},
): Record<string, ControlValue> {
  const values = controls.flatMap((control) =>
    control.type === "action" || control.value === undefined ? [] : [[control.name, control.value] as const],
  );
  const unchanged = values.filter(([name]) => !Object.hasOwn(changed, name));
  // The program may have changed a value since.
  return { ...Object.fromEntries(unchanged), ...changed, ...Object.fromEntries(values) };
}

/** @param changes yields once at the start, then once after each change */
async function reloadAfterChanges(
  changes: AsyncGenerator<void>,
  reload: () => Promise<unknown>,
): Promise<void> {
  await changes.next();
  // A failure is reported by "reloaded" or "halted"; a renderer that is starting loads the new files anyway.
  for await (const _ of changes) await reload().catch(() => {});
}
