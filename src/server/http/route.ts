import type { Server, ServerWebSocket } from "bun";
import type { Role } from "../../protocol/role.ts";
import type { Caller } from "../access/client-address.ts";
import type { ViewerConnection } from "../viewers/viewer-connection.ts";

/** Data of a WebSocket from its upgrade on (`ServerWebSocket.data`). */
export interface SocketContext {
  open(socket: ServerWebSocket<SocketContext>): void;
  /** Null before the socket is open. */
  connection: ViewerConnection | null;
  closed: () => void;
}

export interface RequestContext {
  request: Request;
  /** As the browser requested it: with the scheme and host that a proxy forwards. Its path lacks the prefix that a proxy removes. */
  url: URL;
  caller: Caller;
  server: Server<SocketContext>;
}

export interface AuthorizedRequest extends RequestContext {
  role: Role;
  /** Client address as limits count it, see Caller in client-address.ts. */
  address: string | null;
}

export const READ_METHODS = ["GET", "HEAD"];

/** How requests to one path are answered. */
export interface Route {
  /** Methods that it supports; null: any. */
  methods: readonly string[] | null;
  /** Whether it requires no token, and is still served after the view has ended. Default false. */
  isPublic?: boolean;
  /** Whether pages of other sites are refused for GET and HEAD too. Default false: browsers hide those responses from them. */
  sameOriginOnly?: boolean;
  /** Whether pages of `--allow-origin` may read its responses (CORS). Default false. */
  allowsCors?: boolean;
  handle: (request: AuthorizedRequest) => Response | undefined | Promise<Response | undefined>;
}
