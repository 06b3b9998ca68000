import type { EncodedVideoFrame } from "../../encode/encoded-video.ts";
import { PATHS } from "../../protocol/paths.ts";
import type { IceServer } from "../../webrtc/ice-server.ts";
import type { Role } from "../access/credentials.ts";
import { MAX_BODY_BYTES } from "../access/limits.ts";
import { readBody } from "../http/read-body.ts";
import { jsonResponse, textResponse } from "../http/responses.ts";
import type { Hub } from "../hub.ts";
import { InputChannels } from "./input-channels.ts";
import { FRAGMENT_TYPE, parseFragment } from "./trickle.ts";
import type { WebRtcSessions } from "./webrtc-sessions.ts";

/** A request that has an offer in its body, of somebody who may look. */
export interface OfferRequest {
  request: Request;
  url: URL;
  role: Role;
  /** The viewer's id. */
  viewer: string;
  /** See Caller in client-address.ts. */
  address: string | null;
  /** Counts its connection; the function that it returns ends that. */
  opened: () => () => void;
  /** Tells the viewer's page of a picture that was sent. */
  onSent: (frame: EncodedVideoFrame, rtpTimestamp: number) => void;
}

export const SDP_TYPE = "application/sdp";

/** `POST /offer` as FURY has it, and `/whep` as draft-ietf-wish-whep has it. */
export class SignalingHandlers {
  readonly #hub: Hub;
  readonly #sessions: WebRtcSessions;

  constructor(hub: Hub, sessions: WebRtcSessions) {
    this.#hub = hub;
    this.#sessions = sessions;
  }

  /** FURY's: `{sdp, type: "offer"}`, answered by `{sdp, type: "answer"}`. */
  async offer(call: OfferRequest): Promise<Response> {
    const body = await readBody(call.request, MAX_BODY_BYTES);
    if (body === null) return tooLarge();
    const sdp = sdpOfJson(body);
    if (sdp === null) {
      return textResponse(400, 'An offer is JSON like {"type": "offer", "sdp": "v=0…"}; this one is not.');
    }
    const answered = await this.#answer(call, sdp);
    return answered instanceof Response ? answered : jsonResponse({ sdp: answered.sdp, type: "answer" });
  }

  /** WHEP's: the offer alone, answered by the answer alone and the address of the session. */
  async whep(call: OfferRequest): Promise<Response> {
    const type = call.request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== SDP_TYPE) {
      return textResponse(415, `A WHEP offer is SDP with "Content-Type: ${SDP_TYPE}".`, {
        "Accept-Post": SDP_TYPE,
      });
    }
    const sdp = await readBody(call.request, MAX_BODY_BYTES);
    if (sdp === null) return tooLarge();
    const answered = await this.#answer(call, sdp);
    if (answered instanceof Response) return answered;
    const headers = new Headers({
      "Content-Type": SDP_TYPE,
      "Cache-Control": "no-store",
      // Relative to the request's URL, which may end in a slash, so that any prefix of a proxy works.
      Location: `${call.url.pathname.endsWith("/") ? "" : `${PATHS.whep}/`}${answered.id}${tokenQuery(call.url)}`,
      ETag: entityTag(answered.id),
      "Accept-Patch": FRAGMENT_TYPE,
    });
    this.addIceLinks(headers);
    return new Response(answered.sdp, { status: 201, headers });
  }

  /** Names the ICE servers, with their passwords: for those who may look. */
  addIceLinks(headers: Headers): void {
    for (const server of this.#sessions.iceServers) headers.append("Link", iceLink(server));
  }

  /** Takes candidates of a WHEP session (RFC 9725, section 4.3; WHEP has it from there). */
  async patch(id: string, request: Request): Promise<Response> {
    if (!this.#sessions.has(id)) return noSession();
    const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== FRAGMENT_TYPE) {
      return textResponse(415, `A WHEP session takes candidates with "Content-Type: ${FRAGMENT_TYPE}".`, {
        "Accept-Patch": FRAGMENT_TYPE,
      });
    }
    const match = request.headers.get("if-match")?.trim() ?? "*";
    if (match !== "*" && match !== entityTag(id)) {
      return textResponse(412, "The ETag of this WHEP session is another one.");
    }
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === null) return tooLarge();
    const fragment = parseFragment(body);
    if (fragment === null) return textResponse(400, 'This fragment of SDP has no "ice-ufrag".');
    if (this.#sessions.addCandidates(id, fragment)) return new Response(null, { status: 204 });
    return textResponse(422, "ICE does not begin again in a WHEP session here; make a new offer instead.");
  }

  /** Ends a WHEP session. */
  end(id: string): Response {
    if (this.#sessions.end(id)) return new Response(null, { status: 200 });
    return noSession();
  }

  async #answer(call: OfferRequest, sdp: string): Promise<{ id: string; sdp: string } | Response> {
    if (!this.#sessions.mayTakeMore(call.address)) {
      return textResponse(
        503,
        "Too many WebRTC viewers are connecting at this moment; try again in a few seconds.",
        { "Retry-After": "5" },
      );
    }
    const { viewer, address } = call;
    const { viewers } = this.#hub;
    const closed = call.opened();
    let endStream = () => {};
    const channels = new InputChannels({
      host: this.#hub,
      viewer,
      maySteer: call.role === "control",
      onOpen: (socket) => viewers.addDataChannels(socket),
      onClosed: (socket) => viewers.removeDataChannels(socket),
      onFlood: () => endStream(),
    });
    const answered = await this.#sessions.answer({
      ...{ sdp, viewer, address },
      onStream: (stream) => {
        endStream = () => stream.close();
        viewers.addStream(viewer, stream);
      },
      onSent: call.onSent,
      onChannel: (channel) => channels.add(channel),
      onClosed(stream) {
        channels.close();
        if (stream !== null) viewers.removeStream(viewer, stream);
        closed();
      },
    });
    return "status" in answered ? textResponse(answered.status, answered.message) : answered;
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

function tooLarge(): Response {
  return textResponse(413, `An offer may have ${MAX_BODY_BYTES} bytes; this one has more.`);
}

function noSession(): Response {
  return textResponse(404, "There is no such WHEP session; it may have ended before.");
}

/** Of the ICE session, which lasts as long as the WHEP session. */
function entityTag(id: string): string {
  return `"${id}"`;
}

/** Whoever showed the token in the address has no other way to show it when the session is to end. */
function tokenQuery(url: URL): string {
  const token = url.searchParams.get("token");
  return token === null ? "" : `?token=${encodeURIComponent(token)}`;
}

/** RFC 8288, with the attributes of WHIP (RFC 9725, section 4.6). */
function iceLink({ urls, username, credential }: IceServer): string {
  const secret =
    username === undefined || credential === undefined
      ? ""
      : `; username="${username}"; credential="${credential}"; credential-type="password"`;
  return `<${urls}>; rel="ice-server"${secret}`;
}
