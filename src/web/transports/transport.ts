import type { Addresses } from "../addresses.ts";
import { openJpegSocket } from "./jpeg-socket.ts";
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
const TRANSPORTS: readonly Transport[] = [
  { encoding: "mjpeg", name: "MJPEG", open: openMjpeg },
  { encoding: "jpeg", name: "JPEG", open: openJpegSocket },
];

/** As jupyter-server-proxy has it, and code-server: the former passes no answer on before it is whole. */
const BEHIND_PROXY = /\/proxy\/(absolute\/)?\d+\/?$/;

/**
 * Chooses how the picture comes.
 * @param asked an encoding, or "auto"
 * @param offered the encodings that the server has
 * @param path the page's own, which tells of some proxies
 * @returns null where there is no way
 */
export function chooseTransport(asked: string, offered: readonly string[], path = "/"): Transport | null {
  const possible = TRANSPORTS.filter(({ encoding }) => offered.includes(encoding));
  const named = (name: string) => possible.find(({ encoding }) => encoding === name);
  return named(asked) ?? (BEHIND_PROXY.test(path) ? named("jpeg") : undefined) ?? possible[0] ?? null;
}
