/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** The scene of the renderer as a document, which viewers may change. Usually the renderer is another process. */
export interface SceneControl {
  /** The scene document as viewers may see it, with the camera of the newest frame. */
  readonly document: Json;
  /**
   * Applies a JSON merge patch (RFC 7396).
   *
   * @returns the document after the renderer has accepted it
   * @throws ScenePatchError
   */
  patch(patch: Json): Promise<Json>;
  /** Called after each change, except of the camera. Set by the server. */
  onChange: () => void;
}

/** Why a patch was not applied. The message is a sentence for the viewer. */
export class ScenePatchError extends Error {
  override readonly name = "ScenePatchError";

  /**
   * `status` of HTTP: 400 for a patch that does not lead to a valid document, 403 for a file that may not be opened, 409 if the renderer
   * cannot show it, 429 if too many patches wait, 503 without a renderer.
   */
  constructor(
    readonly status: 400 | 403 | 409 | 429 | 503,
    message: string,
  ) {
    super(message);
  }
}

/** Keys of the view that move the camera. */
const CAMERA_KEYS = ["camera", "view", "azimuth", "elevation", "zoom", "up", "center"];

/** Whether a merge patch of the scene document moves the camera. */
export function movesCamera({ view }: Json): boolean {
  return isObject(view) && CAMERA_KEYS.some((key) => Object.hasOwn(view, key));
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
