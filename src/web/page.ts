import type { CommandType } from "../protocol/commands.ts";
import {
  type ErrorMessage,
  type HelloMessage,
  PROTOCOL_VERSION,
  type RendererStatus,
  type ServerMessage,
} from "../protocol/server-messages.ts";
import { CommandClient } from "./connection/command-client.ts";
import { ConnectionKindProbe, pageRequestMs } from "./connection/connection-kind.ts";
import { type ConnectionState, ServerConnection } from "./connection/server-connection.ts";
import { ServerUrls } from "./connection/server-urls.ts";
import { Controls } from "./controls.ts";
import { byId } from "./dom.ts";
import { ViewerInput } from "./input/viewer-input.ts";
import type { PageOptions } from "./options.ts";
import { Panel } from "./panel/panel.ts";
import { PeopleStatus } from "./people/people-status.ts";
import { PointerTools } from "./pointer/pointer-tools.ts";
import { RecordDialog } from "./record/record-dialog.ts";
import { SceneViews } from "./scene/scene-views.ts";
import { SideKeys } from "./scene/side-keys.ts";
import { FirstUseHint } from "./status/first-use-hint.ts";
import { PageStatus } from "./status/page-status.ts";
import { encodingNote, NO_WEBSOCKET_NOTE, viewLabel, windowTitle } from "./status/status-message.ts";
import { reloadOnce } from "./storage.ts";
import { FrameChannel } from "./view/frame-channel.ts";
import { FrameMetadataCache } from "./view/frame-metadata-cache.ts";
import { PageBackground } from "./view/page-background.ts";
import { downloadSnapshot } from "./view/snapshot.ts";
import { StreamView } from "./view/stream-view.ts";
import { TransportSelector } from "./view/transport.ts";
import { watchSize } from "./view/view-size.ts";

const UPDATE_INTERVAL_MS = 500;
/** Duration of the note about WebSockets, ms: long enough to copy the three lines of proxy configuration. */
const PROXY_NOTE_MS = 20_000;
/** Timeouts of a transport without a first frame, ms: one that the page selected, and one that was requested by name. */
const TRANSPORT_TIMEOUT_MS = { auto: 2_000, requested: 6_000 } as const;

