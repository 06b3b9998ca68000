import { Backoff } from "../../util/backoff.ts";
import type { ConnectionKind, ConnectionKindProbe } from "../connection/connection-kind.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import { openImageStream } from "./image-stream.ts";
import { openMjpegStream } from "./mjpeg-stream.ts";
import { openVideoStream } from "./video-stream.ts";
import { openWebrtcStream } from "./webrtc-stream.ts";

/** A method of transporting frames from the server to the page. */
export interface Transport {
  /** A value of FURY's query key `encoding`, and of `hello.transports`. */
  readonly encoding: string;
  /** Name for people. */
  readonly name: string;
  /** Whether opening may take a second or fail silently (a firewall drops its packets), so that a preview is shown first. */
  readonly opensSlowly?: boolean;
  readonly needsWebSocket?: boolean;
  isAvailable(): boolean;
  open(context: StreamContext, events: FrameStreamEvents): FrameStream;
}

const TRANSPORTS: readonly Transport[] = [
  {
    encoding: "webrtc",
    name: "WebRTC",
    isAvailable: () =>
      "RTCPeerConnection" in globalThis && "requestVideoFrameCallback" in HTMLVideoElement.prototype,
    opensSlowly: true,
    open: openWebrtcStream,
  },
  {
    encoding: "video",
    name: "VP8",
    // Browsers have WebCodecs only over https and on localhost.
    isAvailable: () => "VideoDecoder" in globalThis,
    needsWebSocket: true,
    open: openVideoStream,
  },
  { encoding: "jpeg", name: "JPEG", isAvailable: () => true, needsWebSocket: true, open: openImageStream },
  { encoding: "mjpeg", name: "MJPEG", isAvailable: () => true, open: openMjpegStream },
];

/** Preference order by connection kind: the first transport that works is used. */
const ORDER: Readonly<Record<ConnectionKind, readonly string[]>> = {
  // WebRTC does not wait for lost packets.
  remote: ["webrtc", "video", "jpeg", "mjpeg"],
  // Tunnels carry only TCP and are mostly slow: VP8 needs a quarter of JPEG's bytes.
  tunnel: ["video", "jpeg", "mjpeg", "webrtc"],
  // No loss, and JPEG has the lowest latency and a lossless still view.
  local: ["jpeg", "mjpeg", "video", "webrtc"],
};

/**
 * Selects the transport by request, connection and earlier failures: a transport that failed is avoided for half a minute, twice as
 * long after each further failure.
 */
export class TransportSelector {
  readonly #requested: string;
  readonly #connectionKind: Pick<ConnectionKindProbe, "add" | "kind">;
  readonly #now: () => number;
  readonly #failures = new Map<Transport, { backoff: Backoff; until: number }>();

  /** @param requested an encoding, or "auto" */
  constructor(
    requested: string,
    connectionKind: Pick<ConnectionKindProbe, "add" | "kind">,
    now = () => performance.now(),
  ) {
    this.#requested = requested;
    this.#connectionKind = connectionKind;
    this.#now = now;
  }

  get isAuto(): boolean {
    return this.#requested === "auto";
  }

  /** Whether a transport can be selected; "auto" needs the connection kind. */
  get isReady(): boolean {
    return !this.isAuto || this.#connectionKind.kind !== undefined;
  }

  get failedNames(): string[] {
    return [...this.#failures.keys()]
      .filter((transport) => !this.#isWorking(transport))
      .map(({ name }) => name);
  }

  /** Adds a round-trip time, ms, from which the connection kind is determined. */
  addRoundTrip(ms: number): void {
    this.#connectionKind.add(ms);
  }

  /** @param offered encodings of the server @param hasWebSocket whether the page's connection carries frames */
  select(offered: readonly string[], hasWebSocket = true): Transport | null {
    const order = ORDER[this.#connectionKind.kind ?? "remote"];
    const rank = ({ encoding }: Transport) => order.indexOf(encoding);
    const possible = TRANSPORTS.filter(
      ({ encoding, isAvailable, needsWebSocket }) =>
        offered.includes(encoding) && isAvailable() && (hasWebSocket || needsWebSocket !== true),
    ).sort((a, b) => rank(a) - rank(b));
    const working = possible.filter((transport) => this.#isWorking(transport));
    const isRequested = ({ encoding }: Transport) => encoding === this.#requested;
    return working.find(isRequested) ?? working[0] ?? possible.find(isRequested) ?? possible[0] ?? null;
  }

  onFailure(transport: Transport): void {
    const backoff = this.#failures.get(transport)?.backoff ?? new Backoff({ first: 30_000, max: 600_000 });
    this.#failures.set(transport, { backoff, until: this.#now() + backoff.next() });
  }

  onSuccess(transport: Transport): void {
    this.#failures.delete(transport);
  }

  #isWorking(transport: Transport): boolean {
    return this.#now() >= (this.#failures.get(transport)?.until ?? 0);
  }
}
