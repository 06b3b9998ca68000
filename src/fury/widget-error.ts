/** For programs; the message is for people. */
export type WidgetErrorCode =
  /** There is no `scenecast` to run the server with. */
  | "no-program"
  /** The server ended before it was ready, or never became ready. */
  | "server-failed"
  /** What was asked for needs a started widget. */
  | "not-started"
  /** `stop` or `cleanup` was called meanwhile. */
  | "stopped"
  /** The advertised address is none. */
  | "bad-address";

/** A Widget cannot do what it was asked for; the message says why and what to do. */
export class WidgetError extends Error {
  override readonly name = "WidgetError";

  constructor(
    message: string,
    readonly code: WidgetErrorCode,
  ) {
    super(message);
  }
}
