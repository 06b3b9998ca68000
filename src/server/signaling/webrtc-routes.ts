import { getLogger } from "@logtape/logtape";
import type { EncodedVideoFrame } from "../../encode/encoded-video.ts";
import type { VideoBroadcast } from "../../encode/video-broadcast.ts";
import { PATHS } from "../../protocol/paths.ts";
import type { IceServer } from "../../webrtc/ice-server.ts";
import { whenAborted } from "../abort.ts";
import { textResponse } from "../http/responses.ts";
import type { AuthorizedRequest, Route } from "../http/route.ts";
import type { Hub } from "../hub.ts";
import { SignalingHandlers } from "./signaling-handlers.ts";
import { WebRtcSessions } from "./webrtc-sessions.ts";

export interface WebRtcRoutesOptions {
  /** What comes before every path, with a slash at its end. */
  base: string;
  providesMjpeg: boolean;
  providesWebrtc: boolean;
  /** What the server listens on, which is where WebRTC's peers reach it too. */
  host: string;
  iceServers: readonly IceServer[];
  /** Where WebRTC's pictures come from. */
  rtcVideo: VideoBroadcast;
}

const log = getLogger(["scenecast", "webrtc"]);

/** What all ways to the picture have in common. */
export interface ViewerAdmission {
  /** The id of who opens a connection, or why it has no place. */
  admit(call: AuthorizedRequest): string | Response;
  /** Counts a connection of this address until the function that it returns is called. */
  opened(address: string | null): () => void;
  /** Tells a viewer's page of a picture that was sent. */
  onSent(viewer: string, frame: EncodedVideoFrame, rtpTimestamp: number): void;
}

/** What the address of a WHEP session begins with, below the base. */
const SESSION_PREFIX = `${PATHS.whep}/`;

/** The routes of WebRTC: offers, and the sessions that come of them. */
export class WebRtcRoutes {
  readonly offer: Route;
  readonly whep: Route;
  readonly #answers: SignalingHandlers;
  readonly #door: ViewerAdmission;

  constructor(hub: Hub, options: WebRtcRoutesOptions, door: ViewerAdmission) {
    const { host, iceServers, rtcVideo } = options;
    const sessions = new WebRtcSessions({ host, iceServers, broadcast: rtcVideo });
    if (options.providesWebrtc) {
      sessions
        .checkIceServers()
        .catch((error) => log.warning`The ICE servers could not be checked: ${error}`);
    }
    whenAborted(hub.stopping, () => sessions.close());
    this.#answers = new SignalingHandlers(hub, sessions);
    this.#door = door;
    this.offer = this.#route(options, "offer");
    this.whep = this.#route(options, "whep");
  }

  /** Names the ICE servers, with their passwords: for those who may look. */
  addIceLinks(headers: Headers): void {
    this.#answers.addIceLinks(headers);
  }

  /**
   * The route of a WHEP session; undefined for the path of anything else. Open: players send the token with their offer
   * alone, and who knows a session's id (122 random bits) made it.
   */
  sessionRoute(path: string): Route | undefined {
    if (!path.startsWith(SESSION_PREFIX)) return undefined;
    if (path === SESSION_PREFIX) return this.whep;
    const id = path.slice(SESSION_PREFIX.length);
    return {
      ...{ methods: ["PATCH", "DELETE"], isPublic: true, allowsCors: true },
      handle: ({ request }) =>
        request.method === "PATCH" ? this.#answers.patch(id, request) : this.#answers.end(id),
    };
  }

  #route({ base, providesMjpeg, providesWebrtc }: WebRtcRoutesOptions, kind: "offer" | "whep"): Route {
    if (providesWebrtc) {
      return { methods: ["POST"], allowsCors: true, handle: (call) => this.#answer(call, kind) };
    }
    const why = `There is no WebRTC: this server was started without it (--no-webrtc, or providesWebrtc: false); take the picture from ${base}${providesMjpeg ? PATHS.mjpeg : PATHS.snapshotJpeg}.`;
    return { methods: null, handle: () => textResponse(404, why) };
  }

  async #answer(call: AuthorizedRequest, kind: "offer" | "whep"): Promise<Response> {
    const viewer = this.#door.admit(call);
    if (typeof viewer !== "string") return viewer;
    const { request, url, role, address } = call;
    return this.#answers[kind]({
      ...{ request, url, role, address, viewer },
      opened: () => this.#door.opened(address),
      onSent: (frame, rtpTimestamp) => this.#door.onSent(viewer, frame, rtpTimestamp),
    });
  }
}
