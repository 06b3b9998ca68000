import { EventEmitter } from "node:events";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import type { RendererStatus } from "../server/protocol.ts";
import { RendererProcess } from "./renderer-process.ts";
import type { RendererConfig, RendererMessage } from "./renderer-protocol.ts";
import type { SegmentNames } from "./segment-names.ts";

/** Waits before the renderer is started again, in ms: at once the first time, then slower, so that a crash at start-up does not burn a core. */
const RESTART_DELAYS_MS = [0, 500, 1000, 2000, 5000];

/** A renderer that has shown frames for this long was well; its next crash counts as the first. */
const WELL_AFTER_MS = 30_000;

/**
 * For so long after a crash viewers read that the renderer is started again, and nothing of the steps on its way, in ms. Most restarts are
 * over by then, and nobody could read that much.
 */
const QUIET_MS = 2000;

/** Crashes before the very first frame after which `view` gives up: the scene or the driver can not work here. */
const MAX_FIRST_TRIES = 3;

interface SupervisorEvents {
  /** New segments to attach to. */
  names: [names: SegmentNames, driver: string];
  status: [RendererStatus];
  /** The files were read again; or they could not be, and why: then the old scene stays. */
  reloaded: [error: string | undefined];
  /** The process ended by itself; in words. Its segments are gone. */
  lost: [reason: string];
  /** It can not work and is not started again. */
  failed: [message: string];
}

/** Keeps a renderer process alive: starts it, and starts it again with the same camera when it dies. */
export class RendererSupervisor extends EventEmitter<SupervisorEvents> {
  readonly #config: RendererConfig;
  readonly #lastView: () => Partial<Pick<RendererConfig, "camera" | "size">>;
  #process: RendererProcess | undefined;
  #restart: Timer | undefined;
  #stopped = false;
  #everRan = false;
  #runningSince = Number.POSITIVE_INFINITY;
  #lostAt = Number.NEGATIVE_INFINITY;
  /** Crashes in a row. */
  #crashes = 0;

  /**
   * `lastView` gives the viewpoint that a renderer had when it died, and the size of its picture: an angle of view alone
   * does not say what was seen.
   */
  constructor(config: RendererConfig, lastView: () => Partial<Pick<RendererConfig, "camera" | "size">>) {
    super();
    this.#config = config;
    this.#lastView = lastView;
  }

  /** Starts the first renderer; to be called once, when the listeners are there. */
  start(): void {
    this.#launch(this.#config);
  }

  /** Asks the renderer to read its files again; without a renderer nothing happens, since the next one reads them anyway. */
  reload(): void {
    this.#process?.reload();
  }

  /** Ends the renderer and waits for it. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    await this.#process?.stop();
  }

  #launch(config: RendererConfig): void {
    this.#onTheWay({ state: "starting" });
    const process_ = new RendererProcess(config, (message) => this.#take(message));
    this.#process = process_;
    process_.ended.then((how) => this.#lost(how));
  }

  #take(message: RendererMessage): void {
    switch (message.type) {
      case "names":
        this.emit("names", message.names, message.driver);
        break;
      case "progress":
        this.#onTheWay({ state: "loading", fraction: message.fraction, phase: message.phase });
        break;
      case "running":
        this.#everRan = true;
        this.#runningSince = performance.now();
        this.emit("status", { state: "running" });
        break;
      case "reloaded":
        this.emit("status", { state: "running" });
        this.emit("reloaded", message.error);
        break;
      case "failed":
        this.#stopped = true;
        this.emit("failed", message.message);
        break;
    }
  }

  #onTheWay(status: RendererStatus): void {
    if (performance.now() - this.#lostAt > QUIET_MS) this.emit("status", status);
  }

  #lost(how: string): void {
    this.#process = undefined;
    if (this.#stopped) return;
    const view = this.#lastView();
    sweepSharedMemory();
    if (performance.now() - this.#runningSince > WELL_AFTER_MS) this.#crashes = 0;
    this.#runningSince = Number.POSITIVE_INFINITY;
    this.#crashes++;
    this.#lostAt = performance.now();
    if (!this.#everRan && this.#crashes >= MAX_FIRST_TRIES) {
      this.#stopped = true;
      this.emit(
        "failed",
        `The renderer could not start: ${how}, ${this.#crashes} times. Try another --gl-backend; scenecast doctor tells what there is.`,
      );
      return;
    }
    this.emit("lost", `The renderer stopped: ${how}. It is being started again.`);
    this.emit("status", { state: "gone", reason: how, restarting: true });
    const delay = RESTART_DELAYS_MS[Math.min(this.#crashes, RESTART_DELAYS_MS.length) - 1] ?? 0;
    this.#restart = setTimeout(() => this.#launch({ ...this.#config, ...view }), delay);
  }
}
