import { QUERY } from "../../protocol/paths.ts";
import { whenAborted } from "../abort.ts";
import type { Admission } from "../access/admission.ts";
import type { Hub } from "../hub.ts";
import { EventStream, noStreamResponse } from "../viewers/event-stream.ts";
import { headResponse, readBody, textResponse } from "./responses.ts";
import type { AuthorizedRequest, Route } from "./route.ts";

/** `/events`: the messages of `/ws` without frames, for viewers behind a proxy that blocks WebSockets. */
export class EventRoutes {
  readonly route: Route = {
    methods: ["GET", "HEAD", "POST"],
    sameOriginOnly: true,
    handle: (call) => this.#handle(call),
  };
  readonly #hub: Hub;
  readonly #admission: Admission;
  /** By viewer id. */
  readonly #streams = new Map<string, EventStream>();

  constructor(hub: Hub, admission: Admission) {
    this.#hub = hub;
    this.#admission = admission;
  }

  #handle(call: AuthorizedRequest): Response | Promise<Response> {
    switch (call.request.method) {
      case "POST":
        return this.#receiveBatch(call);
      case "HEAD":
        return headResponse({ "Content-Type": "text/event-stream" });
      default:
        return this.#open(call);
    }
  }

  #open(call: AuthorizedRequest): Response {
    const viewer = this.#admission.admit(call);
    if (typeof viewer !== "string") return viewer;
    const { request, server, role, address } = call;
    const { viewers } = this.#hub;
    const closed = this.#admission.openConnection(address);
    server.timeout(request, 0);
    const stream = new EventStream({
      ...{ hub: this.#hub, viewer, role },
      onClosed: () => {
        if (this.#streams.get(viewer) === stream) this.#streams.delete(viewer);
        viewers.removeConnection(stream.connection);
        closed();
      },
    });
    this.#streams.set(viewer, stream);
    viewers.addConnection(stream.connection);
    whenAborted(request.signal, () => stream.close());
    return stream.response;
  }

  async #receiveBatch({ request, url, role }: AuthorizedRequest): Promise<Response> {
    const sequence = Number(url.searchParams.get(QUERY.sequence) ?? Number.NaN);
    if (!Number.isSafeInteger(sequence) || sequence < 1) {
      return textResponse(400, `"${QUERY.sequence}" must be the number of the batch, an integer from 1.`);
    }
    const body = await readBody(request);
    if (typeof body !== "string") return body;
    const stream = this.#streams.get(url.searchParams.get(QUERY.viewer) ?? "");
    // A batch is handled with the role of its stream, so both requests must have the same role.
    if (stream === undefined || stream.role !== role) return noStreamResponse();
    return stream.receiveBatch(sequence, body);
  }
}
