import { QUERY } from "../../protocol/paths.ts";
import type { Hub } from "../hub.ts";
import {
  isObject,
  type Json,
  movesCamera,
  type SceneControl,
  ScenePatchError,
} from "../renderer/scene-control.ts";
import { jsonResponse, readBody, textResponse } from "./responses.ts";
import type { AuthorizedRequest, Route } from "./route.ts";

/** Media type of a JSON merge patch (RFC 7396). */
const PATCH_TYPE = "application/merge-patch+json";

/** `/scene`: the scene document. `PATCH` changes it, for viewers who may steer. */
export function sceneRoute(hub: Hub): Route {
  return {
    methods: ["GET", "HEAD", "PATCH"],
    handle: (call) => {
      const { scene } = hub;
      if (scene === undefined) {
        return textResponse(
          404,
          "There is no scene document: another program makes these pictures, not scenecast view.",
        );
      }
      return call.request.method === "PATCH" ? patchScene(hub, scene, call) : jsonResponse(scene.document);
    },
  };
}

async function patchScene(
  hub: Hub,
  scene: SceneControl,
  { request, url, server, role }: AuthorizedRequest,
): Promise<Response> {
  if (role !== "control") {
    return textResponse(403, "This view can be seen but not changed with the view-only token.");
  }
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== PATCH_TYPE) {
    return textResponse(415, `A change of the scene is a JSON merge patch: send it as ${PATCH_TYPE}.`, {
      "Accept-Patch": PATCH_TYPE,
    });
  }
  const body = await readBody(request);
  if (typeof body !== "string") return body;
  const patch = parseObject(body);
  if (patch === undefined) return textResponse(400, "A change of the scene must be a JSON object.");
  if (movesCamera(patch) && hub.steering.isSteering(url.searchParams.get(QUERY.viewer))) {
    return textResponse(409, "Another viewer is steering; try again a second after it has stopped.");
  }
  // The renderer may have to load a file.
  server.timeout(request, 0);
  try {
    return jsonResponse(await scene.patch(patch));
  } catch (error) {
    if (error instanceof ScenePatchError) return textResponse(error.status, error.message);
    throw error;
  }
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
