import type { Addresses } from "../addresses.ts";
import { openMjpeg } from "./mjpeg.ts";
import type { PictureStream, PictureStreamEvents } from "./picture-stream.ts";

/** The transports that this page has, in the order in which `auto` tries them. FURY's query key is `encoding`. */
export const ENCODINGS = ["mjpeg"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface Transport {
  /** For people. */
  readonly name: string;
  open(addresses: Addresses, viewer: string, events: PictureStreamEvents): PictureStream;
}

/** Finds the transport for an encoding. */
export function chooseTransport(encoding: Encoding | "auto"): Transport {
  switch (encoding) {
    case "auto":
    case "mjpeg":
      return { name: "MJPEG", open: openMjpeg };
  }
}
