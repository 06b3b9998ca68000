import type { ServerMessage } from "../../protocol/server-messages.ts";
import type { Demand } from "../demand.ts";
import type { Transport, ViewerStream } from "../frames/viewer-stream.ts";
import { ViewerLatency } from "./latency.ts";
import type { ViewerConnection } from "./viewer-connection.ts";

/** One page load, or one program: its picture stream, its socket, or both, under one id. */
export interface Viewer {
  stream: ViewerStream | null;
  socket: ViewerConnection | null;
  readonly latency: ViewerLatency;
}

/** What all streams of one transport have sent since the server's start, those that have ended too. */
export interface StreamTotals {
  frames: number;
  bytes: number;
  skipped: number;
}

/** What `/state` tells about one viewer. */
export interface ViewerState {
  /** How the picture goes to it; null where it has a socket alone. */
  transport: Transport | null;
  /** Whether it has a socket for events. */
  socket: boolean;
  /** Pictures per second over the last two seconds. */
  fps: number;
  /** Since the stream was opened. */
  frames: number;
  bytes: number;
  skipped: number;
  /** Bits per second over the last two seconds. */
  bitrate: number;
  /** Quality of the newest picture, 0 the best; null before there is a stream. */
  tier: 0 | 1 | 2 | null;
  /** From handing a picture over to hearing that it is there, ms (WebRTC: a packet's way there and back); null where not known, as with MJPEG. */
  rttMs: number | null;
  /** Packets lost on the way lately, 0 to 1; null where not known, as over TCP. */
  loss: number | null;
  /** From the end of rendering the newest picture to its being handed over, ms; null before the first. */
  ageMs: number | null;
  /**
   * From an event's coming to the server until this viewer had the first picture that shows it, of the newest such event, ms:
   * until it was acknowledged, which is what a person sees as latency, or with MJPEG until it was handed over. Null where
   * none was measured.
   */
  inputMs: number | null;
  /** Size of the newest picture handed over. */
  width: number;
  height: number;
}

/** Who is there. A viewer is forgotten when it has neither stream nor socket. */
export class Viewers {
  readonly #byId = new Map<string, Viewer>();
  readonly #demand: Demand;
  /** Of streams that have ended. */
  readonly #ended: Record<Transport, StreamTotals>;
  readonly #dataChannels = new Set<ViewerConnection>();

  /** `demand`: to which the open streams are added. */
  constructor(demand: Demand) {
    this.#demand = demand;
    this.#ended = { mjpeg: noTotals(), jpeg: noTotals(), video: noTotals(), webrtc: noTotals() };
  }

  /** How many there are, by their ids. */
  get count(): number {
    return this.#byId.size;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get streams(): ViewerStream[] {
    return [...this.#byId.values()].map((viewer) => viewer.stream).filter((stream) => stream !== null);
  }

  /** WebSockets and data channels. */
  get connections(): ViewerConnection[] {
    const sockets = [...this.#byId.values()].map((viewer) => viewer.socket);
    return [...sockets.filter((socket) => socket !== null), ...this.#dataChannels];
  }

  /** Adds a stream. An older one of the same id is ended: its page has opened it anew. */
  addStream(id: string, stream: ViewerStream): void {
    const viewer = this.#viewer(id);
    const older = viewer.stream;
    viewer.stream = stream;
    this.#demand.add(stream);
    if (older === null) return;
    older.close();
    add(this.#ended[older.transport], older);
    this.#demand.remove(older);
  }

  removeStream(id: string, stream: ViewerStream): void {
    const viewer = this.#byId.get(id);
    if (viewer?.stream !== stream) return;
    viewer.stream = null;
    add(this.#ended[stream.transport], stream);
    this.#forgetIfGone(id, viewer);
    this.#demand.remove(stream);
  }

  /** Adds a socket. An older one of the same id is closed: its page has opened it anew. */
  addConnection(socket: ViewerConnection): void {
    const viewer = this.#viewer(socket.id);
    const older = viewer.socket;
    viewer.socket = socket;
    if (older !== socket) older?.close();
  }

  removeConnection(socket: ViewerConnection): void {
    const viewer = this.#byId.get(socket.id);
    if (viewer?.socket !== socket) return;
    viewer.socket = null;
    // A page that has gone without a word is known by its socket sooner than by its silence.
    if (viewer.stream?.transport === "webrtc") viewer.stream.close();
    this.#forgetIfGone(socket.id, viewer);
  }

  /** Adds the data channels of a viewer, which it may have beside its socket. */
  addDataChannels(channels: ViewerConnection): void {
    this.#dataChannels.add(channels);
  }

  removeDataChannels(channels: ViewerConnection): void {
    this.#dataChannels.delete(channels);
  }

  /** How late pictures are at this viewer; undefined where there is none. */
  latency(id: string): ViewerLatency | undefined {
    return this.#byId.get(id)?.latency;
  }

  /** What went to all viewers since the start. */
  totals(transport: Transport): StreamTotals {
    const totals = { ...this.#ended[transport] };
    for (const stream of this.streams) if (stream.transport === transport) add(totals, stream);
    return totals;
  }

  /** Sends a message to a viewer's page, if it has a connection. */
  send(id: string, message: ServerMessage): void {
    this.#byId.get(id)?.socket?.send(message);
  }

  state(): ViewerState[] {
    return [...this.#byId.values()].map(({ stream, socket, latency }) => ({
      transport: stream?.transport ?? null,
      socket: socket !== null,
      fps: stream?.fps ?? 0,
      frames: stream?.frames ?? 0,
      bytes: stream?.bytes ?? 0,
      skipped: stream?.skipped ?? 0,
      bitrate: stream?.bitrate ?? 0,
      tier: stream?.level ?? null,
      rttMs: stream?.rttMs ?? null,
      loss: stream?.loss ?? null,
      ageMs: latency.ageMs,
      inputMs: latency.inputMs,
      width: stream?.width ?? 0,
      height: stream?.height ?? 0,
    }));
  }

  #viewer(id: string): Viewer {
    let viewer = this.#byId.get(id);
    if (viewer === undefined) {
      viewer = { stream: null, socket: null, latency: new ViewerLatency() };
      this.#byId.set(id, viewer);
    }
    return viewer;
  }

  #forgetIfGone(id: string, viewer: Viewer): void {
    if (viewer.stream === null && viewer.socket === null) this.#byId.delete(id);
  }
}

function noTotals(): StreamTotals {
  return { frames: 0, bytes: 0, skipped: 0 };
}

function add(totals: StreamTotals, { frames, bytes, skipped }: StreamTotals): void {
  totals.frames += frames;
  totals.bytes += bytes;
  totals.skipped += skipped;
}
