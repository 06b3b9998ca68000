import { QUERY } from "../../protocol/paths.ts";
import { whenAborted } from "../abort.ts";
import type { Admission } from "../access/admission.ts";
import type { Hub } from "../hub.ts";
import { EventStream, noStreamResponse } from "../viewers/event-stream.ts";
import { headResponse, readBody, textResponse } from "./responses.ts";
import type { AuthorizedRequest, Route } from "./route.ts";

/** `/events`: the messages of `/ws` without frames, for viewers behind a proxy that blocks WebSockets. */
export function eventRoute(hub: Hub, admission: Admission): Route {
  /** By viewer id. */
  const streams = new Map<string, EventStream>();
  const open = (call: AuthorizedRequest): Response => {
    const viewer = admission.admit(call);
    if (typeof viewer !== "string") return viewer;
    const { request, server, role, address } = call;
    const closed = admission.connections.open(address);
    server.timeout(request, 0);
    const stream = new EventStream(hub, viewer, role, () => {
      if (streams.get(viewer) === stream) streams.delete(viewer);
      hub.viewers.removeConnection(stream.connection);
      closed();
    });
    streams.set(viewer, stream);
    hub.viewers.addConnection(stream.connection);
    whenAborted(request.signal, () => stream.close());
    return stream.response;
  };
  const receiveBatch = async ({ request, url, role }: AuthorizedRequest): Promise<Response> => {
    const sequence = Number(url.searchParams.get(QUERY.sequence) ?? Number.NaN);
    if (!Number.isSafeInteger(sequence) || sequence < 1) {
      return textResponse(400, `"${QUERY.sequence}" must be the number of the batch, an integer from 1.`);
    }
    const body = await readBody(request);
    if (typeof body !== "string") return body;
    const stream = streams.get(url.searchParams.get(QUERY.viewer) ?? "");
    // A batch is handled with the role of its stream, so both requests must have the same role.
    if (stream === undefined || stream.role !== role) return noStreamResponse();
    return stream.receiveBatch(sequence, body);
  };
  return {
    methods: ["GET", "HEAD", "POST"],
    sameOriginOnly: true,
    handle: (call) => {
      if (call.request.method === "POST") return receiveBatch(call);
      return call.request.method === "HEAD"
        ? headResponse({ "Content-Type": "text/event-stream" })
        : open(call);
    },
  };
}
