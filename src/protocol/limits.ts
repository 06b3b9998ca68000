/** Limits of the messages from page to server. The page bundles this file: no imports. */
export const LIMITS = {
  /** Bytes of one message (UTF-8). A longer one is answered with an error; over 64 KiB the socket closes with 1009. */
  messageBytes: 4096,
  /** Messages in one POST to `events`. */
  batchMessages: 512,
  /** |x| and |y| of FURY's messages, as fractions of the view: a drag may leave the view. */
  positionFraction: 100,
  /** |x| and |y| of pointer events, in logical (CSS) px. */
  positionPixels: 1_000_000,
  /** |deltaY|, |dx| and |dy| of one wheel message, in px as in WheelEvent with DOM_DELTA_PIXEL. */
  wheelDelta: 100_000,
  /** Width and height of a `resize`, in logical px: 1 to this. The server clamps the frame to `hello.maxSize`. */
  resizePixels: 16_384,
  /** `pixel_ratio` of a `resize`: more than 0, up to this. */
  pixelRatio: 16,
  /** Characters of `key`: names of KeyboardEvent.key are shorter. */
  keyCharacters: 32,
  /** Time stamps in ms: 0 to this. */
  timeMs: 1e15,
  /** Average rate of one viewer's events, and the size of a burst. A mouse of 1000 Hz fits in unmerged. */
  eventsPerSecond: 2000,
  /**
   * Flood limit: WebSocket messages per second on one socket, of any kind, pings and rejected messages included. A socket that
   * exceeds it is closed with 1008.
   */
  messagesPerSecond: 4000,
} as const;
