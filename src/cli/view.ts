import { statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import { inspectFile } from "../scene/inspect.ts";
import type { GlBackend } from "../scene/show-options.ts";
import type { UpAxis } from "../scene/up-axis.ts";
import { startServer } from "../server/server.ts";
import { announce, untilAskedToStop } from "./announce.ts";
import { CommandError } from "./errors.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import { type ServeOptions, type Size, serverOptions } from "./options.ts";
import { RendererSupervisor } from "./renderer-supervisor.ts";
import { surviveUncaught } from "./uncaught.ts";

const log = getLogger(["scenecast", "view"]);

/** The largest picture that a window may ask for, in px, unless --size is larger: a 4K screen. Memory is taken only as it is used. */
const MAX_WINDOW: Size = [3840, 2160];

export interface ViewOptions extends ServeOptions {
  size: Size;
  fixedSize?: boolean;
  up?: UpAxis;
  background?: string;
  glBackend: GlBackend;
  watch?: boolean;
}

/**
 * `scenecast view`: serves the view of `files` (none: the built-in demo scene) until asked to stop. The scene is rendered by a child
 * process; this one holds the viewers.
 */
export async function view(files: string[], options: ViewOptions): Promise<void> {
  const asked = untilAskedToStop();
  configureLog(options.logLevel);
  surviveUncaught();
  const paths = files.map((file) => resolve(file));
  for (const path of paths) inspectFile(path);
  sweepSharedMemory();

  const title = paths.length > 0 ? paths.map((path) => basename(path)).join(", ") : "scenecast demo";
  const server = await startServer({
    ...serverOptions(options),
    title,
    size: options.size,
    ...(options.fixedSize && { fixedSize: true }),
  });
  const supervisor = new RendererSupervisor(
    {
      files: paths,
      size: [...options.size],
      maxSize: [Math.max(options.size[0], MAX_WINDOW[0]), Math.max(options.size[1], MAX_WINDOW[1])],
      glBackend: options.glBackend,
      logLevel: options.logLevel,
      ...(options.up && { up: options.up }),
      ...(options.background && { background: options.background }),
    },
    () => server.camera,
  );

  const progress = new LoadingProgress(title);
  supervisor.on("names", (names, driver) => {
    log.info`Rendering with ${driver}.`;
    server.attach(names, { driver });
  });
  supervisor.on("status", (status) => {
    if (status.state === "loading") progress.update(status.fraction ?? 0, status.phase);
    else progress.clear();
    server.setRendererStatus(status);
  });
  supervisor.on("reloaded", (error) => {
    progress.clear();
    if (error) log.warning`The old scene stays: ${error}`;
    else log.info`Loaded again.`;
  });
  supervisor.on("lost", (reason) => {
    log.warning`${reason}`;
    server.detach(reason, { restarting: true });
  });
  const stopWatching = options.watch ? watchFiles(paths, () => supervisor.reload()) : () => {};

  const failed = new Promise<never>((_, reject) =>
    supervisor.on("failed", (message) => reject(new CommandError(message))),
  );
  supervisor.start();
  announce(server, options);
  try {
    await Promise.race([asked, failed]);
  } finally {
    progress.clear();
    stopWatching();
    await Promise.all([server.stop(), supervisor.stop()]);
    sweepSharedMemory();
  }
}

/** Calls `changed` once after files were written; follows files that editors replace instead of writing to. */
function watchFiles(paths: readonly string[], changed: () => void): () => void {
  // A program that writes a large file does so in many steps: read it when it has been still for a moment.
  const SETTLE_MS = 300;
  const stamp = () =>
    paths
      .map((path) => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return `${stat?.mtimeMs}/${stat?.size}/${stat?.ino}`;
      })
      .join();
  let seen = stamp();
  let timer: Timer | undefined;
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const now = stamp();
      if (now === seen) return;
      seen = now;
      changed();
    }, SETTLE_MS);
  };
  const watchers = [...new Set(paths.map((path) => dirname(path)))].map((directory) =>
    watch(directory, settle),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