/** The viewer page: holds the state of its server and connects connection, view, input, controls and status. */
export class Page {
  readonly #options: PageOptions;
  readonly #urls = new ServerUrls(location);
  readonly #stage = byId("stage", HTMLElement);
  readonly #viewOnly = byId("view-only", HTMLParagraphElement);
  readonly #frames = new FrameChannel((message) => this.#connection.send(message));
  readonly #frameMetadata = new FrameMetadataCache();
  readonly #commands = new CommandClient((message) => this.#connection.send(message));
  readonly #connection: ServerConnection;
  readonly #transports: TransportSelector;
  readonly #view: StreamView;
  readonly #background: PageBackground;
  readonly #reportSize: () => void;
  readonly #input: ViewerInput;
  readonly #controls: Controls;
  readonly #pointer: PointerTools;
  readonly #status: PageStatus;
  readonly #panel: Panel;
  readonly #sceneViews: SceneViews;
  readonly #sideKeys = new SideKeys({
    execute: (command) => this.#commands.execute(command),
    onError: (error) => this.#noteError(error),
  });
  readonly #recordDialog = new RecordDialog({ urls: this.#urls, title: () => this.#hello?.title ?? "" });
  readonly #hint = new FirstUseHint();
  readonly #people = new PeopleStatus();
  #hello: HelloMessage | null = null;
  #renderer: RendererStatus | null = null;
  /** Whether the server offers no transport that this page supports. */
  #noStream = false;
  /** Whether the server has a scene document. */
  #hasScene = false;
  /** Whether a frame of this server was shown. */
  #hasFrame = false;
  #proxyNoteShown = false;

  /** @param warnings sentences about options that are ignored */
  constructor({ options, warnings }: { options: PageOptions; warnings: readonly string[] }) {
    this.#options = options;
    this.#background = new PageBackground(options.background);
    this.#status = new PageStatus(warnings);
    const connectionKind = new ConnectionKindProbe(location.hostname, pageRequestMs());
    this.#transports = new TransportSelector(options.encoding, connectionKind);
    this.#connection = new ServerConnection({
      urls: this.#urls,
      onState: (state) => this.#onConnectionState(state),
      onMessage: (message) => this.#onMessage(message),
      onFrame: (message) => this.#frames.receive(message),
    });
    this.#input = new ViewerInput({
      element: this.#stage,
      pageOptions: options,
      viewRect: () => this.#view.rect(),
      send: (message) => this.#connection.send(message),
      onError: (message) => this.#onError(message),
      statistics: this.#status.statistics,
      shortcut: (event) => this.#pointer.onKey(event.key) || this.#controls.onKey(event),
      isDialogOpen: () => this.#controls.isHelpOpen,
    });
    this.#controls = new Controls({
      resetView: () => this.#input.resetView(),
      reloadFiles: () => this.#reloadFiles(),
      cancelLoading: () => this.#cancelLoading(),
      saveSnapshot: () => this.#saveSnapshot(),
      openRecordDialog: () => this.#recordDialog.toggle(),
      toggleStatusLine: () => this.#status.line.toggle(),
      togglePanel: () => this.#panel.toggle(),
      toggleViews: () => this.#sceneViews.toggle(),
      lookFromSide: (event) => this.#accepts("scene") && this.#sideKeys.onKey(event),
    });
    this.#sceneViews = new SceneViews({
      urls: this.#urls,
      picture: () => this.#view.thumbnail(),
      note: (text, tone) => this.#status.notice.note({ text, tone }),
    });
    this.#panel = new Panel({
      execute: (command) => this.#commands.execute(command),
      onRefused: (error) => this.#noteError(error),
      resetView: () => this.#input.resetView(),
      onChange: () => this.#updateControls(),
    });
    this.#pointer = new PointerTools({
      stage: this.#stage,
      viewRect: () => this.#view.rect(),
      execute: (command) => this.#commands.execute(command),
      onError: (error) => this.#noteError(error),
    });
    this.#view = new StreamView({
      stage: this.#stage,
      context: {
        ...{ urls: this.#urls, frames: this.#frames, frameMetadata: this.#frameMetadata },
        input: this.#input.transport,
        iceServers: () => this.#hello?.iceServers ?? [],
        fallsBackOnStutter: this.#transports.isAuto,
      },
      timeoutMs: this.#transports.isAuto ? TRANSPORT_TIMEOUT_MS.auto : TRANSPORT_TIMEOUT_MS.requested,
      onChange: () => this.#onViewChange(),
      onFrame: (frame) => this.#status.onFrame(frame),
      onTransportFailed: (transport) => this.#transports.onFailure(transport),
    });
    this.#reportSize = watchSize(this.#stage, (size) => {
      if (!this.#input.capabilities.steering) return;
      this.#connection.send({ event_type: "resize", ...size, time_stamp: Date.now() / 1000 });
    });
  }

  start(): void {
    document.body.classList.toggle("framed", this.#options.iframe);
    this.#updateStatus();
    setInterval(() => {
      if (!document.hidden) this.#update();
    }, UPDATE_INTERVAL_MS);
    this.#connection.start();
  }

  #update(): void {
    const isRunning = this.#renderer?.state === "running";
    this.#view.check(isRunning && this.#connection.isResponsive);
    const isOpen = this.#connection.state.name === "open";
    const completeness = this.#renderer?.state === "running" ? this.#renderer.completeness : undefined;
    this.#status.updateLine(!isOpen ? "offline" : isRunning ? "running" : "waiting", completeness);
    // The pong reports the age of the events that the renderer has not read.
    if (this.#status.isMotionStalled) this.#connection.ping();
    this.#updateBackground();
    // Updates the countdown to the next attempt, and detects a stall.
    this.#updateStatus();
  }

  #onConnectionState(state: ConnectionState): void {
    if (state.name !== "open") this.#reset();
    else if (state.overHttp && !this.#proxyNoteShown) {
      this.#proxyNoteShown = true;
      this.#status.notice.note(NO_WEBSOCKET_NOTE, PROXY_NOTE_MS);
    }
    this.#updateStatus();
  }

  /** Forgets the server: its connection is closed, and the next one may be to another. */
  #reset(): void {
    this.#panel.reset();
    this.#commands.reset();
    this.#pointer.reset();
    this.#hello = null;
    this.#renderer = null;
    this.#noStream = false;
    this.#hasScene = false;
    this.#hasFrame = false;
    this.#view.close();
    this.#input.reset();
    this.#status.reset();
    this.#people.reset();
  }

  #onMessage(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        this.#onHello(message);
        break;
      case "status":
        this.#renderer = message.renderer;
        this.#status.notice.setWarning(
          (message.renderer.state === "running" && message.renderer.problem) || null,
        );
        this.#updateStatus();
        break;
      case "frame":
        if (message.rtpTimestamp !== undefined) this.#frameMetadata.add(message, performance.now());
        else {
          // MJPEG: the frame itself arrives on another connection at the same time.
          this.#view.onFrameReceived();
          this.#status.onFrame(message);
        }
        break;
      case "pong":
        this.#onRoundTrip(performance.now() - message.time, message.inputWaitingMs);
        break;
      case "viewers":
        this.#people.show(message);
        break;
      case "command-result":
        this.#commands.onResult(message);
        break;
      case "panel":
      case "scene":
      case "control-values":
        this.#panel.onMessage(message);
        if (message.type === "scene") this.#onScene(message.document);
        if (message.type === "panel") this.#recordDialog.time = message.panel.time;
        break;
      case "error":
        this.#onError(message);
    }
  }

  #onHello(hello: HelloMessage): void {
    if (hello.protocol !== PROTOCOL_VERSION && reloadOnce()) return;
    const couldSteer = this.#input.capabilities.steering;
    const isFirst = this.#hello === null;
    this.#hello = hello;
    // A server offers the same transports as long as it runs.
    if (isFirst && this.#transports.isReady) this.#openView(hello);
    const steering = this.#options.interaction && hello.maySteer;
    const keys = steering && hello.takes.keys;
    this.#input.capabilities = { steering, keys };
    const commands = this.#options.interaction ? (hello.commands ?? []) : [];
    this.#panel.setCapabilities({ commands, canReset: keys });
    this.#updateControls();
    document.title = windowTitle(hello.title);
    this.#stage.setAttribute("aria-label", viewLabel(hello.title));
    this.#viewOnly.hidden = hello.maySteer || !this.#options.interaction;
    document.body.classList.toggle("not-steering", !steering);
    // The server keeps the size for renderers that are attached later.
    if (!couldSteer) this.#reportSize();
    this.#updateStatus();
  }

  #onScene(document: Readonly<Record<string, unknown>>): void {
    this.#sideKeys.onScene(document);
    this.#pointer.onScene(document);
    if (this.#hasScene) return;
    this.#hasScene = true;
    this.#updateControls();
  }

  /** Shows the buttons of what this viewer can do. */
  #updateControls(): void {
    const { isAvailable: panel, isOpen } = this.#panel;
    const reload = this.#accepts("reload");
    const pick = this.#accepts("pick");
    const changes = pick && this.#input.capabilities.steering && this.#accepts("scene");
    const record = this.#options.interaction && this.#hello?.records === true;
    const scene = this.#hasScene;
    this.#controls.setCapabilities({
      ...this.#input.capabilities,
      ...{ reload, panel, scene, record, pick, changes },
    });
    this.#pointer.setCapabilities({ pick, change: changes });
    const rights = this.#accepts("scene") ? "change" : "look";
    this.#sceneViews.setScene(this.#hello?.title ?? "", scene ? rights : "none");
    this.#controls.isPanelOpen = isOpen;
  }

  /** Whether the server accepts this command of this viewer. */
  #accepts(command: CommandType): boolean {
    return this.#options.interaction && this.#hello?.commands?.includes(command) === true;
  }

  #onRoundTrip(ms: number, inputWaitingMs: number): void {
    this.#status.onPong(ms, inputWaitingMs);
    const wasReady = this.#transports.isReady;
    this.#transports.addRoundTrip(ms);
    if (wasReady || this.#hello === null) return;
    if (this.#transports.isReady) this.#openView(this.#hello);
    else this.#connection.ping();
  }

  #onError({ code, message }: ErrorMessage): void {
    if (code === "input-stalled" || (code === "no-renderer" && this.#renderer?.state === "running")) {
      this.#status.notice.note({ text: message, tone: "error" });
    } else if (code === "another-steers") this.#status.notice.note({ text: message, tone: "info" });
    // The others are bugs of this page, or already covered by the message about the renderer.
    else console.warn(`scenecast: ${code}: ${message}`);
  }

  #openView({ transports }: HelloMessage): void {
    const select = () => this.#transports.select(transports, this.#connection.carriesFrames);
    this.#noStream = select() === null;
    if (this.#noStream) this.#status.line.setTransport("", []);
    else this.#view.open(select);
  }

  #onViewChange(): void {
    const { isLive, hasPreview, transport } = this.#view;
    this.#hasFrame ||= isLive || hasPreview;
    if (this.#hasFrame) this.#panel.onFrame();
    this.#updateBackground();
    if (transport !== null && isLive) this.#transports.onSuccess(transport);
    if (isLive) this.#sceneViews.applyLink();
    this.#status.line.setTransport(transport?.name ?? "", this.#transports.failedNames);
    const note = encodingNote(this.#options.encoding, transport);
    if (note !== null) this.#status.addWarning(note);
    this.#updateStatus();
  }

  #updateBackground(): void {
    const { live } = this.#view;
    if (live !== null) this.#background.match(live.element, live.size);
  }

  #updateStatus(): void {
    this.#status.update({
      connection: this.#connection.state,
      renderer: this.#renderer,
      noStream: this.#noStream,
      hasFrame: this.#hasFrame,
      title: this.#hello?.title ?? "",
      producer: this.#hello?.producer ?? "program",
    });
    this.#controls.canCancel = this.#renderer?.state === "loading" && this.#accepts("cancel");
    const { hasFrame } = this.#view;
    document.body.classList.toggle("has-frame", hasFrame);
    this.#hint.isUseful = hasFrame && this.#input.capabilities.steering && !this.#options.iframe;
  }

  #reloadFiles(): void {
    this.#commands.execute({ type: "reload" }).then(
      () => this.#status.notice.note({ text: "The files were loaded again.", tone: "info" }),
      (error: unknown) => this.#noteError(error),
    );
  }

  #cancelLoading(): void {
    this.#commands.execute({ type: "cancel" }).catch((error: unknown) => this.#noteError(error));
  }

  #saveSnapshot(): void {
    downloadSnapshot(this.#urls, this.#hello?.title ?? "").catch((error: unknown) => this.#noteError(error));
  }

  #noteError(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#status.notice.note({ text, tone: "error" });
  }
}
