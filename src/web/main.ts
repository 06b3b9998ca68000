/** The viewer page: makes its parts and connects them. */

import type { RendererStatus } from "../server/protocol.ts";
import {
  type ClientMessage,
  type ErrorMessage,
  type HelloMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
} from "../server/protocol.ts";
import { Addresses, newViewerId, whereIsServer } from "./addresses.ts";
import { browserClock } from "./clock.ts";
import { ServerConnection } from "./connection.ts";
import { Controls } from "./controls.ts";
import { byId } from "./dom.ts";
import { FrameChannel } from "./frame-channel.ts";
import { FrameStatistics, type ShownFrame } from "./frame-statistics.ts";
import { Keyboard } from "./input/keyboard.ts";
import { PointerInput, stampOf } from "./input/pointer-input.ts";
import { Steering } from "./input/steering.ts";
import { InputWay } from "./input-way.ts";
import { Notice } from "./notice.ts";
import { readOptions } from "./options.ts";
import { Picture } from "./picture.ts";
import { reloadOnce } from "./reload-once.ts";
import { SizeReporter } from "./size-reporter.ts";
import { downloadSnapshot } from "./snapshot.ts";
import { StatusLine } from "./status-line.ts";
import { ToldFrames } from "./told-frames.ts";
import { Setbacks } from "./transports/setbacks.ts";
import { chooseTransport, type Transport } from "./transports/transport.ts";
import { encodingNote, wordsFor } from "./words.ts";

const STATUS_EVERY_MS = 500;
/** How long a way of the picture may take to come up: one that the page has chosen itself, and one that was asked for by name. */
const PATIENCE_MS = { chosen: 2_000, named: 6_000 } as const;

const { options, complaints } = readOptions(new URLSearchParams(location.search), (value) =>
  CSS.supports("color", value),
);
const addresses = new Addresses(location);
const viewer = newViewerId();
const stage = byId("stage", HTMLElement);
const viewOnly = byId("view-only", HTMLParagraphElement);
const notice = new Notice();
const statistics = new FrameStatistics();
const statusLine = new StatusLine({ hiddenByDefault: options.iframe });

let hello: HelloMessage | null = null;
let renderer: RendererStatus | null = null;
/** Whether the server has no way for the picture that this page has too. */
let noStream = false;
/** Whether this server's picture was seen here. */
let hasPicture = false;

const setbacks = new Setbacks();
const frames = new FrameChannel((message) => connection.send(message));
const told = new ToldFrames();
const input = new InputWay({ socket: (message) => connection.send(message), onError: takeError });
const picture = new Picture({
  stage,
  ways: { addresses, viewer, frames, told, input, iceServers: () => hello?.iceServers ?? [] },
  patienceMs: options.encoding === "auto" ? PATIENCE_MS.chosen : PATIENCE_MS.named,
  onChange() {
    hasPicture ||= picture.isLive;
    tellTransport();
    speak();
  },
  onFrame: countFrame,
  onNothing: (transport) => setbacks.add(transport, performance.now()),
});
const connection = new ServerConnection({
  addresses,
  viewer,
  onState(state) {
    if (state.name !== "open") forgetServer();
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
const controls = new Controls({
  reset() {
    if (!forwardKey("r", true, performance.now())) return;
    forwardKey("r", false, performance.now());
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
  pictureRect: () => picture.rect(),
  controlDown: () => keyboard.controlDown,
});

document.body.classList.toggle("framed", options.iframe);
if (options.background !== null) document.body.style.background = options.background;
complain();
speak();
setInterval(() => {
  if (document.hidden) return;
  picture.check(renderer?.state === "running" && connection.answered);
  const source =
    connection.state.name !== "open" ? "offline" : renderer?.state === "running" ? "running" : "waiting";
  statusLine.show(statistics.report(performance.now()), source);
  // The countdown to the next attempt.
  if (connection.state.name === "gone") speak();
}, STATUS_EVERY_MS);
connection.start();

function receive(message: ServerMessage): void {
  switch (message.type) {
    case "hello":
      takeHello(message);
      break;
    case "status":
      renderer = message.renderer;
      speak();
      break;
    case "frame":
      if (message.rtpTimestamp !== undefined) {
        told.add(message, performance.now());
        break;
      }
      // MJPEG: the picture itself comes on another connection at the same moment.
      picture.frameArrived();
      countFrame(message);
      break;
    case "pong":
      statistics.roundTrip(performance.now() - message.time);
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
  if (first) openPicture(message.transports);
  const named = message.title === "" ? "" : ` of ${message.title}`;
  document.title = message.title === "" ? "scenecast" : `${message.title} – scenecast`;
  stage.setAttribute("aria-label", `Live 3D view${named}`);
  viewOnly.hidden = message.maySteer || !options.interaction;
  document.body.classList.toggle("looking", !maySteer());
  controls.canReset = maySteer() && message.takes.keys;
  // The server keeps it for renderers that come later.
  if (!steered) sizes.tellNow();
  speak();
}

/** How a server can show its picture stays as it is for as long as it runs. */
function openPicture(offered: readonly string[]): void {
  const mayWork = (transport: Transport) => setbacks.mayWork(transport, performance.now());
  const choose = () => chooseTransport(options.encoding, offered, mayWork, whereIsServer());
  noStream = choose() === null;
  if (noStream) statusLine.transport = "";
  else picture.open(choose);
}

/** Says which transport it is, and that it is not the one that was asked for. */
function tellTransport(): void {
  const { transport, isLive } = picture;
  if (transport !== null && isLive) setbacks.forget(transport);
  statusLine.transport = transport?.name ?? "";
  const note = encodingNote(options.encoding, transport);
  if (note === null || complaints.includes(note)) return;
  complaints.push(note);
  complain();
}

/** A frame is in place; it is seen with the next painting. */
function countFrame(frame: ShownFrame): void {
  const happened = statistics.frame(frame, performance.now());
  if (happened !== undefined) requestAnimationFrame(() => statistics.shown(happened, performance.now()));
}

/** Says what could not be done of what the page's address asks. */
function complain(): void {
  if (complaints.length > 0) notice.note(complaints.join(" "));
}

function forgetServer(): void {
  hello = null;
  renderer = null;
  picture.close();
  steering.forget();
  input.forget();
  statistics.restart();
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
    statistics.sent(message.timestampInMs, message.timestampInMs - performance.timeOrigin);
  }
  input.send(message);
}

/** @returns whether there is somebody to take the key */
function forwardKey(key: string, down: boolean, timeStamp: number): boolean {
  if (!maySteer() || hello?.takes.keys !== true) return false;
  const seconds = stampOf(timeStamp) / 1000;
  // The server answers in ms, by this very product.
  statistics.sent(seconds * 1000, timeStamp);
  input.send({ event_type: down ? "key_down" : "key_up", key, time_stamp: seconds });
  return true;
}

/** Says what there is to say about the state that the page is in now. */
function speak(): void {
  const words = wordsFor(
    {
      connection: connection.state,
      renderer,
      noStream,
      hasPicture,
      title: hello?.title ?? "",
    },
    performance.now(),
  );
  notice.say(words);
  document.body.classList.toggle("pictured", picture.hasAny);
  // Whatever there is to say, the picture is an old one then.
  document.body.classList.toggle("away", words !== null);
}
