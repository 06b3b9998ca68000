import type { Size } from "../../encode/frame.ts";
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

/** Idle timeout of the connection while a snapshot is made, s: Bun's default of 10 s is shorter than the wait. */
const SNAPSHOT_TIMEOUT_S = 90;
/** Maximum of Retry-After for a snapshot, s. */
const MAX_RETRY_S = 60;
/** Idle timeout of the connection after its stream has ended, s. */
const ENDED_TIMEOUT_S = 5;
const SNAPSHOT_TYPE: Record<SnapshotFormat, string> = { jpeg: "image/jpeg", png: "image/png" };

/** Routes that serve frames over plain HTTP: the MJPEG stream and snapshots. */
export class FrameRoutes {
  readonly mjpeg: Route;
  readonly #hub: Hub;
  readonly #admission: Admission;

  constructor(hub: Hub, admission: Admission, base: string) {
    this.#hub = hub;
    this.#admission = admission;
    const reason = `There is no MJPEG stream: this server was started without it (--no-mjpeg, or providesMjpeg: false). Single frames are at ${base}${PATHS.snapshotJpeg}.`;
    this.mjpeg = hub.providesMjpeg
      ? { methods: READ_METHODS, handle: (request) => this.#serveMjpeg(request) }
      : { methods: null, handle: () => textResponse(404, reason) };
  }

  snapshot(format: SnapshotFormat): Route {
    return { methods: READ_METHODS, handle: (request) => this.#serveSnapshot(request, format) };
  }

  #serveMjpeg(authorized: AuthorizedRequest): Response {
    const { request, url, server, address } = authorized;
    const mjpegRequest = readMjpegRequest(request, url);
    if (typeof mjpegRequest === "string") return textResponse(400, mjpegRequest);
    const viewer = this.#admission.admit(authorized);
    if (typeof viewer !== "string") return viewer;
    if (request.method === "HEAD") return headResponse(MULTIPART_HEADERS);
    const { form, size, repeatMs, initialBurst, wantsPlaceholder } = mjpegRequest;
    const refusal = this.#refuseSize(size);
    if (refusal !== null) return refusal;
    const closeConnection = this.#admission.connections.open(address);
    server.timeout(request, 0);
    const { broadcast, viewers, renderer } = this.#hub;
    const stream = new MjpegStream({
      ...{ form, size, repeatMs, initialBurst, broadcast },
      placeholder: renderer.source.frameNumber > 0 || !wantsPlaceholder ? null : placeholderFrame(),
      onSent: (frame) => this.#hub.notifySent(viewer, frame),
      onClosed: () => {
        viewers.removeStream(viewer, stream);
        closeConnection();
        // A client that does not read would otherwise keep its connection open with unsent data.
        server.timeout(request, ENDED_TIMEOUT_S);
      },
    });
    viewers.addStream(viewer, stream);
    whenAborted(request.signal, () => stream.close());
    return stream.response;
  }

  /** Limits the number of sizes, since each is scaled and encoded. Returns the response that refuses a stream; null if it is admitted. */
  #refuseSize(size: MjpegRequest["size"]): Response | null {
    if (typeof size === "string") return null;
    const sizeName = ({ width, height }: Size) => `${width}x${height}`;
    const sizes = new Set(
      this.#hub.viewers.streams
        .map((stream) => (stream instanceof MjpegStream ? stream.size : "any"))
        .filter((each) => typeof each !== "string")
        .map(sizeName),
    );
    if (sizes.size < MAX_STREAM_SIZES || sizes.has(sizeName(size))) return null;
    return textResponse(
      503,
      `This view is sent in ${MAX_STREAM_SIZES} sizes already, which is the maximum: ${[...sizes].join(", ")}. Request one of them, or omit ${QUERY.size}.`,
      { "Retry-After": "10" },
    );
  }

  async #serveSnapshot(authorized: AuthorizedRequest, format: SnapshotFormat): Promise<Response> {
    const { request, url, server, address } = authorized;
    if (request.method === "HEAD") return headResponse({ "Content-Type": SNAPSHOT_TYPE[format] });
    const refusal = this.#admission.refuseSnapshot(authorized);
    if (refusal !== null) return refusal;
    using closing = new DisposableStack();
    closing.defer(this.#admission.connections.open(address));
    server.timeout(request, SNAPSHOT_TIMEOUT_S);
    const { snapshots, stopping, renderer } = this.#hub;
    const signal = AbortSignal.any([request.signal, stopping]);
    const startedAt = performance.now();
    const before = renderer.progress;
    const partial = url.searchParams.get(QUERY.partial) === "1";
    const snapshot = await snapshots.take(format, partial, signal);
    if (snapshot !== null) {
      return fileResponse(snapshot.bytes, SNAPSHOT_TYPE[format], {
        "X-Frame": String(snapshot.frame.number),
      });
    }
    // Unless the renderer reports the remaining time, it is extrapolated from the progress during this request.
    const { status } = renderer;
    const after = renderer.progress ?? 0;
    const done = after - (before ?? after);
    const seconds = (performance.now() - startedAt) / 1000;
    const estimateS = done > 0 ? (seconds * (2 - after)) / done : 5;
    const restS = (status.state === "loading" ? status.secondsLeft : null) ?? estimateS;
    return textResponse(503, renderer.incompleteReason, {
      "Retry-After": String(Math.min(MAX_RETRY_S, Math.max(1, Math.ceil(restS)))),
    });
  }
}
