/** Machine-readable reason; the message is for people. */
export type WidgetErrorCode =
  /** There is no `scenecast` to run the server with. */
  | "no-program"
  /** The server ended before it was ready, or never became ready. */
  | "server-failed"
  /** The operation requires a started widget. */
  | "not-started"
  /** `stop` or `cleanup` was called before the start was complete. */
  | "stopped"
  /** The advertised address is invalid. */
  | "bad-address";

/** An operation of a Widget failed; the message says why and what to do. */
export class WidgetError extends Error {
  override readonly name = "WidgetError";

  constructor(
    message: string,
    readonly code: WidgetErrorCode,
  ) {
    super(message);
  }
}
