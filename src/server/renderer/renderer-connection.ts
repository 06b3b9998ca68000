import type { Size } from "../../encode/frame.ts";
import { FrameSource } from "../../encode/frame-source.ts";
import type { EventCapabilities } from "../../memory/event-row.ts";
import type { Closable } from "../../memory/memory-segment.ts";
import { guarded } from "../../native/guarded.ts";
import type { CameraState } from "../../protocol/camera-state.ts";
import type { ResizeMessage } from "../../protocol/client-messages.ts";
import type { Producer, RendererStatus } from "../../protocol/server-messages.ts";
import type { Demand } from "../demand.ts";
import { eventRow } from "../input/event-rows.ts";
import { InputQueue } from "../input/input-queue.ts";
import { RateMeter } from "../metrics/rate-meter.ts";
import { watchProducer } from "./producer-watch.ts";
import { RendererLink, type RendererMemory } from "./renderer-link.ts";

/**
 * Interval of the heartbeat to a renderer with active consumers, ms. A renderer that receives none stops, since it assumes that the
 * server was killed (`serverSilenceMs` in stream/show-stream.ts).
 */
const HEARTBEAT_MS = 2000;

export interface RendererConnectionOptions {
  /** See {@link AppOptions.producer}. */
  producer: Producer;
  /** See {@link AppOptions.fixedSize}. */
  fixedSize: boolean;
  /** Published to the renderer, see {@link RendererConnection.publishDemand}. */
  demand: Demand;
  /** Called when {@link RendererConnection.status} has changed. */
  onStatus: (status: RendererStatus) => void;
  /** Called when a renderer was attached or detached, and with its first frame, when its event capabilities are known. */
  onRenderer: () => void;
}

