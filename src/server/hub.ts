import { getLogger } from "@logtape/logtape";
import type { ServerWebSocket } from "bun";
import { Broadcast } from "../encode/broadcast.ts";
import type { EncodedFrame, FrameInfo, FrameProvider, Size } from "../encode/frame.ts";
import { JpegEncoder } from "../encode/jpeg-encoder.ts";
import { VideoBroadcast } from "../encode/video-broadcast.ts";
import type { EncodedVideoFrame } from "../encode/video-layer.ts";
import { type EventRow, NO_EXTRA_EVENTS } from "../memory/event-row.ts";
import type { ResizeMessage } from "../protocol/client-messages.ts";
import type { Role } from "../protocol/role.ts";
import {
  type HelloMessage,
  PROTOCOL_VERSION,
  type Producer,
  type ServerMessage,
} from "../protocol/server-messages.ts";
import type { IceServer } from "../webrtc/ice-server.ts";
import type { AppOptions } from "./app.ts";
import { Demand } from "./demand.ts";
import type { FrameStreamRequest, SocketFrameStream } from "./frames/frame-requests.ts";
import { JpegSocketStream } from "./frames/jpeg-socket-stream.ts";
import { Snapshots } from "./frames/snapshots.ts";
import { VideoSocketStream } from "./frames/video-socket-stream.ts";
import { Steering } from "./input/steering.ts";
import { VERSION } from "./metrics/state.ts";
import { CommandChannel } from "./renderer/command-channel.ts";
import { PanelState } from "./renderer/panel-state.ts";
import type { Recorder } from "./renderer/recorder.ts";
import { RendererConnection } from "./renderer/renderer-connection.ts";
import type { SceneControl } from "./renderer/scene-control.ts";
import { Latency } from "./viewers/latency.ts";
import { Presence } from "./viewers/presence.ts";
import type { ViewerConnection } from "./viewers/viewer-connection.ts";
import { Viewers } from "./viewers/viewers.ts";

const log = getLogger(["scenecast", "server"]);

/** Time from a change of the scene document to its message to the viewers, ms. */
const SCENE_INTERVAL_MS = 50;

