import type { Page } from "playwright-core";
import type { PathShape } from "./shaped-path.ts";
import { UdpLink, withoutCandidates } from "./udp-link.ts";

/** Signalling paths. */
const SIGNALING_PATHS = /\/(offer|whep)(\?|$)/;

/**
 * A server behind a {@link UdpLink}: an HTTP proxy at `url` passes requests on, and rewrites the SDP so that media and data channels
 * pass through the link. For a page in a browser use {@link route}.
 */
export class WebRtcLink implements AsyncDisposable {
  readonly udp: UdpLink;
  readonly url: string;
  readonly #server: Bun.Server<undefined>;

  /** `target`: the server's page. */
  constructor(target: string, shapes: { up?: Partial<PathShape>; down?: Partial<PathShape> } = {}, seed = 1) {
    this.udp = new UdpLink(shapes, seed);
    const page = new URL(target);
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        const headers = new Headers(request.headers);
        for (const name of ["host", "content-length", "connection"]) headers.delete(name);
        const body = request.body === null ? null : changeSdp(await request.text(), withoutCandidates);
        const answer = await fetch(new URL(`${pathname}${search}`, page), {
          method: request.method,
          headers,
          body: await body,
        });
        if (request.method !== "POST" || !answer.ok) return answer;
        const text = await changeSdp(await answer.text(), (sdp) => this.udp.rewriteAnswer(sdp));
        const sent = new Headers(answer.headers);
        for (const name of ["content-length", "content-encoding"]) sent.delete(name);
        return new Response(text, { status: answer.status, headers: sent });
      },
    });
    this.url = `http://127.0.0.1:${this.#server.port}${page.pathname}${page.search}`;
  }

  /** Rewrites the signalling of a page from now on; its document still comes from the server. */
  async route(page: Page): Promise<void> {
    await page.route(SIGNALING_PATHS, async (route) => {
      const offer = route.request().postData();
      if (offer === null) return route.continue();
      const response = await route.fetch({ postData: await changeSdp(offer, withoutCandidates) });
      if (!response.ok()) return route.fulfill({ response });
      const body = await changeSdp(await response.text(), (sdp) => this.udp.rewriteAnswer(sdp));
      await route.fulfill({ response, body });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.udp[Symbol.dispose]();
    await this.#server.stop(true);
  }
}

/** Changes the SDP in a body: all of it, or the `sdp` of FURY's JSON. */
async function changeSdp(body: string, change: (sdp: string) => string | Promise<string>): Promise<string> {
  if (!body.startsWith("{")) return change(body);
  const description = JSON.parse(body) as { sdp: string };
  return JSON.stringify({ ...description, sdp: await change(description.sdp) });
}