/** The server's connection to the current renderer: receives frames and status, sends events and demand. */
export class RendererConnection {
  readonly source: FrameSource;
  readonly input = new InputQueue();
  readonly #options: RendererConnectionOptions;
  readonly #frameRate = new RateMeter();
  #link: RendererLink | null = null;
  #producerWatch: Closable | null = null;
  #driver: string | null = null;
  #status: RendererStatus = { state: "starting" };
  /** Whether the attached renderer reports that it is loading; its frames then show a preview. */
  #loadsAttached = false;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(options: RendererConnectionOptions) {
    this.#options = options;
    this.source = new FrameSource({
      onFrame: () => this.#frameRate.tick(),
      onFirstFrame: () => this.#onFirstFrame(),
    });
  }

  get attached(): boolean {
    return this.#link !== null;
  }

  get status(): RendererStatus {
    return this.#status;
  }

  /** Camera of the newest frame, also of a renderer that is gone; null if it is not known. */
  get camera(): CameraState | null {
    return this.#link?.images.camera ?? this.source.newest?.camera ?? null;
  }

  /** Size of the newest frame's view, px; null before the first frame. */
  get viewSize(): Size | null {
    const { newest } = this.source;
    if (newest === null) return null;
    const [width, height] = newest.viewSize ?? [newest.width, newest.height];
    return { width, height };
  }

  /** Largest frame that the renderer's buffers hold, px; null while no renderer is attached. */
  get maxSize(): Size | null {
    const size = this.#link?.images.maxWindowSize;
    return size === undefined ? null : { width: size[0], height: size[1] };
  }

  /** Events that the renderer accepts; null while it accepts none. */
  get eventCapabilities(): EventCapabilities | null {
    if (!this.input.attached || this.#link === null) return null;
    const { eventCapabilities } = this.#link.images;
    return this.#options.fixedSize ? { ...eventCapabilities, resize: false } : eventCapabilities;
  }

  /** Whether the view is still: no event is waiting, and no render is pending. True if that is not known. */
  get isStill(): boolean {
    const { images, queue } = this.#link ?? {};
    if (!images?.isExtended) return true;
    // In this order, since the renderer sets its flag of a pending render before it dequeues an event.
    return this.input.pending === 0 && (queue?.isEmpty ?? true) && !images.hasPendingRender;
  }

  /** Share of the current view that the newest frame shows in full quality, 0 to 1; 1 if unknown. */
  get completeness(): number {
    if (!this.source.hasFrame) return 0;
    if (this.isStill) return 1;
    return (this.#status.state === "running" && this.#status.completeness) || 0;
  }

  /** Whether the renderer is drawing the full view and reports its progress. */
  get isWorking(): boolean {
    const status = this.#status;
    const isReported =
      status.state === "loading" || (status.state === "running" && status.completeness !== undefined);
    return isReported && !this.isStill;
  }

  /** Progress of the renderer up to the complete view: 0 to 1 while loading, 1 to 2 while drawing the full view; null if unknown. */
  get progress(): number | null {
    const status = this.#status;
    if (status.state === "loading") return status.fraction;
    return status.state === "running" && status.completeness !== undefined ? 1 + status.completeness : null;
  }

  /** The renderer's part of `/state` and `/metrics`. */
  get statistics(): { driver: string | null; pid: number | null; fps: number; renders: number } {
    return {
      driver: this.#driver,
      pid: this.#link?.images.producerPid ?? null,
      fps: this.#frameRate.perSecond(),
      renders: this.#link?.images.renders ?? 0,
    };
  }

  /** Why there is no frame, to follow "There is no picture: ". */
  get missingFrameReason(): string {
    return (
      reasonFromStatus(this.#status, this.#options.producer) ??
      (this.source.problem || "no frame was written yet")
    );
  }

  /** Message that says why no complete frame is available. */
  get incompleteReason(): string {
    if (!this.source.hasFrame || !this.isWorking) return `There is no picture: ${this.missingFrameReason}.`;
    const drawn = `${Math.floor(100 * this.completeness)} % of it is drawn`;
    const reason = reasonFromStatus(this.#status, this.#options.producer) ?? drawn;
    return `The picture is not complete: ${reason}. Request it as it is with ?partial=1.`;
  }

  /** Why events are not accepted, to follow "Your input is not accepted: ". */
  get missingInputReason(): string {
    return this.#link?.queue === null
      ? "the program that writes the frames accepts none"
      : this.missingFrameReason;
  }

  /** See {@link ServerApp.attach}. */
  attach(memory: RendererMemory, driver: string | null): void {
    const link = new RendererLink(memory);
    this.close();
    this.#link = link;
    this.#driver = driver;
    if (link.queue !== null) this.input.attach(link.queue.serverWriter, () => link.images.wakeRenderer());
    this.source.attach(link.images);
    this.#producerWatch = watchProducer(
      link.images,
      () => this.detach("the program that wrote the frames has ended", false),
      (problem) => this.#onProblem(problem),
    );
    this.publishDemand();
    // "loading" and "restarting" are more specific than the new status.
    const { state } = this.#status;
    const isRestarting = this.#status.state === "gone" && this.#status.restarting;
    if (!this.source.hasFrame && state !== "loading" && !isRestarting) {
      this.setStatus({ state: "waiting-for-first-frame" });
    }
    this.#options.onRenderer();
  }

  detach(reason: string, restarting: boolean): void {
    this.close();
    this.setStatus({ state: "gone", reason, restarting });
    this.#options.onRenderer();
  }

  setStatus(status: RendererStatus): void {
    this.#loadsAttached = status.state === "loading" && this.attached;
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#options.onStatus(status);
  }

  /** Requests a view of this size, reduced if the renderer's buffers are smaller. Does nothing if the renderer accepts no resize. */
  resize(message: ResizeMessage): void {
    const { eventCapabilities, maxSize } = this;
    if (eventCapabilities === null || maxSize === null) return;
    const { width, height } = message;
    const pixel_ratio = Math.min(message.pixel_ratio, maxSize.width / width, maxSize.height / height);
    const row = eventRow({ ...message, pixel_ratio }, message, eventCapabilities);
    if (row !== null) this.input.push(row);
  }

  /** Writes the demand into the renderer's memory, and starts or stops the heartbeat. To be called when the demand has changed. */
  publishDemand(): void {
    const images = this.#link?.images;
    clearInterval(this.#heartbeat);
    if (!images) return;
    const { consumers, allowsReducedResolution } = this.#options.demand;
    images.allowReducedResolution = allowsReducedResolution;
    images.viewers = consumers;
    if (consumers > 0 && images.isExtended) {
      this.#heartbeat = setInterval(
        guarded("The heartbeat could not be sent to the renderer", () => images.wakeRenderer()),
        HEARTBEAT_MS,
      );
    }
  }

  /** Closes the link to the renderer's memory, if there is one. Idempotent. */
  close(): void {
    if (this.#link === null) return;
    clearInterval(this.#heartbeat);
    this.#producerWatch?.close();
    this.#producerWatch = null;
    this.#link.images.allowReducedResolution = false;
    this.#link.images.viewers = 0;
    this.source.detach();
    this.input.detach();
    this.#link.close();
    this.#link = null;
  }

  #onProblem(problem: string | null): void {
    if (problem !== null) this.setStatus({ state: "unreadable", reason: problem });
    else if (this.#status.state === "unreadable") {
      this.setStatus({ state: this.source.hasFrame ? "running" : "waiting-for-first-frame" });
    }
  }

  #onFirstFrame(): void {
    // A status "running" from the renderer process can contain a problem, which must be kept.
    if (this.#status.state !== "running" && !this.#loadsAttached) this.setStatus({ state: "running" });
    this.#options.onRenderer();
  }
}

/** Reason for a missing frame, to follow "There is no picture: "; null if the status does not explain it. */
function reasonFromStatus(status: RendererStatus, producer: Producer): string | null {
  switch (status.state) {
    case "starting":
      return producer === "renderer" ? "the renderer is starting" : "no program writes frames yet";
    case "loading": {
      const percent = status.fraction === null ? "" : `, ${Math.floor(100 * status.fraction)} %`;
      return `the ${producer} is still loading (${status.phase}${percent})`;
    }
    case "waiting-for-producer":
      return `the program that writes the frames is not running (${status.reason})`;
    case "not-answering":
      return "the renderer does not answer";
    case "unreadable":
      return status.reason;
    case "gone":
      return `the ${producer} is gone (${status.reason})`;
    default:
      return null;
  }
}
