import type { ServerWebSocket } from "bun";
import { Broadcast } from "../encode/broadcast.ts";
import type { FrameInfo } from "../encode/frame.ts";
import { FrameSource } from "../encode/frame-source.ts";
import { JpegEncoder } from "../encode/jpeg-encoder.ts";
import { VideoBroadcast } from "../encode/video-broadcast.ts";
import type { Closable } from "../memory/closable.ts";
import { type EventCapabilities, NO_EXTRA_EVENTS } from "../memory/event-ids.ts";
import type { EventRow } from "../memory/event-row.ts";
import { guarded } from "../native/guarded.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { parseClientMessage } from "../protocol/client-message-schema.ts";
import type { ResizeMessage } from "../protocol/input-messages.ts";
import type { Producer, RendererStatus } from "../protocol/renderer-status.ts";
import { type HelloMessage, PROTOCOL_VERSION, type ServerMessage } from "../protocol/server-messages.ts";
import type { IceServer } from "../webrtc/ice-server.ts";
import type { FrameStreamRequest, SocketFrameStream } from "./frames/frame-requests.ts";
import { JpegSocketStream } from "./frames/jpeg-socket-stream.ts";
import { Snapshots } from "./frames/snapshots.ts";
import { VideoSocketStream } from "./frames/video-socket-stream.ts";
import { resizeRow, type ViewSize } from "./input/event-rows.ts";
import { InputQueue } from "./input/input-queue.ts";
import { Steering } from "./input/steering.ts";
import { metricsText } from "./metrics/metrics.ts";
import { RateMeter } from "./metrics/rate-meter.ts";
import { type ServerState, type StateSources, serverState, VERSION } from "./metrics/state.ts";
import { watchProducer } from "./renderer/producer-watch.ts";
import { RendererLink, type RendererMemory } from "./renderer/renderer-link.ts";
import { missingFrameReason } from "./renderer/renderer-status.ts";
import { Latency } from "./viewers/latency.ts";
import type { ConnectionHost, ViewerConnection } from "./viewers/viewer-connection.ts";
import { Viewers } from "./viewers/viewers.ts";

/**
 * How often a renderer that works for viewers hears that they are still there, ms. From a server that was killed it hears
 * nothing, and stops (`serverSilenceMs` in stream/show-stream.ts).
 */
const HEARTBEAT_MS = 2000;

export interface HubOptions {
  /** What the page is called. */
  title: string;
  /** See {@link AppOptions.producer}. Default "program". */
  producer?: Producer | undefined;
  /** How the picture can be had (`hello.transports`). */
  transports: readonly string[];
  /** See hello.iceServers. */
  iceServers: readonly IceServer[];
  /** Shortest time from one encoded picture to the next, ms. */
  msJpeg: number;
  /** See {@link AppOptions.size}. */
  size?: ViewSize | undefined;
  /** See {@link AppOptions.fixedSize}. */
  fixedSize?: boolean;
  /** Hears of what went wrong with one frame while the server goes on. */
  onError: (error: unknown) => void;
}

