import { z } from "zod";
import { cameraSchema } from "../../protocol/camera-state.ts";
import { PATHS } from "../../protocol/paths.ts";
import {
  MAX_RECORDING_SIDE,
  RECORDING_FORMATS,
  RECORDING_KINDS,
  type RecordingFormat,
  type RecordingRequest,
} from "../../protocol/recording.ts";
import type { Hub } from "../hub.ts";
import { type Recorder, RecordingError } from "../renderer/recorder.ts";
import { blobResponse, jsonResponse, readBody, textResponse } from "./responses.ts";
import type { AuthorizedRequest, Route } from "./route.ts";

/** Maximum number of views of a camera path. */
const MAX_VIEWS = 100;
/** Maximum number of frames of a film over HTTP: ten minutes at 30 a second. */
const MAX_FRAMES = 18_000;

const side = z.int().min(1).max(MAX_RECORDING_SIDE);

const requestSchema = z.strictObject({
  kind: z.enum(RECORDING_KINDS),
  format: z.enum(RECORDING_FORMATS).optional(),
  size: z.tuple([side, side]).readonly().optional(),
  frames: z.int().min(1).max(MAX_FRAMES).optional(),
  fps: z.number().min(0.1).max(120).optional(),
  degrees: z.number().min(-36_000).max(36_000).optional(),
  views: z.array(cameraSchema).min(2).max(MAX_VIEWS).readonly().optional(),
  loop: z.boolean().optional(),
  view: z.record(z.string(), z.unknown()).optional(),
}) satisfies z.ZodType<RecordingRequest>;

const MEDIA_TYPES: Readonly<Record<RecordingFormat, string>> = {
  png: "image/png",
  jpeg: "image/jpeg",
  webp: "image/webp",
  webm: "video/webm",
};

const PREFIX = `${PATHS.record}/`;

/** `/record`: pictures and films of the scene, for viewers who may steer, since rendering them slows down the view. */
export class RecordRoutes {
  readonly #hub: Hub;
  /** `/record`: GET gives the newest recording, POST begins one. */
  readonly route: Route;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.route = this.#route(["GET", "HEAD", "POST"], (recorder, call) =>
      call.request.method === "POST" ? start(recorder, call) : jsonResponse(recorder.status ?? null),
    );
  }

  /** The route of one recording: `record/ID`, `record/ID/film`, `record/ID/stop`. */
  routeOf(path: string): Route | undefined {
    if (!path.startsWith(PREFIX)) return undefined;
    const [id, action, ...rest] = path.slice(PREFIX.length).split("/");
    if (rest.length > 0) return undefined;
    const known = (
      methods: readonly string[],
      handle: (recorder: Recorder, call: AuthorizedRequest) => Response,
    ) =>
      this.#route(methods, (recorder, call) =>
        recorder.status === undefined || recorder.status.id !== id
          ? textResponse(404, "There is no such recording: it was cancelled, or a later one has replaced it.")
          : handle(recorder, call),
      );
    switch (action) {
      case undefined:
        return known(["GET", "HEAD", "DELETE"], (recorder, { request }) => {
          if (request.method !== "DELETE") return jsonResponse(recorder.status);
          recorder.cancel();
          return new Response(null, { status: 204 });
        });
      case "film":
        return known(["GET", "HEAD"], fileResponse);
      case "stop":
        return known(["POST"], (recorder) => answering(() => jsonResponse(recorder.stop())));
      default:
        return undefined;
    }
  }

  #route(
    methods: readonly string[],
    handle: (recorder: Recorder, call: AuthorizedRequest) => Response | Promise<Response>,
  ): Route {
    return {
      methods,
      handle: (call) => {
        const { recorder } = this.#hub;
        if (recorder === undefined) {
          return textResponse(
            404,
            "Nothing can be recorded: a program makes this scene, which it can record itself.",
          );
        }
        if (call.role !== "control")
          return textResponse(403, "This view can be seen but not recorded with the view-only token.");
        return handle(recorder, call);
      },
    };
  }
}

async function start(recorder: Recorder, { request }: AuthorizedRequest): Promise<Response> {
  const body = await readBody(request);
  if (typeof body !== "string") return body;
  const parsed = requestSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "the request";
    return textResponse(400, `The recording is not valid: ${where}: ${issue?.message ?? "not JSON"}.`);
  }
  return answering(() => jsonResponse(recorder.start(parsed.data)));
}

function answering(act: () => Response): Response {
  try {
    return act();
  } catch (error) {
    if (error instanceof RecordingError) return textResponse(error.status, error.message);
    throw error;
  }
}

function fileResponse({ status, file }: Recorder): Response {
  if (status === undefined || file === undefined)
    return textResponse(409, "The recording is not done yet.", { "Retry-After": "1" });
  return blobResponse(file, MEDIA_TYPES[status.format]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
