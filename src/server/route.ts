import type { Server, ServerWebSocket } from "bun";
import type { Role } from "./access.ts";

/** What answers for a WebSocket. */
export interface SocketEnd {
  receive(data: string | Buffer): void | Promise<void>;
  /** To be called for each ping and pong frame, which Bun answers itself: flood limits count them too. */
  countFrame(bytes: number): void;
  /** To be called when the socket's send buffer has shrunk. */
  drained(): void;
  /** To be called when the socket has closed. */
  closed(): void;
}

/** What a WebSocket carries from its upgrade on. */
export interface SocketData {
  open(socket: ServerWebSocket<SocketData>): SocketEnd;
  /** Null before it is open. */
  end: SocketEnd | null;
}

/** A request, before it is known who may look. */
export interface Asked {
  request: Request;
  url: URL;
  server: Server<SocketData>;
}

/** A request of somebody who may look. */
export interface Call extends Asked {
  role: Role;
  /** See Caller in client-address.ts. */
  address: string | null;
}

/** The methods of a route that only reads. */
export const READ = ["GET", "HEAD"];

export interface Route {
  /** Others are refused; null: any. */
  methods: readonly string[] | null;
  /** Whether it is for everybody and at all times. Default false. */
  open?: boolean;
  /** Whether pages of other sites are refused also when they only read. Default false; browsers hide what they read. */
  ownPagesOnly?: boolean;
  /** Whether pages of other origins that may use this server are told so before they ask (CORS). Default false. */
  preflight?: boolean;
  handle: (call: Call) => Response | undefined | Promise<Response | undefined>;
}
