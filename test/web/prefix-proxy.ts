import type { ServerWebSocket } from "bun";

interface Pipe {
  upstream: WebSocket;
  /** Messages of the browser before the upstream was open. */
  waiting: string[];
}

export interface PrefixProxyOptions {
  /** Whether a response is forwarded only when it is complete, as jupyter-server-proxy does. Default false. */
  buffersResponses?: boolean;
  /** Whether WebSockets are forwarded. If not, the upgrade headers are dropped, as nginx and Apache do. Default true. */
  forwardsWebSockets?: boolean;
}

/** A proxy as in JupyterHub: forwards everything below a prefix to another server, including WebSockets. */
export class PrefixProxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: Bun.Server<Pipe>;
  #responses = new AbortController();

  constructor(prefix: string, target: string, options: PrefixProxyOptions = {}) {
    const { buffersResponses = false, forwardsWebSockets = true } = options;
    const to = new URL(target);
    const responses = () => this.#responses.signal;
    this.#server = Bun.serve<Pipe>({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      async fetch(request, server) {
        const url = new URL(request.url);
        if (!url.pathname.startsWith(prefix)) return new Response("Not below the prefix.", { status: 404 });
        const path = url.pathname.slice(prefix.length).replace(/^\/?/, "/");
        const upstream = `${to.host}${path}${url.search}`;
        const headers = new Headers(request.headers);
        headers.set("x-forwarded-host", url.host);
        if (!forwardsWebSockets || request.headers.get("upgrade") !== "websocket") {
          for (const name of ["connection", "upgrade"]) headers.delete(name);
          const signal = AbortSignal.any([request.signal, responses()]);
          const { method } = request;
          const body = method === "POST" || method === "PATCH" ? await request.bytes() : null;
          let response: Response;
          try {
            response = await fetch(`http://${upstream}`, {
              ...{ method, body, headers, redirect: "manual", signal, decompress: false },
            });
          } catch {
            return new Response("The server is not reachable.", { status: 502 });
          }
          if (!buffersResponses) return response;
          return new Response(await response.bytes(), { status: response.status, headers: response.headers });
        }
        // Bun accepts headers here; the DOM's type does not.
        const options = { headers: { host: url.host, origin: request.headers.get("origin") ?? "" } };
        const socket = new WebSocket(`ws://${upstream}`, options as unknown as string[]);
        if (server.upgrade(request, { data: { upstream: socket, waiting: [] } })) return undefined;
        return new Response("No WebSocket.", { status: 400 });
      },
      websocket: {
        open(client: ServerWebSocket<Pipe>) {
          const { upstream, waiting } = client.data;
          const sendWaiting = () => {
            for (const message of waiting.splice(0)) upstream.send(message);
          };
          if (upstream.readyState === WebSocket.OPEN) sendWaiting();
          else upstream.addEventListener("open", sendWaiting);
          upstream.binaryType = "arraybuffer";
          upstream.addEventListener("message", ({ data }) => client.send(data));
          upstream.addEventListener("close", () => client.close());
        },
        message({ data: { upstream, waiting } }, message) {
          if (upstream.readyState === WebSocket.OPEN) upstream.send(String(message));
          else waiting.push(String(message));
        },
        close: ({ data: { upstream } }) => upstream.close(),
      },
    });
    this.url = `http://127.0.0.1:${this.#server.port}${prefix}`;
  }

  /** Aborts all HTTP responses in progress; WebSockets stay open. */
  breakResponses(): void {
    this.#responses.abort();
    this.#responses = new AbortController();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
