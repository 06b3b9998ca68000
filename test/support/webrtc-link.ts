import type { Page } from "playwright-core";
import type { PathShape } from "./shaped-path.ts";
import { UdpLink, withoutCandidates } from "./udp-link.ts";

/** The addresses to which viewers offer. */
const OFFERS = /\/(offer|whep)(\?|$)/;

/**
 * A server as it looks from the other end of a {@link UdpLink}: offers and what else is asked at `url` go to it as they are, but
 * its media comes through the link. For the page in a browser there is {@link route} instead.
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
        for (const own of ["host", "content-length", "connection"]) headers.delete(own);
        const body = request.body === null ? null : changeSdp(await request.text(), withoutCandidates);
        const answer = await fetch(new URL(`${pathname}${search}`, page), {
          method: request.method,
          headers,
          body: await body,
        });
        if (request.method !== "POST" || !answer.ok) return answer;
        const text = await changeSdp(await answer.text(), (sdp) => this.udp.rewriteAnswer(sdp));
        const sent = new Headers(answer.headers);
        for (const its of ["content-length", "content-encoding"]) sent.delete(its);
        return new Response(text, { status: answer.status, headers: sent });
      },
    });
    this.url = `http://127.0.0.1:${this.#server.port}${page.pathname}${page.search}`;
  }

  /** Has the offers that a page makes from now on lead through the link; the page itself comes from the server. */
  async route(page: Page): Promise<void> {
    await page.route(OFFERS, async (route) => {
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

/** Changes what is SDP in a body: all of it, or FURY's `sdp`. */
async function changeSdp(body: string, change: (sdp: string) => string | Promise<string>): Promise<string> {
  if (!body.startsWith("{")) return change(body);
  const description = JSON.parse(body) as { sdp: string };
  return JSON.stringify({ ...description, sdp: await change(description.sdp) });
}
