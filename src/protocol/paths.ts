/** URLs of the server: paths and query keys. The page bundles this file: no imports. */

/** Paths relative to the page, so that any prefix of a proxy works: resolve against `document.baseURI`. */
export const PATHS = {
  mjpeg: "video/mjpeg",
  socket: "ws",
  events: "events",
  snapshotJpeg: "snapshot.jpg",
  snapshotPng: "snapshot.png",
  state: "state",
  scene: "scene",
  pick: "pick",
  record: "record",
  metrics: "metrics",
  offer: "offer",
  whep: "whep",
} as const;

/** Query keys of `video/mjpeg`, `ws`, `events`, `scene`, `pick`, `offer`, `whep` and the snapshots. */
export const QUERY = {
  viewer: "viewer",
  advanceHeaders: "advance_headers",
  size: "size",
  sequence: "sequence",
  partial: "partial",
  x: "x",
  y: "y",
} as const;

/** A viewer id: 8 to 64 letters, digits, `-` or `_`. Make it from `crypto.getRandomValues`, which works without TLS. */
export const VIEWER_ID_PATTERN: RegExp = /^[A-Za-z0-9_-]{8,64}$/;

/** Labels of the page's two data channels: `moves` is unordered and unreliable, `events` is ordered and reliable. */
export const DATA_CHANNELS = { moves: "moves", events: "events" } as const;
