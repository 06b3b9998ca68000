/** The viewer page: makes its parts and connects them. */

import type { ClientMessage } from "../protocol/client-messages.ts";
import type { RendererStatus } from "../protocol/renderer-status.ts";
import {
  type ErrorMessage,
  type HelloMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
} from "../protocol/server-messages.ts";
import { ConnectionKindProbe, pageRequestMs } from "./connection/connection-kind.ts";
import { ServerConnection } from "./connection/server-connection.ts";
import { newViewerId, ServerUrls } from "./connection/server-urls.ts";
import { Controls } from "./controls.ts";
import { byId } from "./dom.ts";
import { browserClock } from "./input/clock.ts";
import { InputTransport } from "./input/input-transport.ts";
import { KeySteering } from "./input/key-steering.ts";
import { Keyboard } from "./input/keyboard.ts";
import { PointerInput, toEpochMs } from "./input/pointer-input.ts";
import { Steering } from "./input/steering.ts";
import { WheelCapture } from "./input/wheel-capture.ts";
import { readOptions } from "./options.ts";
import { reloadOnce } from "./reload-once.ts";
import { FrameStatistics, type ShownFrame } from "./status/frame-statistics.ts";
import { Notice } from "./status/notice.ts";
import { StatusLine } from "./status/status-line.ts";
import {
  encodingNote,
  NO_WEBSOCKET_NOTE,
  statusMessageFor,
  viewLabel,
  windowTitle,
} from "./status/status-message.ts";
import { FrameChannel } from "./view/frame-channel.ts";
import { FrameMetadataCache } from "./view/frame-metadata-cache.ts";
import { PageBackground } from "./view/page-background.ts";
import { SizeReporter } from "./view/size-reporter.ts";
import { downloadSnapshot } from "./view/snapshot.ts";
import { StreamView } from "./view/stream-view.ts";
import { chooseTransport, NEEDS_WEBSOCKET, type Transport } from "./view/transport.ts";
import { TransportBackoff } from "./view/transport-backoff.ts";

const STATUS_EVERY_MS = 500;
/** Duration of the note about WebSockets, ms: long enough to copy the three lines of proxy configuration. */
const PROXY_NOTE_MS = 20_000;
/** Age of a motion without a frame that makes the page report a stall, ms. The renderer must also have taken no event for half of it. */
const STALL_MS = 2000;
/** How long a way of the picture may take to come up: one that the page has chosen itself, and one that was asked for by name. */
const PATIENCE_MS = { chosen: 2_000, named: 6_000 } as const;

const { options, complaints } = readOptions(
  new URLSearchParams(location.search),
  (value) => CSS.supports("color", value),
  window.parent !== window,
);
const addresses = new ServerUrls(location);
const viewer = newViewerId();
const stage = byId("stage", HTMLElement);
const viewOnly = byId("view-only", HTMLParagraphElement);
const notice = new Notice();
const statistics = new FrameStatistics();
const statusLine = new StatusLine({ hiddenByDefault: options.iframe });
const background = new PageBackground(options.background);

let hello: HelloMessage | null = null;
let renderer: RendererStatus | null = null;
/** Whether the server has no way for the picture that this page has too. */
let noStream = false;
/** Whether this server's picture was seen here. */
let hasPicture = false;
/** Age of the oldest event that the renderer has not taken, ms, from the newest pong. */
let inputWaitingMs = 0;

/** Whether the note about WebSockets was shown. */
let proxyNoteShown = false;

const setbacks = new TransportBackoff();
const connectionKind = new ConnectionKindProbe(location.hostname, pageRequestMs());
const frames = new FrameChannel((message) => connection.send(message));
const told = new FrameMetadataCache();
const input = new InputTransport({ socket: (message) => connection.send(message), onError: takeError });
const picture = new StreamView({
  stage,
  ways: {
    ...{ urls: addresses, viewer, frames, frameMetadata: told, input },
    iceServers: () => hello?.iceServers ?? [],
    fallsBackOnStutter: options.encoding === "auto",
  },
  patienceMs: options.encoding === "auto" ? PATIENCE_MS.chosen : PATIENCE_MS.named,
  onChange() {
    hasPicture ||= picture.isLive || picture.hasPreview;
    updateBackground();
    tellTransport();
    speak();
  },
  onFrame: countFrame,
  onNothing: (transport) => setbacks.onFailure(transport, performance.now()),
});
const connection = new ServerConnection({
  addresses,
  viewer,
  onState(state) {
    if (state.name !== "open") forgetServer();
    else if (state.overHttp && !proxyNoteShown) {
      proxyNoteShown = true;
      const { text, detail } = NO_WEBSOCKET_NOTE;
      notice.note(text, { detail, ms: PROXY_NOTE_MS });
    }
    speak();
  },
  onMessage: receive,
  onFrame: (message) => frames.receive(message),
});

