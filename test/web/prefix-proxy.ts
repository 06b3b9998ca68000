import type { ServerWebSocket } from "bun";

interface Pipe {
  upstream: WebSocket;
  /** What came from the browser before the upstream was open. */
  waiting: string[];
}

export interface PrefixProxyOptions {
  /** Whether an answer is passed on when it has ended, and not before: so jupyter-server-proxy does. Default false. */
  buffersResponses?: boolean;
  /** Whether WebSockets are forwarded. If not, the upgrade headers are dropped, as nginx and Apache do. Default true. */
  forwardsWebSockets?: boolean;
}

/** A proxy as JupyterHub has one: everything below a prefix goes to another server, WebSockets too. */
export class PrefixProxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: Bun.Server<Pipe>;
  #answers = new AbortController();

  constructor(prefix: string, target: string, options: PrefixProxyOptions = {}) {
    const { buffersResponses: whole = false, forwardsWebSockets: passesWebSockets = true } = options;
    const to = new URL(target);
    const answers = () => this.#answers.signal;
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
        if (!passesWebSockets || request.headers.get("upgrade") !== "websocket") {
          for (const name of ["connection", "upgrade"]) headers.delete(name);
          const signal = AbortSignal.any([request.signal, answers()]);
          const { method } = request;
          const body = method === "POST" || method === "PATCH" ? await request.bytes() : null;
          let answer: Response;
          try {
            answer = await fetch(`http://${upstream}`, {
              ...{ method, body, headers, redirect: "manual", signal, decompress: false },
            });
          } catch {
            return new Response("The server is not reachable.", { status: 502 });
          }
          if (!whole) return answer;
          return new Response(await answer.bytes(), { status: answer.status, headers: answer.headers });
        }
        // Bun takes headers here, which the DOM's type does not know.
        const options = { headers: { host: url.host, origin: request.headers.get("origin") ?? "" } };
        const socket = new WebSocket(`ws://${upstream}`, options as unknown as string[]);
        if (server.upgrade(request, { data: { upstream: socket, waiting: [] } })) return undefined;
        return new Response("No WebSocket.", { status: 400 });
      },
      websocket: {
        open(client: ServerWebSocket<Pipe>) {
          const { upstream, waiting } = client.data;
          const begin = () => {
            for (const message of waiting.splice(0)) upstream.send(message);
          };
          if (upstream.readyState === WebSocket.OPEN) begin();
          else upstream.addEventListener("open", begin);
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

  /** Breaks every answer that is on its way; WebSockets stay. */
  breakResponses(): void {
    this.#answers.abort();
    this.#answers = new AbortController();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
