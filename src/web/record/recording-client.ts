import type { CameraState } from "../../protocol/camera-state.ts";
import { PATHS } from "../../protocol/paths.ts";
import type { RecordingRequest, RecordingStatus } from "../../protocol/recording.ts";
import type { ServerUrls } from "../connection/server-urls.ts";

/** What `/state` says about the view. */
export interface ViewState {
  readonly camera: CameraState | null;
  readonly frame: { readonly width: number; readonly height: number } | null;
}

/** The requests to `/record`. They throw an Error with a sentence for the person. */
export class RecordingClient {
  readonly #urls: ServerUrls;

  constructor(urls: ServerUrls) {
    this.#urls = urls;
  }

  /** The newest recording, of this or another viewer. */
  async newest(): Promise<RecordingStatus | null> {
    return (await (await this.#fetch(PATHS.record)).json()) as RecordingStatus | null;
  }

  async start(request: RecordingRequest): Promise<RecordingStatus> {
    const body = JSON.stringify(request);
    return (await (await this.#fetch(PATHS.record, { method: "POST", body })).json()) as RecordingStatus;
  }

  /** Ends the capturing of what is done. */
  async stop({ id }: RecordingStatus): Promise<RecordingStatus> {
    const response = await this.#fetch(`${PATHS.record}/${id}/stop`, { method: "POST" });
    return (await response.json()) as RecordingStatus;
  }

  async cancel({ id }: RecordingStatus): Promise<void> {
    await this.#fetch(`${PATHS.record}/${id}`, { method: "DELETE" });
  }

  /** Address of the file of a recording that is done. */
  fileUrl({ id }: RecordingStatus): string {
    return this.#urls.http(`${PATHS.record}/${id}/film`);
  }

  async viewState(): Promise<ViewState> {
    return (await (await this.#fetch(PATHS.state)).json()) as ViewState;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.#urls.http(path), { cache: "no-store", ...init });
    } catch {
      throw new Error("The server does not respond.");
    }
    if (response.ok) return response;
    const isPlainText = response.headers.get("content-type")?.startsWith("text/plain") === true;
    const text = isPlainText ? (await response.text()).trim() : "";
    throw new Error(text !== "" && text.length < 300 ? text : `The server responded ${response.status}.`);
  }
}
