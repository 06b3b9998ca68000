import { PATHS } from "../../protocol/paths.ts";
import type { ServerUrls } from "../connection/server-urls.ts";
import { isObject, type Json } from "./scene-state.ts";

/** Bytes of a change that the server accepts. */
const MAX_PATCH_BYTES = 1 << 16;

/** Reads and changes the scene document of the server. */
export class SceneClient {
  readonly #urls: ServerUrls;

  constructor(urls: ServerUrls) {
    this.#urls = urls;
  }

  /** The scene document with the camera of this moment. Rejects with a sentence for the person. */
  async read(): Promise<Json> {
    const document: unknown = await (await this.#request({ method: "GET" })).json();
    if (!isObject(document)) throw new Error("The server did not send a scene.");
    return document;
  }

  /** Applies a JSON merge patch. Rejects with a sentence for the person. */
  async patch(patch: Json): Promise<void> {
    const body = JSON.stringify(patch);
    if (new Blob([body]).size > MAX_PATCH_BYTES) throw new Error("This saved view is too large.");
    await this.#request({
      method: "PATCH",
      body,
      headers: { "Content-Type": "application/merge-patch+json" },
    });
  }

  async #request(request: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.#urls.http(PATHS.scene), { ...request, cache: "no-store" });
    } catch {
      throw new Error("The server does not respond.");
    }
    if (response.ok) return response;
    const isSentence = response.headers.get("content-type")?.startsWith("text/plain") === true;
    throw new Error(
      isSentence ? (await response.text()).trim().slice(0, 500) : `The server responded ${response.status}.`,
    );
  }
}
