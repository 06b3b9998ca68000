import type { RendererStatus } from "../protocol/server-messages.ts";

/** What a running renderer reports about its view, in sentences. */
export class RendererProblems {
  /** Why an earlier scene is shown than the newest one. */
  change: string | undefined;
  /** Why the view does not show the files. */
  load: string | undefined;
  /** Why a reload failed; the old scene stays. */
  reload: string | undefined;
  /** The newest error of the module after its scene was shown. */
  module: string | undefined;
  /** Why nothing is visible in the frame. */
  visibility: string | undefined;
  /** Drawn share of the full view, 0 to 1, while it is incomplete. */
  completeness: number | undefined;

  /** To be called when another scene is shown. */
  onLoaded(): void {
    this.load = undefined;
    this.visibility = undefined;
  }

  get status(): RendererStatus {
    const { change, load, reload, module, visibility, completeness } = this;
    const problems = [change, load, reload, module, visibility].filter((problem) => problem !== undefined);
    return {
      state: "running",
      ...(problems.length > 0 && { problem: problems.join(" ") }),
      ...(completeness !== undefined && { completeness }),
    };
  }
}
