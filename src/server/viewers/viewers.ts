import type { ServerMessage } from "../../protocol/server-messages.ts";
import type { Demand } from "../demand.ts";
import type { Transport, ViewerStream } from "../frames/viewer-stream.ts";
import { ViewerLatency } from "./latency.ts";
import type { ViewerConnection } from "./viewer-connection.ts";

/** One page load, or one program: its frame stream, its connection for messages, or both, under one id. */
export interface Viewer {
  stream: ViewerStream | null;
  connection: ViewerConnection | null;
  readonly latency: ViewerLatency;
}

/** Totals of one stream since it was opened, or of all streams of one transport since the server's start. */
export interface StreamTotals {
  frames: number;
  bytes: number;
  skipped: number;
}

/** One viewer in `/state`. */
export interface ViewerState extends StreamTotals {
  /** Transport of its frames; null if it has none. */
  transport: Transport | null;
  /** Whether it has a connection for messages. */
  socket: boolean;
  /** Frames per second over the last two seconds. */
  fps: number;
  /** Bits per second over the last two seconds. */
  bitrate: number;
  /** Quality level of the newest frame, 0 the best; null without a stream. */
  tier: 0 | 1 | 2 | null;
  /** Round-trip time of a frame, or with WebRTC of a packet, and its acknowledgement, ms; null if not known, as with MJPEG. */
  rttMs: number | null;
  /** Recent packet loss, 0 to 1; null if not known, as over TCP. */
  loss: number | null;
  /** Time from the end of rendering the newest frame to sending it, ms; null before the first. */
  ageMs: number | null;
  /**
   * Input latency, ms: time from receiving an event until this viewer acknowledged the first frame that shows it, or with MJPEG until
   * that frame was sent. That of the newest measured event; null before the first.
   */
  inputMs: number | null;
  /** Size of the newest frame, px. */
  width: number;
  height: number;
}

/** All viewers. One is removed when it has neither a stream nor a connection. */
export class Viewers {
  readonly #byId = new Map<string, Viewer>();
  readonly #demand: Demand;
  readonly #onChange: () => void;
  /** Totals of the streams that have ended. */
  readonly #ended: Record<Transport, StreamTotals> = {
    ...{ mjpeg: zeroTotals(), jpeg: zeroTotals(), video: zeroTotals(), webrtc: zeroTotals() },
  };
  /** The data channels of viewers, which may also have a WebSocket. */
  readonly dataChannels = new Set<ViewerConnection>();

  /** `demand`: the open streams are added to it. `onChange`: called when a viewer or a connection was added or removed. */
  constructor(demand: Demand, onChange: () => void) {
    this.#demand = demand;
    this.#onChange = onChange;
  }

  get count(): number {
    return this.#byId.size;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get streams(): ViewerStream[] {
    return [...this.#byId.values()].map((viewer) => viewer.stream).filter((stream) => stream !== null);
  }

  /** Connections of all viewers: WebSockets, event streams and data channels. */
  get connections(): ViewerConnection[] {
    const connections = [...this.#byId.values()].map((viewer) => viewer.connection);
    return [...connections.filter((connection) => connection !== null), ...this.dataChannels];
  }

  /** Adds a stream. It replaces the older one of the same id, which is closed. */
  addStream(id: string, stream: ViewerStream): void {
    const viewer = this.#viewer(id);
    const older = viewer.stream;
    viewer.stream = stream;
    this.#demand.add(stream);
    if (older === null) return;
    older.close();
    add(this.#ended[older.transport], totalsOf(older));
    this.#demand.remove(older);
  }

  removeStream(id: string, stream: ViewerStream): void {
    const viewer = this.#byId.get(id);
    if (viewer?.stream !== stream) return;
    viewer.stream = null;
    add(this.#ended[stream.transport], totalsOf(stream));
    this.#removeIfGone(id, viewer);
    this.#demand.remove(stream);
  }

  /** Adds a connection. It replaces the older one of the same id, which is closed. */
  addConnection(connection: ViewerConnection): void {
    const viewer = this.#viewer(connection.id);
    const older = viewer.connection;
    viewer.connection = connection;
    if (older !== connection) older?.close();
    this.#onChange();
  }

  removeConnection(connection: ViewerConnection): void {
    const viewer = this.#byId.get(connection.id);
    if (viewer?.connection !== connection) return;
    viewer.connection = null;
    // The loss of a page is detected by its connection sooner than by the silence of its WebRTC peer.
    if (viewer.stream?.transport === "webrtc") viewer.stream.close();
    this.#removeIfGone(connection.id, viewer);
  }

  latency(id: string): ViewerLatency | undefined {
    return this.#byId.get(id)?.latency;
  }

  totals(transport: Transport): StreamTotals {
    const totals = { ...this.#ended[transport] };
    for (const stream of this.streams) if (stream.transport === transport) add(totals, totalsOf(stream));
    return totals;
  }

  /** Sends a message to a viewer's page, if it has a connection. */
  send(id: string, message: ServerMessage): void {
    this.#byId.get(id)?.connection?.send(message);
  }

  state(): ViewerState[] {
    return [...this.#byId.values()].map(({ stream, connection, latency }) => ({
      transport: stream?.transport ?? null,
      socket: connection !== null,
      fps: stream?.rate.perSecond() ?? 0,
      ...(stream ? totalsOf(stream) : zeroTotals()),
      bitrate: 8 * (stream?.rate.amountPerSecond() ?? 0),
      tier: stream && (stream.newest?.level ?? 0),
      rttMs: stream?.rttMs ?? null,
      loss: stream?.loss ?? null,
      ageMs: latency.ageMs,
      inputMs: latency.inputMs,
      width: stream?.newest?.width ?? 0,
      height: stream?.newest?.height ?? 0,
    }));
  }

  #viewer(id: string): Viewer {
    let viewer = this.#byId.get(id);
    if (viewer === undefined) {
      viewer = { stream: null, connection: null, latency: new ViewerLatency() };
      this.#byId.set(id, viewer);
      this.#onChange();
    }
    return viewer;
  }

  #removeIfGone(id: string, viewer: Viewer): void {
    if (viewer.stream !== null || viewer.connection !== null) return;
    this.#byId.delete(id);
    this.#onChange();
  }
}

function zeroTotals(): StreamTotals {
  return { frames: 0, bytes: 0, skipped: 0 };
}

function totalsOf({ subscription, bytes }: ViewerStream): StreamTotals {
  return { frames: subscription?.delivered ?? 0, bytes, skipped: subscription?.skipped ?? 0 };
}

function add(totals: StreamTotals, { frames, bytes, skipped }: StreamTotals): void {
  totals.frames += frames;
  totals.bytes += bytes;
  totals.skipped += skipped;
}
