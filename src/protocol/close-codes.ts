/** WebSocket close codes (RFC 6455, section 7.4) with which the server closes a socket. */
export const CLOSE_CODES = {
  /** After the text `close`. */
  normal: 1000,
  /** The server shuts down; reconnect with backoff. */
  goingAway: 1001,
  /** The socket exceeded MAX_MESSAGES_PER_SECOND, or 1 MiB per second. The reason names the limit. */
  policy: 1008,
  /** A message was longer than 64 KiB. */
  tooBig: 1009,
} as const;
