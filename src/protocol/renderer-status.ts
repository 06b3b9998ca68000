/** Producer of the frames, as the page and error messages name it: scenecast's own renderer, or a program of the user's. */
export type Producer = "renderer" | "program";

/**
 * State of the renderer.
 * - starting: its process was started and has not reported yet
 * - loading: it reads files; `fraction` 0..1, null if unknown; `phase` for people ("reading bunny.obj")
 * - waiting-for-producer: nothing is attached, because the program that makes the frames is not running or has not announced its
 *   segments; `reason` is a sentence
 * - waiting-for-first-frame: attached, and no frame was written yet
 * - running: it renders, or would if something moved; `problem`: a warning in sentences (a changed file could not be read, so the
 *   old scene stays; or nothing is visible, and why)
 * - not-answering: it was running, and its heartbeat has been missing for some seconds; `reason` is a sentence
 * - unreadable: what it writes is not a frame; `reason` says why
 * - gone: it ended or its segments were removed; `reason` says why; `restarting`: whether it is being restarted
 */
export type RendererStatus =
  | { state: "starting" }
  | { state: "loading"; fraction: number | null; phase: string }
  | { state: "waiting-for-producer"; reason: string }
  | { state: "waiting-for-first-frame" }
  | { state: "running"; problem?: string }
  | { state: "not-answering"; reason: string }
  | { state: "unreadable"; reason: string }
  | { state: "gone"; reason: string; restarting: boolean };