const steering = new Steering({
  mouseIntervalMs: options.mouseIntervalMs,
  wheelIntervalMs: options.wheelIntervalMs,
  clock: browserClock,
  send(message) {
    document.body.classList.toggle("steering", steering.held.length > 0);
    sendInput(message);
  },
});
const keySteering = new KeySteering(steering);
const controls = new Controls({
  reset() {
    const isTaken = forwardKey("r", true, performance.now());
    if (isTaken) forwardKey("r", false, performance.now());
    return isTaken;
  },
  snapshot() {
    downloadSnapshot(addresses, hello?.title ?? "").catch((error: unknown) => {
      notice.note(error instanceof Error ? error.message : String(error), { tone: "trouble" });
    });
  },
  toggleStatus: () => statusLine.toggle(),
});
const keyboard = new Keyboard({
  own: (key) => controls.key(key),
  steer({ key, shiftKey, timeStamp }) {
    return maySteer() && !controls.helpIsOpen && keySteering.down(key, shiftKey, toEpochMs(timeStamp));
  },
  released: ({ key, timeStamp }) => keySteering.up(key, toEpochMs(timeStamp)),
  forward: (key, down, event) => !controls.helpIsOpen && forwardKey(key, down, event.timeStamp),
});
const sizes = new SizeReporter(stage, (size) => {
  if (!maySteer()) return;
  connection.send({
    event_type: "resize",
    width: size.width,
    height: size.height,
    pixel_ratio: size.pixelRatio,
    time_stamp: Date.now() / 1000,
  });
});
new PointerInput({
  element: stage,
  steering,
  keys: keySteering,
  wheelCapture: options.iframe ? new WheelCapture() : null,
  pictureRect: () => picture.rect(),
  controlDown: () => keyboard.controlDown,
});

document.body.classList.toggle("framed", options.iframe);
complain();
speak();
setInterval(() => {
  if (document.hidden) return;
  picture.check(renderer?.state === "running" && connection.isResponsive);
  const source =
    connection.state.name !== "open" ? "offline" : renderer?.state === "running" ? "running" : "waiting";
  statusLine.show(statistics.report(performance.now()), source);
  if (isMotionStalled()) connection.send({ type: "ping", time: performance.now() });
  updateBackground();
  // Updates the countdown to the next attempt, and detects a stall.
  speak();
}, STATUS_EVERY_MS);
connection.start();

function receive(message: ServerMessage): void {
  switch (message.type) {
    case "hello":
      takeHello(message);
      break;
    case "status":
      renderer = message.renderer;
      notice.warn((renderer.state === "running" && renderer.problem) || null);
      speak();
      break;
    case "frame":
      if (message.rtpTimestamp !== undefined) {
        told.add(message, performance.now());
        break;
      }
      // MJPEG: the picture itself comes on another connection at the same moment.
      picture.onFrameReceived();
      countFrame(message);
      break;
    case "pong":
      takeRoundTrip(performance.now() - message.time);
      inputWaitingMs = message.inputWaitingMs;
      break;
    case "error":
      takeError(message);
  }
}

function takeError({ code, message }: ErrorMessage): void {
  if (code === "input-stalled" || (code === "no-renderer" && renderer?.state === "running")) {
    notice.note(message, { tone: "trouble" });
  } else if (code === "another-steers") notice.note(message, { tone: "calm" });
  // The others are faults of this page, or said already by the words about the renderer.
  else console.warn(`scenecast: ${code}: ${message}`);
}

function takeHello(message: HelloMessage): void {
  if (message.protocol !== PROTOCOL_VERSION && reloadOnce()) return;
  const steered = maySteer();
  const first = hello === null;
  hello = message;
  if (first && isConnectionKindKnown()) openPicture(message.transports);
  document.title = windowTitle(message.title);
  stage.setAttribute("aria-label", viewLabel(message.title));
  viewOnly.hidden = message.maySteer || !options.interaction;
  document.body.classList.toggle("looking", !maySteer());
  controls.setCapabilities({ steering: maySteer(), keys: maySteer() && message.takes.keys });
  // The server keeps it for renderers that come later.
  if (!steered) sizes.reportNow();
  speak();
}

