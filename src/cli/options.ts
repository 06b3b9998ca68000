import { statSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { parseOpaqueColor } from "../scene/css-color.ts";
import { isAddressRange } from "../server/access/client-address.ts";
import { DEFAULT_MAX_VIEWERS, TOKEN_PATTERN, TOKEN_RULE } from "../server/access/limits.ts";
import type { ServerOptions } from "../server/server.ts";
import { ICE_SERVER_RULE, type IceServer, parseIceServer } from "../webrtc/ice-server.ts";
import { GL_BACKENDS, LOG_LEVELS, type LogLevelName, UP_AXES } from "./choices.ts";
import { CommandError } from "./errors.ts";

/** Width and height of the picture in pixels. */
export type Size = readonly [width: number, height: number];

/** The largest picture side in pixels: SwiftShader's and llvmpipe's texture limit. */
export const MAX_SIDE = 8192;

/** The longest time between two pictures in ms; slower ones are no live view. */
const MAX_MS = 60_000;

/** Parses `1280x720`. */
export function parseSize(text: string): Size {
  const match = /^(\d{1,9})\s*[x×]\s*(\d{1,9})$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError("Write it as WIDTHxHEIGHT in pixels, for example 1280x720.");
  const size: Size = [Number(match[1]), Number(match[2])];
  if (size.some((side) => side < 1 || side > MAX_SIDE)) {
    throw new InvalidArgumentError(`Each side must be from 1 to ${MAX_SIDE} pixels.`);
  }
  return size;
}

/** Parses a TCP port; 0 takes a free one. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) {
    throw new InvalidArgumentError("A port is a whole number from 0 to 65535; 0 takes a free one.");
  }
  return port;
}

/** Validates a CSS colour and returns its text. */
export function parseColor(text: string): string {
  try {
    parseOpaqueColor(text);
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : error}.`);
  }
  return text;
}

/** Value of `render --background` for a picture without background. */
export const TRANSPARENT = "transparent";

/** Validates a CSS colour or `transparent`. */
export function parseColorOrTransparent(text: string): string {
  return text.trim().toLowerCase() === TRANSPARENT ? TRANSPARENT : parseColor(text);
}

/** Parses a token. */
export function parseToken(text: string): string {
  if (!TOKEN_PATTERN.test(text)) throw new InvalidArgumentError(TOKEN_RULE);
  return text;
}

/** Parses a number of viewers. */
export function parseViewers(text: string): number {
  const viewers = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  if (viewers < 1) throw new InvalidArgumentError("Write a whole number of viewers from 1 to 999999.");
  return viewers;
}

/** Parses a time in milliseconds. */
export function parseMilliseconds(text: string): number {
  const ms = /^\d{1,5}(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(ms <= MAX_MS)) {
    throw new InvalidArgumentError(`Write it in milliseconds, a number from 0 to ${MAX_MS}.`);
  }
  return ms;
}

/** Parses the path of an existing folder and returns it as an absolute path. */
export function parseFolder(text: string): string {
  const folder = resolve(text);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError("There is no such folder.");
  }
  return folder;
}

/** Parses origins of web pages, as browsers send them: scheme, host and port. */
export function parseOrigins(text: string): string[] {
  return text.split(",").map((part) => {
    const origin = URL.parse(part.trim())?.origin;
    if (!origin || origin === "null") {
      throw new InvalidArgumentError(
        "An origin is written like https://hub.example.org or http://host:8080.",
      );
    }
    return origin;
  });
}

/** Parses IP addresses and networks in CIDR notation, separated by commas. */
export function parseAddressRanges(text: string): string[] {
  const ranges = text.split(",").map((part) => part.trim());
  if (!ranges.every(isAddressRange)) {
    throw new InvalidArgumentError(
      "Write IP addresses or networks, separated by commas: 127.0.0.1,10.0.0.0/8.",
    );
  }
  return ranges;
}

/** Parses one ICE server, or several of the environment, and puts them behind those given before. */
export function parseIceServers(text: string, before: IceServer[] = []): IceServer[] {
  const servers = text.split(",").map((part) => {
    const server = parseIceServer(part.trim());
    if (server === null) throw new InvalidArgumentError(ICE_SERVER_RULE);
    return server;
  });
  return [...before, ...servers];
}

// Every option can also come from the environment (DESIGN, Commands): SCENECAST_ and its name.
function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  return made.env(`SCENECAST_${made.name().replaceAll("-", "_").toUpperCase()}`);
}

/** The options of more than one command, each made anew because commander keeps state in them. */
export const shared = {
  host: () =>
    option("--host <address>", "address to listen on; any but localhost asks viewers for a token").default(
      "localhost",
    ),
  port: () =>
    option("--port <number>", "port to listen on; 0 takes a free one").argParser(parsePort).default(8000),
  size: () =>
    option("--size <WxH>", "size of the picture in pixels")
      .argParser(parseSize)
      .default([1280, 720] satisfies Size, "1280x720"),
  fixedSize: () => option("--fixed-size", "keep that size, whatever the size of a viewer's window"),
  token: () =>
    option("--token <text>", "token that viewers must show (made up when an address needs one)").argParser(
      parseToken,
    ),
  viewToken: () =>
    option(
      "--view-token <text>",
      "token of viewers who look and do not steer (made up where there is a token)",
    ).argParser(parseToken),
  tlsCert: () => option("--tls-cert <file>", "certificate (PEM) to speak https with"),
  tlsKey: () => option("--tls-key <file>", "private key (PEM) of that certificate"),
  maxViewers: () =>
    option("--max-viewers <number>", "how many viewers are let in at a time")
      .argParser(parseViewers)
      .default(DEFAULT_MAX_VIEWERS),
  allowOrigin: () =>
    option(
      "--allow-origin <origins>",
      "pages elsewhere that may use this server, separated by commas: https://hub.example.org",
    ).argParser(parseOrigins),
  trustedProxy: () =>
    option(
      "--trusted-proxy <addresses>",
      "proxies whose X-Forwarded-For is trusted, separated by commas: 127.0.0.1,10.0.0.0/8 (default: none)",
    ).argParser(parseAddressRanges),
  iceServer: () =>
    option(
      "--ice-server <url>",
      "STUN or TURN server for WebRTC and its viewers, may be given again: stun:host:3478, turn:user:password@host:3478?transport=udp, turns:… (default: none)",
    ).argParser(parseIceServers),
  json: () => option("--json", "print machine-readable JSON on standard output"),
  logLevel: () =>
    option("--log-level <level>", "how much to say on standard error").choices(LOG_LEVELS).default("info"),
  glBackend: () => option("--gl-backend <name>", "OpenGL driver to use").choices(GL_BACKENDS).default("auto"),
  root: () =>
    option(
      "--root <folder>",
      "folder to read textures and data from, in addition to each file's own folder",
    ).argParser(parseFolder),
  up: () => option("--up <axis>", "axis that points up (default: by file format)").choices(UP_AXES),
  background: () =>
    option("--background <color>", "background as a CSS color, for example black, #202830").argParser(
      parseColor,
    ),
  backgroundOrTransparent: () =>
    option(
      "--background <color>",
      "background as a CSS color, for example black, #202830; transparent for PNG",
    ).argParser(parseColorOrTransparent),
  strict: () => option("--strict", "exit with 3 when nothing is visible in the picture"),
  open: () => option("--open", "open the page in this machine's browser"),
  watch: () => option("--watch", "load the files again when they change, with the same camera"),
  imageBuffers: () => option("--image-buffers <names>", "names of the image segments, separated by commas"),
  infoBuffer: () => option("--info-buffer <name>", "name of the info segment"),
  queueBuffer: () => option("--queue-buffer <name>", "name of the event queue segment"),
  queueHeadTail: () => option("--queue-head-tail <name>", "name of the queue's head and tail segment"),
  names: () =>
    option(
      "--names <file>",
      "JSON with the segment names, one object a line, followed as it changes; - reads standard input",
    ),
  msJpeg: () =>
    option("--ms-jpeg <ms>", "shortest time between two pictures of the MJPEG stream")
      .argParser(parseMilliseconds)
      .default(16),
  noMjpeg: () => option("--no-mjpeg", "send no MJPEG stream"),
  noWebrtc: () => option("--no-webrtc", "take no WebRTC offers"),
} as const;

/** The options that every long-running command shares. */
export interface ServeOptions {
  host: string;
  port: number;
  token?: string;
  viewToken?: string;
  allowOrigin?: string[];
  trustedProxy?: string[];
  tlsCert?: string;
  tlsKey?: string;
  maxViewers: number;
  iceServer?: IceServer[];
  json?: boolean;
  logLevel: LogLevelName;
  open?: boolean;
}

/** What these options tell the server. @throws CommandError for what does not fit together */
export function serverOptions(options: ServeOptions): ServerOptions {
  const { host, port, token, viewToken, allowOrigin, trustedProxy, tlsCert, tlsKey, maxViewers, iceServer } =
    options;
  if (Boolean(tlsCert) !== Boolean(tlsKey)) {
    throw new CommandError("--tls-cert and --tls-key belong together: give both or neither.", 2);
  }
  if (token !== undefined && token === viewToken) {
    throw new CommandError(
      "--token and --view-token are the same; they must differ, for one steers and the other does not.",
      2,
    );
  }
  return {
    host,
    port,
    maxViewers,
    ...(token && { token }),
    ...(viewToken && { viewToken }),
    ...(allowOrigin && { allowOrigins: allowOrigin }),
    ...(trustedProxy && { trustedProxies: trustedProxy }),
    ...(iceServer && { iceServers: iceServer }),
    ...(tlsCert && tlsKey && { tls: { certFile: tlsCert, keyFile: tlsKey } }),
  };
}
