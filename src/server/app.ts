import type { WebSocketHandler } from "bun";
import type { FrameProvider } from "../encode/frame.ts";
import type { Panel } from "../panel/panel.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { ControlValue, PanelDescription } from "../protocol/panel.ts";
import { PATHS } from "../protocol/paths.ts";
import type { Producer, RendererStatus } from "../protocol/server-messages.ts";
import type { IceServer } from "../webrtc/ice-server.ts";
import { Access } from "./access/access.ts";
import type { PageDocument } from "./http/page-routes.ts";
import type { SocketContext } from "./http/route.ts";
import { type RequestHandler, Router } from "./http/router.ts";
import { Hub } from "./hub.ts";
import { type ServerState, serverState } from "./metrics/state.ts";
import type { CommandExecutor, PickExecutor } from "./renderer/command-channel.ts";
import type { Recorder } from "./renderer/recorder.ts";
import type { RendererMemory } from "./renderer/renderer-link.ts";
import type { SceneControl } from "./renderer/scene-control.ts";
import { WEB_SOCKET_OPTIONS } from "./viewers/message-channel.ts";

export interface AppOptions {
  /** Loads the document that is served at {@link path}. Default: the viewer page. */
  page?: () => Promise<PageDocument>;
  /** Address that viewers use. Default "localhost"; any other requires a token. */
  host?: string;
  /**
   * Token of the role "control" (see and steer): 8 to 256 letters, digits and . _ ~ - characters. Default: none on localhost,
   * unless there is a `viewToken`; elsewhere a random one.
   */
  token?: string;
  /** Token of the role "view" (see only). Default: a random one if a token is required. */
  viewToken?: string;
  /** Origins of other pages that may open WebSockets and post, for example "https://hub.example.org". Default none. */
  allowOrigins?: readonly string[];
  /**
   * Trusted reverse proxies, as IP addresses and CIDR networks such as "127.0.0.1" or "10.0.0.0/8". Their X-Forwarded-For header
   * names the client; from any other peer the header is ignored. Default none.
   */
  trustedProxies?: readonly string[];
  /** Identity of this server for `/healthz?instance=…`. Default none. */
  instance?: string;
  /** Maximum number of viewers; further ones are refused. Default 1000. */
  maxViewers?: number;
  /** Title of the page. Default "scenecast". */
  title?: string;
  /** Producer of the frames, as the page and error messages name it. Default "program": a program of the user. */
  producer?: Producer;
  /**
   * Whether /snapshot.png keeps the alpha of RGBA frames, so that it is equal to the frame. Default false: a rendered view is opaque, and
   * the alpha that a renderer leaves in its frames has no meaning.
   */
  snapshotAlpha?: boolean;
  /**
   * Size of the view while no viewer's window requests another, px. The view returns to it after the last viewer has left.
   * Default: the size before the first viewer's request.
   */
  size?: readonly [width: number, height: number];
  /** Executes commands of viewers, such as a reload of the files. Default: none are accepted. */
  commands?: CommandExecutor;
  /** The program's own controls: `show.panel`. Viewers may then also send the command `control`. Default: none. */
  panel?: Panel;
  /** Answers viewers what is under their pointer: `(x, y, purpose) => show.pick(x, y, purpose)`. Default: picks are refused. */
  pick?: PickExecutor;
  /** The scene document of the renderer. Default: none. */
  scene?: SceneControl;
  /** Makes pictures and films of the scene. Default: none; viewers can then only take snapshots. */
  recorder?: Recorder;
  /** Whether the view keeps its size and viewers' windows do not change it. Default false. */
  fixedSize?: boolean;
  /** Path at which it is mounted in the caller's server: the prefix that {@link ServerApp.fetch} removes. Default "/". */
  path?: string;
  /** Minimum interval between encoded frames, ms. Default 0: as fast as frames arrive. */
  msJpeg?: number;
  /** Whether there is an MJPEG stream. Default true. */
  providesMjpeg?: boolean;
  /** Whether there is WebRTC: `POST /offer`, and `/whep`. Default true. */
  providesWebrtc?: boolean;
  /**
   * STUN and TURN servers, for viewers that cannot reach this machine directly. Default none: then no other machine is contacted.
   */
  iceServers?: readonly IceServer[];
}

/**
 * The page, frames and events of a renderer, without a port: {@link fetch} and {@link websocket}, or the single handlers, are
 * mounted in the caller's `Bun.serve`. FURY's `get_app` makes one.
 *
 * ```ts
 * using app = getApp({ imageBufferManager, circularQueue, path: "/view" });
 * Bun.serve({
 *   routes: { "/view": app.fetch, "/view/*": app.fetch },
 *   websocket: app.websocket,
 *   reusePort: false,
 * });
 * ```
 *
 * `reusePort: false`: with `development: false` Bun would otherwise set SO_REUSEPORT, and a second server on the same port would
 * get half of the connections.
 */