/** Wires the parts of one server: the renderer, the encoders, the viewers and their input. It does not depend on HTTP. */
export class Hub {
  readonly host: string;
  readonly title: string;
  readonly producer: Producer;
  readonly iceServers: readonly IceServer[];
  readonly providesMjpeg: boolean;
  readonly providesWebrtc: boolean;
  readonly demand = new Demand(() => this.renderer.publishDemand());
  readonly renderer: RendererConnection;
  readonly commands: CommandChannel;
  readonly panel: PanelState;
  /** Undefined if the renderer has no scene document. */
  readonly scene: SceneControl | undefined;
  /** Undefined if only snapshots can be taken. */
  readonly recorder: Recorder | undefined;
  readonly broadcast: Broadcast;
  readonly video: VideoBroadcast;
  readonly rtcVideo: VideoBroadcast;
  readonly snapshots: Snapshots;
  readonly viewers = new Viewers(this.demand, () => this.#presence.update());
  readonly steering = new Steering({
    onSize: (windowSize) => this.#resize(windowSize),
    onHolder: () => this.#presence.update(),
  });
  readonly encoder = new JpegEncoder();
  readonly latency = new Latency();
  readonly startedAtMs: number = performance.now();
  readonly #stopping = new AbortController();
  readonly stopping: AbortSignal = this.#stopping.signal;
  /** Size of the view while no viewer's window requests another; null if it is not known yet. */
  #defaultSize: Size | null;
  readonly #presence = new Presence(() => ({
    count: this.viewers.count,
    connections: this.viewers.connections,
    holder: this.steering.holder,
  }));
  /** Sends the scene document when it ends. */
  #sceneTimer: ReturnType<typeof setTimeout> | undefined;
  /** The newest hello that was sent to all viewers. */
  #lastHello = "";

  /**
   * `rtcFrames`: source of the frames of WebRTC viewers; default: the attached renderer.
   * @throws RangeError if `msJpeg` is invalid
   */
  constructor(options: AppOptions, rtcFrames?: FrameProvider) {
    const { title = "scenecast", producer = "program", host = "localhost", iceServers = [] } = options;
    const { providesMjpeg = true, providesWebrtc = true, msJpeg = 0, size, fixedSize = false } = options;
    if (!(Number.isFinite(msJpeg) && msJpeg >= 0)) {
      throw new RangeError(`msJpeg is ${msJpeg}; it must be a number of ms, 0 or more.`);
    }
    this.host = host;
    this.title = title;
    this.producer = producer;
    this.iceServers = iceServers;
    this.providesMjpeg = providesMjpeg;
    this.providesWebrtc = providesWebrtc;
    this.commands = new CommandChannel(options.commands, options);
    this.panel = new PanelState(options.panel, (message) => {
      for (const connection of this.viewers.connections) connection.send(message);
      // Whether "control" is supported may have changed.
      if (message.type === "panel") this.#updateHello();
    });
    this.scene = options.scene;
    this.recorder = options.recorder;
    if (this.scene !== undefined) this.scene.onChange = () => this.#announceScene();
    this.#defaultSize = size === undefined ? null : { width: size[0], height: size[1] };
    this.renderer = new RendererConnection({
      ...{ producer, fixedSize, demand: this.demand },
      onStatus: (status) => {
        for (const connection of this.viewers.connections)
          connection.send({ type: "status", renderer: status });
      },
      onRenderer: () => {
        this.#updateHello();
        // A renderer that was attached after the resize has not received it.
        if (this.steering.size !== null) this.#resize(this.steering.size);
      },
    });
    const { source } = this.renderer;
    const onError = (error: unknown) => log.error`A frame could not be encoded or sent: ${error}`;
    this.broadcast = new Broadcast(source, this.encoder, { onError, msBetween: msJpeg });
    this.video = new VideoBroadcast(source.createProvider(), { onError, msBetween: msJpeg });
    this.rtcVideo = rtcFrames === undefined ? this.video : new VideoBroadcast(rtcFrames, { onError });
    this.snapshots = new Snapshots(this.renderer, this.demand, options.snapshotAlpha ?? false);
  }

  /** Disconnects the renderer, for good. Idempotent. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#sceneTimer);
    this.panel.close();
    this.steering.close();
    this.#presence.close();
    this.renderer.close();
  }

  /** Records the latency of a frame that was sent to a viewer. */
  onSent(viewer: string, frame: FrameInfo): void {
    const latency = this.viewers.latency(viewer);
    if (latency !== undefined) this.latency.onSent(latency, frame);
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

  /** Puts an event row into the renderer's event queue. Returns false if it is not accepted. */
  push(row: EventRow): boolean {
    const isAccepted = this.renderer.input.push(row);
    if (isAccepted) this.latency.onEvent(row[6] ?? 0);
    return isAccepted;
  }

  /** The first messages to a viewer. */
  greeting(role: Role): ServerMessage[] {
    const { scene } = this;
    return [
      this.#hello(role),
      { type: "status", renderer: this.renderer.status },
      ...(scene === undefined ? [] : [{ type: "scene", document: scene.document } as const]),
      ...this.panel.greeting,
    ];
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
        if (latency !== undefined) this.latency.onAcknowledged(latency, frame, ms);
      },
      onClosed: () => this.viewers.removeStream(id, frames),
    };
    const frames =
      request.encoding === "video"
        ? new VideoSocketStream(socket, this.video, callbacks)
        : new JpegSocketStream(socket, this.broadcast, request.lossless, callbacks);
    this.viewers.addStream(id, frames);
    return frames;
  }

  /** To be called when the page has sent its viewer id. */
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

  #hello(role: Role): HelloMessage {
    return {
      ...{ type: "hello", protocol: PROTOCOL_VERSION, version: VERSION },
      ...{ title: this.title, producer: this.producer, iceServers: this.iceServers },
      transports: [
        "jpeg",
        ...(this.providesMjpeg ? ["mjpeg"] : []),
        "video",
        ...(this.providesWebrtc ? ["webrtc"] : []),
      ],
      videoCodec: this.video.codec,
      maxSize: this.renderer.maxSize,
      maySteer: role === "control",
      takes: this.renderer.eventCapabilities ?? NO_EXTRA_EVENTS,
      commands: this.commands.allowed(role),
      ...(role === "control" && this.recorder !== undefined && { records: true }),
    };
  }

  /** Sends the scene document to all viewers, soon: several changes in a row are one message. */
  #announceScene(): void {
    this.#sceneTimer ??= setTimeout(() => {
      this.#sceneTimer = undefined;
      if (this.scene === undefined) return;
      const message = { type: "scene", document: this.scene.document } as const;
      for (const connection of this.viewers.connections) connection.send(message);
    }, SCENE_INTERVAL_MS);
  }

  /** Sends hello to all viewers if it has changed. */
  #updateHello(): void {
    const text = JSON.stringify(this.#hello("control"));
    if (text === this.#lastHello) return;
    this.#lastHello = text;
    for (const connection of this.viewers.connections) connection.send(this.#hello(connection.role));
  }
}