/** Where frames, viewers and events meet: the state of one server without its HTTP. */
export class Hub implements ConnectionHost {
  readonly broadcast: Broadcast;
  readonly video: VideoBroadcast;
  readonly snapshots: Snapshots;
  readonly viewers: Viewers;
  readonly producer: Producer;
  readonly steering = new Steering({
    onSize: (windowSize) => (windowSize === null ? this.#requestDefaultSize() : this.#requestSize()),
  });
  readonly #title: string;
  readonly #fixedSize: boolean;
  readonly #transports: readonly string[];
  readonly #iceServers: readonly IceServer[];
  readonly #source: FrameSource;
  readonly #encoder = new JpegEncoder();
  readonly #input = new InputQueue();
  readonly #latency = new Latency();
  readonly #rendererRate = new RateMeter();
  readonly #stopping = new AbortController();
  readonly #startedAtMs = performance.now();
  #link: RendererLink | null = null;
  #producer: Closable | null = null;
  #driver: string | null = null;
  #status: RendererStatus = { state: "starting" };
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  /** Size of the view while no viewer's window requests another; null if it is not known yet. */
  #defaultSize: ViewSize | null;
  #lastHello = "";
  #parser: Promise<typeof parseClientMessage> | undefined;

  constructor(options: HubOptions) {
    const { title, producer = "program", transports, iceServers, msJpeg, size, fixedSize, onError } = options;
    this.#defaultSize = size ?? null;
    this.#fixedSize = fixedSize ?? false;
    this.#title = title;
    this.producer = producer;
    this.#transports = transports;
    this.#iceServers = iceServers;
    this.#source = new FrameSource({
      onFrame: () => this.#rendererRate.tick(),
      onFirstFrame: () => this.#onFirstFrame(),
    });
    this.broadcast = new Broadcast(this.#source, this.#encoder, { onError, msBetween: msJpeg });
    this.video = new VideoBroadcast(this.#source.another(), { onError, msBetween: msJpeg });
    this.snapshots = new Snapshots(this.#source, {
      isAtRest: () => this.#isAtRest(),
      onFullSizeNeedChanged: () => this.#tellLookers(),
    });
    this.viewers = new Viewers(() => this.#tellLookers());
  }

  /** Aborts when the server stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The viewpoint of the newest frame, also of a renderer that is gone; null where never known. */
  get camera(): CameraState | null {
    return this.#link?.images.camera ?? this.#source.newest?.camera ?? null;
  }

  /** Whether there was a frame ever. */
  get hasFrame(): boolean {
    return this.#source.frameNumber > 0;
  }

  get attached(): boolean {
    return this.#link !== null;
  }

  /** See {@link ServerApp.attach}. */
  attach(memory: RendererMemory, driver: string | null): void {
    if (this.stopping.aborted) return;
    const link = new RendererLink(memory);
    this.#unlink();
    this.#link = link;
    this.#driver = driver;
    if (link.queue !== null) {
      this.#input.attach(link.queue.serverWriter, () => link.images.wakeRenderer());
    }
    this.#source.attach(link.images);
    this.#producer = watchProducer(link.images, {
      onGone: () => this.detach("the program that wrote the frames has ended", false),
      onProblem: (problem) => this.#onProblem(problem),
    });
    this.#tellLookers();
    // Who is told that it loads, or that it is being started again, learns nothing from this step.
    const { state } = this.#status;
    const restarting = this.#status.state === "gone" && this.#status.restarting;
    if (!this.#source.hasFrame && state !== "loading" && !restarting) {
      this.setStatus({ state: "waiting-for-first-frame" });
    }
    this.#greetAgain();
    this.#requestSize();
  }

  detach(reason: string, restarting: boolean): void {
    this.#unlink();
    this.setStatus({ state: "gone", reason, restarting });
    this.#greetAgain();
  }

  setStatus(status: RendererStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#tellSockets({ type: "status", renderer: status });
  }

  /** Lets go of everything. Idempotent. */
  stop(): void {
    this.#stopping.abort();
    this.steering.close();
    this.#unlink();
  }

  state(): ServerState {
    return serverState(this.#stateParts());
  }

  /** What `GET /metrics` answers. */
  metrics(): Promise<string> {
    return metricsText(this.#stateParts());
  }

  /** To be called when a picture was handed to a viewer's connection. */
  onSent(viewer: string, frame: FrameInfo): void {
    const latency = this.viewers.latency(viewer);
    if (latency !== undefined) this.#latency.onSent(latency, frame);
  }

  /** Why there is no frame, to follow "There is no picture: ". */
  missingFrameReason(): string {
    return (
      missingFrameReason(this.#status, this.producer) ?? (this.#source.problem || "no frame was written yet")
    );
  }

  // What a viewer's socket asks for (ConnectionHost).

  missingInputReason(): string {
    return this.#link?.queue === null
      ? "the program that makes the frames takes none"
      : this.missingFrameReason();
  }

  get inputWaitingMs(): number {
    return this.#input.waitingMs;
  }

  parser(): Promise<typeof parseClientMessage> {
    this.#parser ??= import("../protocol/client-message-schema.ts").then(
      (module) => module.parseClientMessage,
    );
    return this.#parser;
  }

  eventCapabilities(): EventCapabilities | null {
    if (!this.#input.attached || this.#link === null) return null;
    const { eventCapabilities: takes } = this.#link.images;
    return this.#fixedSize ? { ...takes, resize: false } : takes;
  }

  maxSize(): ViewSize | null {
    const size = this.#link?.images.maxWindowSize;
    return size === undefined ? null : { width: size[0], height: size[1] };
  }

  viewSize(): ViewSize | null {
    const { newest } = this.#source;
    if (newest === null) return null;
    const [width, height] = newest.viewSize ?? [newest.width, newest.height];
    return { width, height };
  }

  push(row: EventRow): boolean {
    const taken = this.#input.push(row);
    const timestampMs = row[6] ?? 0;
    if (taken) this.#latency.onEvent(timestampMs);
    return taken;
  }

  greeting(maySteer: boolean): ServerMessage[] {
    return [this.#hello(maySteer), { type: "status", renderer: this.#status }];
  }

  openFrames(
    viewer: ViewerConnection,
    socket: ServerWebSocket<unknown>,
    request: FrameStreamRequest,
  ): SocketFrameStream {
    const { id } = viewer;
    const on = {
      onSent: (frame: FrameInfo) => this.onSent(id, frame),
      onAcknowledged: (frame: FrameInfo, ms: number) => {
        const latency = this.viewers.latency(id);
        if (latency !== undefined) this.#latency.onAcknowledged(latency, frame, ms);
      },
      onClosed: () => this.viewers.removeStream(id, frames),
    };
    const frames =
      request.encoding === "video"
        ? new VideoSocketStream(socket, { broadcast: this.video, ...on })
        : new JpegSocketStream(socket, { broadcast: this.broadcast, lossless: request.lossless, ...on });
    this.viewers.addStream(id, frames);
    return frames;
  }

  setViewerId(socket: ViewerConnection, id: string): void {
    if (socket.id === id) return;
    this.viewers.removeConnection(socket);
    this.steering.rename(socket.id, id);
    socket.id = id;
    this.viewers.addConnection(socket);
  }

  #stateParts(): StateSources {
    const newest = this.#source.newest;
    return {
      title: this.#title,
      startedAtMs: this.#startedAtMs,
      status: this.#status,
      driver: this.#driver,
      pid: this.#link?.images.producerPid ?? null,
      fps: this.#rendererRate.perSecond(),
      renders: this.#link?.images.renders ?? 0,
      newest,
      encoder: this.#encoder,
      video: this.video,
      latency: this.#latency,
      viewers: this.viewers,
      camera: newest?.camera ?? this.camera,
      input: this.#input,
    };
  }

  /** Whether no better or later picture is known to be on its way. */
  #isAtRest(): boolean {
    const { images, queue } = this.#link ?? {};
    if (!images?.isExtended) return true;
    // In this order: the renderer says that a frame is due before it takes an event off the queue.
    return this.#input.pending === 0 && (queue?.isEmpty ?? true) && !images.hasPendingRender;
  }

  #hello(maySteer: boolean): HelloMessage {
    const takes = this.eventCapabilities() ?? NO_EXTRA_EVENTS;
    const maxSize = this.maxSize();
    const title = this.#title;
    const transports = this.#transports;
    return {
      type: "hello",
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      title,
      producer: this.producer,
      maxSize,
      maySteer,
      transports,
      videoCodec: this.video.codec,
      iceServers: this.#iceServers,
      takes,
    };
  }

  #greetAgain(): void {
    const text = JSON.stringify(this.#hello(true));
    if (text === this.#lastHello) return;
    this.#lastHello = text;
    for (const socket of this.viewers.connections) socket.send(this.#hello(socket.maySteer));
  }

  #onProblem(problem: string | null): void {
    if (problem !== null) this.setStatus({ state: "unreadable", reason: problem });
    else if (this.#status.state === "unreadable") {
      this.setStatus({ state: this.#source.hasFrame ? "running" : "waiting-for-first-frame" });
    }
  }

  #onFirstFrame(): void {
    // The renderer process may have reported this before, with a problem that must not be lost.
    if (this.#status.state !== "running") this.setStatus({ state: "running" });
    // A renderer may say only now which events it takes.
    this.#greetAgain();
    this.#requestSize();
  }

  /** Requests the size of the steering viewer's window, also from a renderer that was attached after that window's resize. */
  #requestSize(): void {
    const { size } = this.steering;
    if (size === null) return;
    this.#defaultSize ??= this.viewSize();
    this.#pushResize(size);
  }

  /** Requests the default size again, after the last viewer with a window has left. */
  #requestDefaultSize(): void {
    if (this.#defaultSize !== null)
      this.#pushResize({ event_type: "resize", ...this.#defaultSize, pixel_ratio: 1 });
  }

  #pushResize(message: ResizeMessage): void {
    const takes = this.eventCapabilities();
    const max = this.maxSize();
    const row = takes && max && resizeRow(message, max, takes);
    if (row !== null) this.#input.push(row);
  }

  #tellLookers(): void {
    const images = this.#link?.images;
    clearInterval(this.#heartbeat);
    if (!images) return;
    const { lookers } = this.viewers;
    images.allowReducedResolution = this.viewers.someTakeReduced && !this.snapshots.needsFullSize;
    images.viewers = lookers;
    if (lookers > 0 && images.isExtended) {
      this.#heartbeat = setInterval(
        guarded("The renderer could not be notified that there are viewers", () => images.wakeRenderer()),
        HEARTBEAT_MS,
      );
    }
  }

  #tellSockets(message: ServerMessage): void {
    for (const socket of this.viewers.connections) socket.send(message);
  }

  #unlink(): void {
    if (this.#link === null) return;
    clearInterval(this.#heartbeat);
    this.#producer?.close();
    this.#producer = null;
    this.#link.images.allowReducedResolution = false;
    this.#link.images.viewers = 0;
    this.#source.detach();
    this.#input.detach();
    this.#link.close();
    this.#link = null;
  }
}
