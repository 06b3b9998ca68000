import { statSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Backend } from "../gl/drivers.ts";
import { parseOpaqueColor } from "../layers/css-color.ts";
import { isAddressRange } from "../server/access/client-address.ts";
import { TOKEN_PATTERN, TOKEN_RULE } from "../server/access/credentials.ts";
import { ICE_SERVER_RULE, type IceServer, parseIceServer } from "../webrtc/ice-server.ts";

// Choices, repeated here because importing their modules would load three.js for --help; `satisfies` checks them.

export const GL_BACKENDS = ["auto", "gpu", "mesa", "angle"] as const satisfies readonly Backend[];

export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

// Parsers of option values. Each throws commander's InvalidArgumentError, which commander prints after the option's name.

/** Width and height of a frame, px. */
export type Size = readonly [width: number, height: number];

/** Maximum width and height of a frame, px: the texture limit of SwiftShader and llvmpipe. */
const MAX_SIDE = 8192;

/** Maximum of an interval between frames, ms. */
const MAX_INTERVAL_MS = 60_000;

/** Maximum width and height of a picture of `render`, px, which renders it in tiles. */
const MAX_PICTURE_SIDE = 32768;

/** Parses `1280x720` of `view`. */
export const parseSize = (text: string): Size => sizeUpTo(MAX_SIDE, text);

/** Parses `1280x720` of `render`. */
export const parsePictureSize = (text: string): Size => sizeUpTo(MAX_PICTURE_SIDE, text);

function sizeUpTo(maxSide: number, text: string): Size {
  const match = /^(\d{1,9})\s*[x×]\s*(\d{1,9})$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError("Write it as WIDTHxHEIGHT in pixels, for example 1280x720.");
  const size: Size = [Number(match[1]), Number(match[2])];
  if (size.some((side) => side < 1 || side > maxSide)) {
    throw new InvalidArgumentError(`Each side must be from 1 to ${maxSide} pixels.`);
  }
  return size;
}

function parseNumber(text: string, pattern: RegExp, min: number, max: number, rule: string): number {
  const value = pattern.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(rule);
}

/** Parses a TCP port; 0 selects a free one. */
export function parsePort(text: string): number {
  const rule = "A port is a whole number from 0 to 65535; 0 selects a free one.";
  return parseNumber(text, /^\d{1,5}$/, 0, 65535, rule);
}

/** Validates a CSS color and returns its text. */
export function parseColor(text: string): string {
  try {
    parseOpaqueColor(text);
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : error}.`);
  }
  return text;
}

/** Value of `render --background` for an image without background. */
export const TRANSPARENT = "transparent";

/** Validates a CSS color or `transparent`. */
export function parseColorOrTransparent(text: string): string {
  return text.trim().toLowerCase() === TRANSPARENT ? TRANSPARENT : parseColor(text);
}

export function parseToken(text: string): string {
  if (!TOKEN_PATTERN.test(text)) throw new InvalidArgumentError(TOKEN_RULE);
  return text;
}

export function parseViewers(text: string): number {
  return parseNumber(text, /^\d{1,6}$/, 1, 999_999, "Write a whole number of viewers from 1 to 999999.");
}

export function parsePictureCount(text: string): number {
  return parseNumber(text, /^\d{1,5}$/, 2, 10_000, "Write a whole number of pictures from 2 to 10000.");
}

/** Maximum number of pictures of a film: an hour at 30 a second. */
export const MAX_FRAMES = 108_000;

export function parseFrameCount(text: string): number {
  const rule = `Write a whole number of pictures from 1 to ${MAX_FRAMES}.`;
  return parseNumber(text, /^\d{1,6}$/, 1, MAX_FRAMES, rule);
}

/** Parses pictures per second. More than 120 have durations that WebP and WebM, in ms, round too much. */
export function parseFrameRate(text: string): number {
  return parseNumber(text, /^\d{1,3}(\.\d+)?$/, 0.1, 120, "Write pictures per second, from 0.1 to 120.");
}

/** Parses an angle of rotation, degrees. */
export function parseAngle(text: string): number {
  const rule = "Write degrees from -36000 to 36000; a full turn is 360.";
  return parseNumber(text, /^[+-]?\d{1,5}(\.\d+)?$/, -36_000, 36_000, rule);
}

/** Parses paths, separated by commas. */
export function parsePaths(text: string): string[] {
  return text.split(",").map((path) => path.trim());
}

export function parseMilliseconds(text: string): number {
  const rule = `Write it in milliseconds, a number from 0 to ${MAX_INTERVAL_MS}.`;
  return parseNumber(text, /^\d{1,5}(\.\d+)?$/, 0, MAX_INTERVAL_MS, rule);
}

/** Parses the path of an existing folder and returns it as an absolute path. */
export function parseFolder(text: string): string {
  const folder = resolve(text);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError("There is no such folder.");
  }
  return folder;
}

/** Parses origins of web pages (scheme, host and port), separated by commas. */
export function parseOrigins(text: string): string[] {
  return text.split(",").map((part) => {
    const origin = URL.parse(part.trim())?.origin;
    if (!origin || origin === "null") {
      throw new InvalidArgumentError("Write an origin like https://hub.example.org or http://host:8080.");
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

/** Parses one or several ICE servers, separated by commas, and appends them to those of earlier occurrences of the option. */
export function parseIceServers(text: string, earlier: IceServer[] = []): IceServer[] {
  const servers = text.split(",").map((part) => {
    const server = parseIceServer(part.trim());
    if (server === null) throw new InvalidArgumentError(ICE_SERVER_RULE);
    return server;
  });
  return [...earlier, ...servers];
}
