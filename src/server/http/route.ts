import type { Server, ServerWebSocket } from "bun";
import type { Role } from "../access/access.ts";

/** What answers for a WebSocket. */
export interface SocketHandler {
  receive(data: string | Buffer): void | Promise<void>;
  /** To be called for each ping and pong frame, which Bun answers itself: flood limits count them too. */
  countFrame(bytes: number): void;
  /** To be called when the socket's send buffer has shrunk. */
  drained(): void;
  /** To be called when the socket has closed. */
  closed(): void;
}

/** What a WebSocket carries from its upgrade on. */
export interface SocketContext {
  open(socket: ServerWebSocket<SocketContext>): SocketHandler;
  /** Null before it is open. */
  handler: SocketHandler | null;
}

/** A request, before it is known who may look. */
export interface RequestContext {
  request: Request;
  url: URL;
  server: Server<SocketContext>;
}

/** A request of somebody who may look. */
export interface AuthorizedRequest extends RequestContext {
  role: Role;
  /** See Caller in client-address.ts. */
  address: string | null;
}

/** The methods of a route that only reads. */
export const READ_METHODS = ["GET", "HEAD"];

export interface Route {
  /** Others are refused; null: any. */
  methods: readonly string[] | null;
  /** Whether it is for everybody and at all times. Default false. */
  isPublic?: boolean;
  /** Whether pages of other sites are refused also when they only read. Default false; browsers hide what they read. */
  sameOriginOnly?: boolean;
  /** Whether pages of other origins that may use this server are told so before they ask (CORS). Default false. */
  allowsCors?: boolean;
  handle: (call: AuthorizedRequest) => Response | undefined | Promise<Response | undefined>;
}
