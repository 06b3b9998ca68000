import type { ServerWebSocket } from "bun";
import { inBackground } from "../../native/guarded.ts";
import type { Role } from "../../protocol/role.ts";
import type { Admission } from "../access/admission.ts";
import type { Hub } from "../hub.ts";
import { WebSocketChannel } from "../viewers/message-channel.ts";
import { ViewerConnection } from "../viewers/viewer-connection.ts";
import { textResponse } from "./responses.ts";
import type { AuthorizedRequest, Route, SocketContext, SocketHandler } from "./route.ts";

/** `/ws`: upgrades to a viewer's WebSocket. */
export class SocketRoute {
  // Any method: when its WebSocket was refused, a page gets the reason by a POST, which has an Origin header.
  readonly route: Route = {
    methods: null,
    sameOriginOnly: true,
    handle: (request) => this.#upgrade(request),
  };
  readonly #hub: Hub;
  readonly #admission: Admission;
  readonly #base: string;

  /** `base`: prefix of every path. */
  constructor(hub: Hub, admission: Admission, base: string) {
    this.#hub = hub;
    this.#admission = admission;
    this.#base = base;
  }

  #upgrade(authorized: AuthorizedRequest): Response | undefined {
    const { request, server, role, address } = authorized;
    const viewer = this.#admission.admit(authorized);
    if (typeof viewer !== "string") return viewer;
    if (request.method === "OPTIONS")
      return new Response(null, { status: 204, headers: { Allow: "GET, OPTIONS" } });
    if (request.method === "GET" && request.headers.has("upgrade") && !hasUpgradeOption(request)) {
      return textResponse(
        400,
        'A WebSocket handshake needs the header "Connection: Upgrade". A proxy may have removed it.',
      );
    }
    const open = (socket: ServerWebSocket<SocketContext>) =>
      this.#open(socket, viewer, role, this.#admission.openConnection(address));
    if (request.method === "GET" && server.upgrade(request, { data: { open, handler: null } }))
      return undefined;
    return textResponse(426, `This address is for WebSockets only. The view is at ${this.#base}.`, {
      Upgrade: "websocket",
    });
  }

  /** `onClosed` is called when the WebSocket has closed. */
  #open(
    socket: ServerWebSocket<SocketContext>,
    viewer: string,
    role: Role,
    onClosed: () => void,
  ): SocketHandler {
    const { viewers } = this.#hub;
    const connection = new ViewerConnection(new WebSocketChannel(socket), this.#hub, viewer, role);
    viewers.addConnection(connection);
    return {
      receive: (data) => connection.receive(data),
      countFrame: (bytes) => void connection.countFrame(bytes),
      drained: () => connection.drained(),
      closed() {
        inBackground("A viewer's connection could not be closed", connection.closed());
        viewers.removeConnection(connection);
        onClosed();
      },
    };
  }
}

/** Whether Connection lists Upgrade, as RFC 6455, 4.2.1 requires. Bun does not check it. */
function hasUpgradeOption(request: Request): boolean {
  const options = request.headers.get("connection")?.split(",") ?? [];
  return options.some((option) => option.trim().toLowerCase() === "upgrade");
}
