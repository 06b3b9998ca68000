import { getLogger } from "@logtape/logtape";
import { PATHS } from "../../protocol/paths.ts";
import { whenAborted } from "../abort.ts";
import type { Admission } from "../access/admission.ts";
import { jsonResponse, readBody, textResponse } from "../http/responses.ts";
import type { AuthorizedRequest, Route } from "../http/route.ts";
import type { Hub } from "../hub.ts";
import { WebRtcSessions } from "./webrtc-sessions.ts";
import {
  entityTag,
  FRAGMENT_TYPE,
  iceLink,
  mediaType,
  parseFragment,
  SDP_TYPE,
  sessionLocation,
} from "./whep.ts";

const log = getLogger(["scenecast", "webrtc"]);

/** Path prefix of WHEP sessions, below the base. */
const SESSION_PREFIX = `${PATHS.whep}/`;

/** HTTP layer of WebRTC signalling: FURY's `POST /offer`, and `/whep` (draft-ietf-wish-whep). */
export class WebRtcRoutes {
  /** The routes by their path below the base; those of sessions are found by {@link sessionRoute}. */
  readonly routes: readonly (readonly [path: string, route: Route])[];
  readonly #whep: Route;
  readonly #sessions: WebRtcSessions;
  readonly #hub: Hub;
  readonly #admission: Admission;

  constructor(hub: Hub, admission: Admission, base: string) {
    this.#hub = hub;
    this.#admission = admission;
    this.#sessions = new WebRtcSessions(hub);
    if (hub.providesWebrtc && hub.iceServers.length > 0) {
      import("reflect-metadata")
        .then(() => import("./ice-server-check.ts"))
        .then(({ checkIceServers }) => checkIceServers(hub.iceServers, hub.host))
        .catch((error) => log.warning`The ICE servers could not be checked: ${error}`);
    }
    whenAborted(hub.stopping, () => this.#sessions.close());
    this.#whep = this.#route(base, (call) => this.#answerWhep(call));
    this.routes = [
      [PATHS.offer, this.#route(base, (call) => this.#answerFury(call))],
      [PATHS.whep, this.#whep],
    ];
  }

  /** Adds Link headers with the ICE servers and their passwords. For authorized requests only. */
  addIceLinks(headers: Headers): void {
    for (const server of this.#hub.iceServers) headers.append("Link", iceLink(server));
  }

  /**
   * The route of a WHEP session; undefined for any other path. It is public: players send the token only with their offer, and
   * the session's id (122 random bits) is known only to the client that made it.
   */
  sessionRoute(path: string): Route | undefined {
    if (!path.startsWith(SESSION_PREFIX)) return undefined;
    if (path === SESSION_PREFIX) return this.#whep;
    const id = path.slice(SESSION_PREFIX.length);
    return {
      ...{ methods: ["PATCH", "DELETE"], isPublic: true, allowsCors: true },
      handle: ({ request }) => (request.method === "PATCH" ? this.#patch(id, request) : this.#delete(id)),
    };
  }

  #route(base: string, handle: Route["handle"]): Route {
    const { providesMjpeg, providesWebrtc } = this.#hub;
    if (providesWebrtc) return { methods: ["POST"], allowsCors: true, handle };
    const message = `WebRTC is not available: this server was started with --no-webrtc (providesWebrtc: false). Use ${base}${providesMjpeg ? PATHS.mjpeg : PATHS.snapshotJpeg} instead.`;
    return { methods: null, handle: () => textResponse(404, message) };
  }

  /** Answers FURY's offer, `{sdp, type: "offer"}`, with `{sdp, type: "answer"}`. */
  async #answerFury(call: AuthorizedRequest): Promise<Response> {
    const viewer = this.#admission.admit(call);
    if (typeof viewer !== "string") return viewer;
    const body = await readBody(call.request);
    if (typeof body !== "string") return body;
    const sdp = sdpOfJson(body);
    if (sdp === null) {
      return textResponse(400, 'An offer is JSON like {"type": "offer", "sdp": "v=0…"}; this one is not.');
    }
    const answer = await this.#answer(call, viewer, sdp);
    return answer instanceof Response ? answer : jsonResponse({ sdp: answer.sdp, type: "answer" });
  }

  /** Answers a WHEP offer, which is SDP, with SDP and the location of the session. */
  async #answerWhep(call: AuthorizedRequest): Promise<Response> {
    const viewer = this.#admission.admit(call);
    if (typeof viewer !== "string") return viewer;
    if (mediaType(call.request) !== SDP_TYPE) {
      const headers = { "Accept-Post": SDP_TYPE };
      return textResponse(415, `A WHEP offer is SDP with "Content-Type: ${SDP_TYPE}".`, headers);
    }
    const sdp = await readBody(call.request);
    if (typeof sdp !== "string") return sdp;
    const answer = await this.#answer(call, viewer, sdp);
    if (answer instanceof Response) return answer;
    const headers = new Headers({
      "Content-Type": SDP_TYPE,
      "Cache-Control": "no-store",
      Location: sessionLocation(call.url, answer.id),
      ETag: entityTag(answer.id),
      "Accept-Patch": FRAGMENT_TYPE,
    });
    this.addIceLinks(headers);
    return new Response(answer.sdp, { status: 201, headers });
  }

  async #answer(
    { role, address }: AuthorizedRequest,
    viewer: string,
    sdp: string,
  ): Promise<{ id: string; sdp: string } | Response> {
    if (!this.#sessions.makeRoomFor(address)) {
      return textResponse(
        503,
        "Too many WebRTC viewers are connecting at the moment. Try again in a few seconds.",
        { "Retry-After": "5" },
      );
    }
    const answer = await this.#sessions.answer({
      ...{ sdp, viewer, address, role },
      onSent: (frame, rtpTimestamp) => this.#hub.notifySent(viewer, frame, rtpTimestamp),
      onClosed: this.#admission.connections.open(address),
    });
    return "status" in answer ? textResponse(answer.status, answer.message) : answer;
  }

  /** Adds trickled candidates to a WHEP session (RFC 9725, section 4.3, which WHEP refers to). */
  async #patch(id: string, request: Request): Promise<Response> {
    const session = this.#sessions.get(id);
    if (session === undefined) return noSession();
    if (mediaType(request) !== FRAGMENT_TYPE) {
      const headers = { "Accept-Patch": FRAGMENT_TYPE };
      return textResponse(415, `Send candidates with "Content-Type: ${FRAGMENT_TYPE}".`, headers);
    }
    const match = request.headers.get("if-match")?.trim() ?? "*";
    if (match !== "*" && match !== entityTag(id)) {
      return textResponse(412, "If-Match does not match the ETag of this WHEP session.");
    }
    const body = await readBody(request);
    if (typeof body !== "string") return body;
    const fragment = parseFragment(body);
    if (fragment === null) return textResponse(400, 'This SDP fragment has no "ice-ufrag".');
    if (session.addCandidates(fragment)) return new Response(null, { status: 204 });
    return textResponse(422, "ICE restart is not supported. Send a new offer instead.");
  }

  #delete(id: string): Response {
    const session = this.#sessions.get(id);
    if (session === undefined) return noSession();
    session.end();
    return new Response(null, { status: 200 });
  }
}

function sdpOfJson(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || !("sdp" in value)) return null;
    if ("type" in value && value.type !== "offer") return null;
    return typeof value.sdp === "string" ? value.sdp : null;
  } catch {
    return null;
  }
}

function noSession(): Response {
  return textResponse(404, "There is no such WHEP session; it may have ended already.");
}
