import type { CommandType } from "../protocol/commands.ts";
import type { CommandAnswer } from "../server/renderer/command-channel.ts";

/** A request failed because there was no renderer, or it ended. */
export class RendererGoneError extends Error {
  override readonly name = "RendererGoneError";
}

type RequestType = CommandType | "scene-request";

/** The requests that a renderer has not answered yet. */
export class RendererRequests {
  readonly #waiting = new Map<number, PromiseWithResolvers<CommandAnswer> & { type: RequestType }>();
  #newest = 0;

  /** Adds a request. @returns its id and its answer */
  add(type: RequestType): { readonly id: number; readonly answer: Promise<CommandAnswer> } {
    const id = ++this.#newest;
    const result = Promise.withResolvers<CommandAnswer>();
    this.#waiting.set(id, { ...result, type });
    return { id, answer: result.promise };
  }

  /** Removes a request that was answered. @returns undefined for an unknown id */
  take(id: number): (PromiseWithResolvers<CommandAnswer> & { readonly type: RequestType }) | undefined {
    const request = this.#waiting.get(id);
    this.#waiting.delete(id);
    return request;
  }

  /** To be called when the renderer has ended. */
  rejectAll(): void {
    const requests = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of requests)
      reject(new RendererGoneError("The renderer stopped before it executed this."));
  }
}
