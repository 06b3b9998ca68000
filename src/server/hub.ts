import type { ServerWebSocket } from "bun";
import { Broadcast } from "../encode/broadcast.ts";
import type { EncodedVideoFrame } from "../encode/encoded-video.ts";
import type { EncodedFrame, FrameInfo } from "../encode/frame.ts";
import { JpegEncoder } from "../encode/jpeg-encoder.ts";
import { VideoBroadcast } from "../encode/video-broadcast.ts";
import type { EventRow } from "../memory/event-row.ts";
import type { parseClientMessage } from "../protocol/client-message-schema.ts";
import type { ResizeMessage } from "../protocol/input-messages.ts";
import type { Producer } from "../protocol/renderer-status.ts";
import type { Role } from "../protocol/role.ts";
import type { ServerMessage } from "../protocol/server-messages.ts";
import type { IceServer } from "../webrtc/ice-server.ts";
import { Demand } from "./demand.ts";
import type { FrameStreamRequest, SocketFrameStream } from "./frames/frame-requests.ts";
import { JpegSocketStream } from "./frames/jpeg-socket-stream.ts";
import { Snapshots } from "./frames/snapshots.ts";
import { VideoSocketStream } from "./frames/video-socket-stream.ts";
import type { ViewSize } from "./input/event-rows.ts";
import { Steering } from "./input/steering.ts";
import { metricsText } from "./metrics/metrics.ts";
import { type ServerState, type StateSources, serverState } from "./metrics/state.ts";
import { CommandChannel, type CommandExecutor } from "./renderer/command-channel.ts";
import { RendererConnection } from "./renderer/renderer-connection.ts";
import { Greeting } from "./viewers/greeting.ts";
import { Latency } from "./viewers/latency.ts";
import type { ConnectionHost, ViewerConnection } from "./viewers/viewer-connection.ts";
import { Viewers } from "./viewers/viewers.ts";

export interface HubOptions {
  /** Title of the page. */
  title: string;
  /** See {@link AppOptions.producer}. Default "program". */
  producer?: Producer | undefined;
  /** See {@link HelloMessage.transports}. */
  transports: readonly string[];
  /** See {@link HelloMessage.iceServers}. */
  iceServers: readonly IceServer[];
  /** Minimum interval between two encoded frames, ms. */
  msJpeg: number;
  /** See {@link AppOptions.size}. */
  size?: ViewSize | undefined;
  /** See {@link AppOptions.fixedSize}. */
  fixedSize?: boolean;
  /** See {@link AppOptions.commands}. */
  commands?: CommandExecutor | undefined;
  /** Called with errors of single frames. */
  onError: (error: unknown) => void;
}