function takeRoundTrip(ms: number): void {
  statistics.onRoundTrip(ms);
  const wasKnown = isConnectionKindKnown();
  connectionKind.add(ms);
  if (wasKnown || hello === null) return;
  if (isConnectionKindKnown()) openPicture(hello.transports);
  else connection.ping();
}

/** Whether a transport can be chosen; "auto" needs the connection kind. */
function isConnectionKindKnown(): boolean {
  return options.encoding !== "auto" || connectionKind.kind !== undefined;
}

/** How a server can show its picture stays as it is for as long as it runs. */
function openPicture(transports: readonly string[]): void {
  const offered = transports.filter((encoding) => connection.carriesFrames || !NEEDS_WEBSOCKET.has(encoding));
  const mayWork = (transport: Transport) => setbacks.isAvailable(transport, performance.now());
  const choose = () => chooseTransport(options.encoding, offered, mayWork, connectionKind.kind);
  noStream = choose() === null;
  if (noStream) statusLine.transport = "";
  else picture.open(choose);
}

/** Says which transport it is, and that it is not the one that was asked for. */
function tellTransport(): void {
  const { transport, isLive } = picture;
  if (transport !== null && isLive) setbacks.reset(transport);
  statusLine.transport = transport?.name ?? "";
  statusLine.failedTransports = setbacks.failedNames(performance.now());
  const note = encodingNote(options.encoding, transport);
  if (note === null || complaints.includes(note)) return;
  complaints.push(note);
  complain();
}

/** A frame is in place; it is seen with the next painting. */
function countFrame(frame: ShownFrame): void {
  const happened = statistics.onFrame(frame, performance.now());
  if (happened !== undefined) requestAnimationFrame(() => statistics.onPainted(happened, performance.now()));
}

function updateBackground(): void {
  if (picture.live !== null) background.match(picture.live.element, picture.live.size);
}

/** Says what could not be done of what the page's address asks. */
function complain(): void {
  if (complaints.length > 0) notice.note(complaints.join(" "));
}

function forgetServer(): void {
  hello = null;
  renderer = null;
  notice.warn(null);
  inputWaitingMs = 0;
  picture.close();
  keySteering.end(toEpochMs(performance.now()));
  steering.reset();
  input.reset();
  statistics.reset();
  noStream = false;
  hasPicture = false;
  document.body.classList.remove("steering");
}

function maySteer(): boolean {
  return options.interaction && hello?.maySteer === true;
}

function sendInput(message: ClientMessage): void {
  if (!maySteer()) return;
  if ("timestampInMs" in message) {
    statistics.onEventSent(message.timestampInMs, message.timestampInMs - performance.timeOrigin);
    if (message.type === "mouseMove" && steering.held.length > 0) statistics.onMotionSent(performance.now());
  }
  input.send(message);
}

/** @returns whether there is somebody to take the key */
function forwardKey(key: string, down: boolean, timeStamp: number): boolean {
  if (!maySteer() || hello?.takes.keys !== true) return false;
  const seconds = toEpochMs(timeStamp) / 1000;
  // The server answers in ms, by this very product.
  statistics.onEventSent(seconds * 1000, timeStamp);
  input.send({ event_type: down ? "key_down" : "key_up", key, time_stamp: seconds });
  return true;
}

/** Whether a motion of this page got no frame for {@link STALL_MS}. */
function isMotionStalled(): boolean {
  return statistics.waitingMs(performance.now()) >= STALL_MS;
}

/** Says what there is to say about the state that the page is in now. */
function speak(): void {
  const words = statusMessageFor(
    {
      connection: connection.state,
      renderer,
      noStream,
      hasFrame: hasPicture,
      title: hello?.title ?? "",
      producer: hello?.producer ?? "program",
      isStalled: isMotionStalled() && inputWaitingMs >= STALL_MS / 2,
    },
    performance.now(),
  );
  notice.say(words);
  document.body.classList.toggle("pictured", picture.hasAny);
  // Whatever there is to say, the picture is an old one then.
  document.body.classList.toggle("away", words !== null);
}
