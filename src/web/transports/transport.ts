import type { Addresses } from "../addresses.ts";
import { openMjpeg } from "./mjpeg.ts";
import type { PictureStream, PictureStreamEvents } from "./picture-stream.ts";

export interface Transport {
  /** A value of FURY's query key `encoding`, and of `hello.transports`. */
  readonly encoding: string;
  /** For people. */
  readonly name: string;
  open(addresses: Addresses, viewer: string, events: PictureStreamEvents): PictureStream;
}

/** The transports that this page has, the best first. */
const TRANSPORTS: readonly Transport[] = [{ encoding: "mjpeg", name: "MJPEG", open: openMjpeg }];

/**
 * Chooses how the picture comes.
 * @param asked an encoding, or "auto"
 * @param offered the encodings that the server has
 * @returns null where there is no way
 */
export function chooseTransport(asked: string, offered: readonly string[]): Transport | null {
  const possible = TRANSPORTS.filter(({ encoding }) => offered.includes(encoding));
  return possible.find(({ encoding }) => encoding === asked) ?? possible[0] ?? null;
}
