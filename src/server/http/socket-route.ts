import { inBackground } from "../../native/guarded.ts";
import type { Admission } from "../access/admission.ts";
import type { Hub } from "../hub.ts";
import { webSocketChannel } from "../viewers/message-channel.ts";
import { ViewerConnection } from "../viewers/viewer-connection.ts";
import { textResponse } from "./responses.ts";
import type { AuthorizedRequest, Route, SocketContext } from "./route.ts";

/** `/ws`: upgrades to a viewer's WebSocket. `base`: prefix of every path. */
export function socketRoute(hub: Hub, admission: Admission, base: string): Route {
  return {
    // Any method: when its WebSocket was refused, a page gets the reason by a POST, which has an Origin header.
    methods: null,
    sameOriginOnly: true,
    handle: (authorized) => {
      const { request, server } = authorized;
      const viewer = admission.admit(authorized);
      if (typeof viewer !== "string") return viewer;
      if (request.method === "OPTIONS")
        return new Response(null, { status: 204, headers: { Allow: "GET, OPTIONS" } });
      if (request.method === "GET" && request.headers.has("upgrade") && !hasUpgradeOption(request)) {
        return textResponse(
          400,
          'A WebSocket handshake needs the header "Connection: Upgrade". A proxy may have removed it.',
        );
      }
      const data = socketContext(hub, admission, viewer, authorized);
      if (request.method === "GET" && server.upgrade(request, { data })) return undefined;
      return textResponse(426, `This address is for WebSockets only. The view is at ${base}.`, {
        Upgrade: "websocket",
      });
    },
  };
}

/** Data of a WebSocket that will be opened for this request. */
function socketContext(
  hub: Hub,
  admission: Admission,
  viewer: string,
  { role, address }: AuthorizedRequest,
): SocketContext {
  const context: SocketContext = {
    connection: null,
    closed: () => {},
    open(socket) {
      const release = admission.connections.open(address);
      const connection = new ViewerConnection(webSocketChannel(socket), hub, viewer, role);
      hub.viewers.addConnection(connection);
      context.connection = connection;
      context.closed = () => {
        inBackground("A viewer's connection could not be closed", connection.closed());
        hub.viewers.removeConnection(connection);
        release();
      };
    },
  };
  return context;
}

/** Whether Connection lists Upgrade, as RFC 6455, 4.2.1 requires. Bun does not check it. */
function hasUpgradeOption(request: Request): boolean {
  const options = request.headers.get("connection")?.split(",") ?? [];
  return options.some((option) => option.trim().toLowerCase() === "upgrade");
}