/** Wires the parts of one server: the renderer, the encoders, the viewers and their input. It does not depend on HTTP. */
export class Hub implements ConnectionHost {
  readonly producer: Producer;
  readonly demand = new Demand(() => this.renderer.publishDemand());
  readonly renderer: RendererConnection;
  readonly commands: CommandChannel;
  readonly broadcast: Broadcast;
  readonly video: VideoBroadcast;
  readonly snapshots: Snapshots;
  readonly viewers = new Viewers(this.demand);
  readonly steering = new Steering({ onSize: (windowSize) => this.#resize(windowSize) });
  readonly #title: string;
  readonly #encoder = new JpegEncoder();
  readonly #greeting: Greeting;
  readonly #latency = new Latency();
  readonly #stopping = new AbortController();
  readonly #startedAtMs = performance.now();
  /** Size of the view while no viewer's window requests another; null if it is not known yet. */
  #defaultSize: ViewSize | null;
  #parser: Promise<typeof parseClientMessage> | undefined;

  constructor(options: HubOptions) {
    const { title, producer = "program", transports, iceServers, msJpeg, size, fixedSize, onError } = options;
    this.commands = new CommandChannel(options.commands);
    this.producer = producer;
    this.#title = title;
    this.#defaultSize = size ?? null;
    this.renderer = new RendererConnection({
      ...{ producer, fixedSize: fixedSize ?? false, demand: this.demand },
      onStatus: (status) => this.#sendToAll({ type: "status", renderer: status }),
      onRenderer: () => {
        this.#greeting.update(this.viewers.connections);
        // A renderer that was attached after the resize has not received it.
        if (this.steering.size !== null) this.#resize(this.steering.size);
      },
    });
    const { source } = this.renderer;
    this.broadcast = new Broadcast(source, this.#encoder, { onError, msBetween: msJpeg });
    this.video = new VideoBroadcast(source.createProvider(), { onError, msBetween: msJpeg });
    this.snapshots = new Snapshots(source, this.demand, () => this.renderer.isStill);
    const { codec: videoCodec } = this.video;
    this.#greeting = new Greeting(
      { title, producer, transports, videoCodec, iceServers },
      this.renderer,
      this.commands,
    );
  }

  /** Aborts when the server stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Disconnects the renderer, for good. Idempotent. */
  stop(): void {
    this.#stopping.abort();
    this.steering.close();
    this.renderer.close();
  }

  /** Body of `GET /state`. */
  state(): ServerState {
    return serverState(this.#stateSources());
  }

  /** Body of `GET /metrics`. */
  metrics(): string {
    return metricsText(this.#stateSources());
  }

  /** Records the latency of a frame that was sent to a viewer. */
  onSent(viewer: string, frame: FrameInfo): void {
    const latency = this.viewers.latency(viewer);
    if (latency !== undefined) this.#latency.onSent(latency, frame);
  }

  /** Calls {@link onSent} for a frame without a header, and sends its metadata to the viewer's page in a message. */
  notifySent(viewer: string, frame: EncodedFrame | EncodedVideoFrame, rtpTimestamp?: number): void {
    this.onSent(viewer, frame);
    const { number, width, height, eventMs, bytes, renderedAtMs } = frame;
    this.viewers.send(viewer, {
      ...{ type: "frame", frame: number, width, height, eventMs, bytes: bytes.byteLength },
      ageMs: Math.max(0, performance.timeOrigin + performance.now() - renderedAtMs),
      ...(rtpTimestamp !== undefined && { rtpTimestamp }),
    });
  }

  parser(): Promise<typeof parseClientMessage> {
    this.#parser ??= import("../protocol/client-message-schema.ts").then(
      (module) => module.parseClientMessage,
    );
    return this.#parser;
  }

  push(row: EventRow): boolean {
    const isAccepted = this.renderer.input.push(row);
    if (isAccepted) this.#latency.onEvent(row[6] ?? 0);
    return isAccepted;
  }

  greeting(role: Role): ServerMessage[] {
    return this.#greeting.messages(role);
  }

  openFrames(
    viewer: ViewerConnection,
    socket: ServerWebSocket<unknown>,
    request: FrameStreamRequest,
  ): SocketFrameStream {
    const { id } = viewer;
    const callbacks = {
      onSent: (frame: FrameInfo) => this.onSent(id, frame),
      onAcknowledged: (frame: FrameInfo, ms: number) => {
        const latency = this.viewers.latency(id);
        if (latency !== undefined) this.#latency.onAcknowledged(latency, frame, ms);
      },
      onClosed: () => this.viewers.removeStream(id, frames),
    };
    const frames =
      request.encoding === "video"
        ? new VideoSocketStream(socket, { broadcast: this.video, ...callbacks })
        : new JpegSocketStream(socket, {
            broadcast: this.broadcast,
            lossless: request.lossless,
            ...callbacks,
          });
    this.viewers.addStream(id, frames);
    return frames;
  }

  setViewerId(connection: ViewerConnection, id: string): void {
    if (connection.id === id) return;
    this.viewers.removeConnection(connection);
    this.steering.rename(connection.id, id);
    connection.id = id;
    this.viewers.addConnection(connection);
  }

  /** Requests the size of a viewer's window from the renderer; null: the default size, when the last window has gone. */
  #resize(windowSize: ResizeMessage | null): void {
    if (windowSize !== null) this.#defaultSize ??= this.renderer.viewSize;
    if (windowSize !== null) this.renderer.resize(windowSize);
    else if (this.#defaultSize !== null) {
      this.renderer.resize({ event_type: "resize", ...this.#defaultSize, pixel_ratio: 1 });
    }
  }

  #stateSources(): StateSources {
    const { renderer, video, viewers } = this;
    const { newest } = renderer.source;
    return {
      ...{ title: this.#title, startedAtMs: this.#startedAtMs, status: renderer.status },
      ...renderer.statistics,
      ...{ newest, encoder: this.#encoder, video, latency: this.#latency, viewers },
      camera: newest?.camera ?? renderer.camera,
      input: renderer.input,
    };
  }

  #sendToAll(message: ServerMessage): void {
    for (const connection of this.viewers.connections) connection.send(message);
  }
}
