import type { EncodedFrame, Size } from "../../encode/frame.ts";
import { PATHS, QUERY } from "../../protocol/paths.ts";
import { whenAborted } from "../abort.ts";
import type { Admission } from "../access/admission.ts";
import { MAX_STREAM_SIZES } from "../access/limits.ts";
import { type MjpegRequest, readMjpegRequest } from "../frames/mjpeg-request.ts";
import { MjpegStream } from "../frames/mjpeg-stream.ts";
import { MULTIPART_HEADERS } from "../frames/multipart.ts";
import { placeholderFrame } from "../frames/placeholder-frame.ts";
import type { SnapshotFormat } from "../frames/snapshots.ts";
import type { Hub } from "../hub.ts";
import { fileResponse, headResponse, textResponse } from "./responses.ts";
import { type AuthorizedRequest, READ_METHODS, type Route } from "./route.ts";

export interface FrameRoutesOptions {
  /** Prefix of every path, with a trailing slash. */
  base: string;
  providesMjpeg: boolean;
  /** Called when a picture was sent to a viewer. */
  onSent: (viewer: string, frame: EncodedFrame) => void;
}

const SNAPSHOT_WAIT_MS = 10_000;
/** Idle timeout of the connection while a snapshot is made, s: Bun's default of 10 s is no longer than the wait. */
const SNAPSHOT_TIMEOUT_S = 30;
/** Time in which the connection of an ended stream may send the rest, s. */
const ENDED_TIMEOUT_S = 5;
const SNAPSHOT_TYPE: Record<SnapshotFormat, string> = { jpeg: "image/jpeg", png: "image/png" };

/** Routes that serve pictures over plain HTTP: the MJPEG stream and snapshots. */
export class FrameRoutes {
  readonly mjpeg: Route;
  readonly #hub: Hub;
  readonly #admission: Admission;
  readonly #onSent: FrameRoutesOptions["onSent"];

  constructor(hub: Hub, admission: Admission, { base, providesMjpeg, onSent }: FrameRoutesOptions) {
    this.#hub = hub;
    this.#admission = admission;
    this.#onSent = onSent;
    const why = `There is no MJPEG stream: this server was started without it (--no-mjpeg, or providesMjpeg: false). Single pictures are at ${base}${PATHS.snapshotJpeg}.`;
    this.mjpeg = providesMjpeg
      ? { methods: READ_METHODS, handle: (call) => this.#serveMjpeg(call) }
      : { methods: null, handle: () => textResponse(404, why) };
  }

  snapshot(format: SnapshotFormat): Route {
    return { methods: READ_METHODS, handle: (call) => this.#serveSnapshot(call, format) };
  }

  #serveMjpeg(call: AuthorizedRequest): Response {
    const { request, url, server, address } = call;
    const asked = readMjpegRequest(request, url);
    if (typeof asked === "string") return textResponse(400, asked);
    const id = this.#admission.admit(call);
    if (typeof id !== "string") return id;
    if (request.method === "HEAD") return headResponse(MULTIPART_HEADERS);
    const refusal = this.#refuseSize(asked.size);
    if (refusal !== null) return refusal;
    const closed = this.#admission.openConnection(address);
    server.timeout(request, 0);
    const { broadcast, viewers } = this.#hub;
    const { form, size, repeatMs, initialBurst, wantsPlaceholder } = asked;
    const stream = new MjpegStream({
      ...{ form, size, repeatMs, initialBurst, broadcast },
      placeholder: this.#hub.renderer.source.frameNumber > 0 || !wantsPlaceholder ? null : placeholderFrame(),
      onSent: (frame) => this.#onSent(id, frame),
      onClosed: () => {
        viewers.removeStream(id, stream);
        closed();
        // A client that does not read would otherwise keep its connection open with unsent data.
        server.timeout(request, ENDED_TIMEOUT_S);
      },
    });
    viewers.addStream(id, stream);
    whenAborted(request.signal, () => stream.close());
    return stream.response;
  }

  /** The response that refuses a stream of one size too many, since each size is scaled and encoded; null if it is served. */
  #refuseSize(size: MjpegRequest["size"]): Response | null {
    if (typeof size === "string") return null;
    const nameOf = ({ width, height }: Size) => `${width}x${height}`;
    const sizes = new Set(
      this.#hub.viewers.streams
        .map((stream) => (stream instanceof MjpegStream ? stream.size : "any"))
        .filter((each) => typeof each !== "string")
        .map(nameOf),
    );
    if (sizes.size < MAX_STREAM_SIZES || sizes.has(nameOf(size))) return null;
    return textResponse(
      503,
      `This view is sent in ${MAX_STREAM_SIZES} sizes already, which is the maximum: ${[...sizes].join(", ")}. Request one of them, or omit ${QUERY.size}.`,
      { "Retry-After": "10" },
    );
  }

  async #serveSnapshot(call: AuthorizedRequest, format: SnapshotFormat): Promise<Response> {
    const { request, server, address } = call;
    if (request.method === "HEAD") return headResponse({ "Content-Type": SNAPSHOT_TYPE[format] });
    const refusal = this.#admission.refuseSnapshot(call);
    if (refusal !== null) return refusal;
    using closing = new DisposableStack();
    closing.defer(this.#admission.openConnection(address));
    server.timeout(request, SNAPSHOT_TIMEOUT_S);
    const { snapshots, stopping } = this.#hub;
    const signal = AbortSignal.any([request.signal, stopping]);
    const snapshot = await snapshots.take(format, SNAPSHOT_WAIT_MS, signal);
    if (snapshot !== null) {
      return fileResponse(snapshot.bytes, SNAPSHOT_TYPE[format], {
        "X-Frame": String(snapshot.frame.number),
      });
    }
    return textResponse(503, `There is no picture: ${this.#hub.renderer.missingFrameReason}.`, {
      "Retry-After": "5",
    });
  }
}
