/** Limits of the messages from page to server. The page bundles this file: no imports. */

/** Bytes of one message (UTF-8). A longer one is answered with an error; over 64 KiB the socket closes with 1009. */
export const MAX_MESSAGE_BYTES = 4096;
/** Messages in one POST to `events`. */
export const MAX_BATCH_MESSAGES = 512;
/** |x| and |y| of FURY's messages, as fractions of the view: a drag may leave the view. */
export const MAX_POSITION_FRACTION = 100;
/** |x| and |y| of pointer events, in logical (CSS) px. */
export const MAX_POSITION_PIXELS = 1_000_000;
/** |deltaY|, |dx| and |dy| of one wheel message, in px as in WheelEvent with DOM_DELTA_PIXEL. */
export const MAX_WHEEL_DELTA = 100_000;
/** Width and height of a `resize`, in logical px; at least 1. The server clamps the frame to `hello.maxSize`. */
export const MAX_RESIZE_PIXELS = 16_384;
/** `pixel_ratio` of a `resize`; more than 0. */
export const MAX_PIXEL_RATIO = 16;
/** Characters of `key`: names of KeyboardEvent.key are shorter. */
export const MAX_KEY_CHARACTERS = 32;
/** Time stamps in ms; at least 0. */
export const MAX_TIME_MS = 1e15;
/** Average rate of one viewer's events, and the size of a burst. A mouse of 1000 Hz fits in unmerged. */
export const MAX_EVENTS_PER_SECOND = 2000;
/**
 * Flood limit: WebSocket messages per second on one socket, of any kind, pings and rejected messages included. A socket that
 * exceeds it is closed with 1008.
 */
export const MAX_MESSAGES_PER_SECOND = 4000;