export class ServerApp implements Disposable {
  /** Token of the role "control"; undefined if no token is required. */
  readonly token: string | undefined;
  /** Token of the role "view"; undefined if no token is required. */
  readonly viewToken: string | undefined;
  /** Answers all requests below the app's path. */
  readonly fetch: RequestHandler;
  /** FURY's `index`: the page. The page's requests go to paths below it, as {@link fetch} serves them. */
  readonly index: RequestHandler;
  /** FURY's `mjpeg_handler`: JPEG frames as multipart/x-mixed-replace. */
  readonly mjpegHandler: RequestHandler;
  /** FURY's `websocket_handler`. The server that calls it needs {@link websocket} in its options. */
  readonly websocketHandler: RequestHandler;
  /** FURY's `offer`: answers a WebRTC offer; offer and answer are `{sdp, type}`. */
  readonly offer: RequestHandler;
  /** WebSocket handler for `Bun.serve`. */
  readonly websocket: WebSocketHandler<SocketContext>;
  readonly #hub: Hub;

  /**
   * `rtcFrames`: source of the frames of WebRTC viewers; default: the attached renderer.
   * @throws RangeError if `msJpeg`, `path`, a token, a proxy or `maxViewers` is invalid, or if both tokens are equal.
   */
  constructor(options: AppOptions = {}, rtcFrames?: FrameProvider) {
    const access = new Access(options);
    this.token = access.credentials.token;
    this.viewToken = access.credentials.viewToken;
    this.#hub = new Hub(options, rtcFrames);
    const routes = new Router(access, this.#hub, options);
    this.fetch = routes.answer;
    this.index = routes.handler("");
    this.mjpegHandler = routes.handler(PATHS.mjpeg);
    this.websocketHandler = routes.handler(PATHS.socket);
    this.offer = routes.handler(PATHS.offer);
    this.websocket = SOCKET_HANDLER;
  }

  /** Number of active consumers of frames: open streams, and snapshots that are being made. */
  get viewers(): number {
    return this.#hub.demand.consumers;
  }

  /** Whether a renderer is attached. False when it was detached or has ended. */
  get attached(): boolean {
    return this.#hub.renderer.attached;
  }

  /** Camera of the newest frame, also of a renderer that is gone; undefined if it is not known. */
  get camera(): CameraState | undefined {
    return this.#hub.renderer.camera ?? undefined;
  }

  /** Width and height of the newest frame's view, px, also after its renderer has gone; undefined before the first frame. */
  get viewSize(): [width: number, height: number] | undefined {
    const size = this.#hub.renderer.viewSize;
    return size === null ? undefined : [size.width, size.height];
  }

  /** Body of `GET /state`. */
  get state(): ServerState {
    return serverState(this.#hub);
  }

  /**
   * Shows the frames of this renderer from now on, and sends events to its queue; viewers stay connected. Does nothing after the
   * app has ended.
   * @param memory names of its segments, or managers that the caller keeps open until {@link detach}, the next attach, or the end
   * @param about `driver`: name of the renderer's GL driver, for `/state`
   * @throws SharedMemoryError or MemoryLayoutError if the segments are missing or have another layout, or if the queue's rows do not
   *   have the 8 values of an event; then the previous renderer stays attached
   */
  attach(memory: RendererMemory, about: { driver?: string } = {}): void {
    if (!this.#hub.stopping.aborted) this.#hub.renderer.attach(memory, about.driver ?? null);
  }

  /** Detaches the renderer, and sends viewers the reason. They keep their last frame. Idempotent. */
  detach(reason: string, about: { restarting?: boolean } = {}): void {
    this.#hub.renderer.detach(reason, about.restarting ?? false);
  }

  /** Sets the status that viewers see. "running" is also set by the first frame after each attach, unless "loading" was set since. */
  setRendererStatus(status: RendererStatus): void {
    this.#hub.renderer.setStatus(status);
  }

  /** Sets the descriptions of the panel, which viewers see from then on; its `program` is replaced by that of the option `panel`. */
  setPanel(panel: PanelDescription): void {
    this.#hub.panel.set(panel);
  }

  /** Sets values of a program's controls, by their name in the description. */
  setControlValues(values: Readonly<Record<string, ControlValue>>): void {
    this.#hub.panel.setValues(values);
  }

  /**
   * FURY's `on_shutdown`: ends streams, closes WebSockets with 1001, and detaches the renderer; segments and managers stay with
   * their owner. Later requests are answered with 503. Idempotent.
   * @param reason a sentence that pages show
   */
  onShutdown(reason = "scenecast was stopped."): void {
    this.#hub.stop();
    for (const stream of this.#hub.viewers.streams) stream.close();
    for (const connection of this.#hub.viewers.connections) {
      // A message, since proxies drop the reason of a close frame, and plain HTTP has none.
      connection.send({ type: "end", reason });
      connection.close(CLOSE_CODES.goingAway);
    }
  }

  [Symbol.dispose](): void {
    this.onShutdown();
  }
}

const SOCKET_HANDLER: WebSocketHandler<SocketContext> = {
  ...WEB_SOCKET_OPTIONS,
  open: (ws) => ws.data.open(ws),
  message: (ws, data) => ws.data.connection?.receive(data),
  // Bun answers pings itself; flood limits count them too.
  ping: (ws, data) => void ws.data.connection?.countFrame(data.length),
  pong: (ws, data) => void ws.data.connection?.countFrame(data.length),
  drain: (ws) => ws.data.connection?.drained(),
  close: (ws) => ws.data.closed(),
};
