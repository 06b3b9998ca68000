import { Option } from "commander";
import { FORMATS } from "../formats/registry.ts";
import { UP_AXES } from "../formats/up-axis.ts";
import { DEFAULT_MAX_VIEWERS } from "../server/access/limits.ts";
import {
  GL_BACKENDS,
  LOG_LEVELS,
  parseAddressRanges,
  parseAngle,
  parseColor,
  parseColorOrTransparent,
  parseFolder,
  parseFrameCount,
  parseFrameRate,
  parseIceServers,
  parseMilliseconds,
  parseOrigins,
  parsePaths,
  parsePictureCount,
  parsePort,
  parseToken,
  parseViewers,
  type Size,
} from "./option-values.ts";
import { viewStyleOptions } from "./view-options.ts";

/** Creates an option that can also be set by an environment variable: SCENECAST_ and its name. */
function option(flags: string, description: string): Option {
  const created = new Option(flags, description);
  return created.env(`SCENECAST_${created.name().replaceAll("-", "_").toUpperCase()}`);
}

/** Options of the commands that start a server, `view` and `serve`. */
export const serverOptions = (): Option[] => [
  option(
    "--host <address>",
    "address to listen on; any but localhost requires viewers to have a token",
  ).default("localhost"),
  option("--port <number>", "port to listen on; 0 selects a free one").argParser(parsePort).default(8000),
  option(
    "--socket <path>",
    "Unix socket to listen on instead of a port, for a proxy or an SSH tunnel of this user",
  ).conflicts(["host", "port", "tlsCert", "tlsKey", "open"]),
  option("--token <text>", "token that viewers need (generated if the address requires one)").argParser(
    parseToken,
  ),
  option(
    "--view-token <text>",
    "token of viewers who can see but not steer (generated if there is a token)",
  ).argParser(parseToken),
  option(
    "--allow-origin <origins>",
    "other websites that may use this server, separated by commas: https://hub.example.org",
  ).argParser(parseOrigins),
  option(
    "--trusted-proxy <addresses>",
    "proxies whose X-Forwarded-For is trusted, separated by commas: 127.0.0.1,10.0.0.0/8 (default: none)",
  ).argParser(parseAddressRanges),
  option("--tls-cert <file>", "certificate (PEM) for https"),
  option("--tls-key <file>", "private key (PEM) of that certificate"),
  option("--max-viewers <number>", "maximum number of viewers at the same time")
    .argParser(parseViewers)
    .default(DEFAULT_MAX_VIEWERS),
  option(
    "--ice-server <url>",
    "STUN or TURN server for WebRTC, can be repeated: stun:host:3478, turn:user:password@host:3478?transport=udp, turns:… (default: none)",
  ).argParser(parseIceServers),
];

export const formatOption = (): Option =>
  option(
    "--format <name>",
    "format of standard input, which is the file - (default: by its content)",
  ).choices(FORMATS.map(({ id }) => id));

export const rootOption = (): Option =>
  option(
    "--root <folder>",
    "folder to read textures and data from, in addition to each file's own folder",
  ).argParser(parseFolder);

/** Options of the commands that load files, `view` and `render`. */
export const sceneOptions = (sizeParser: (text: string) => Size): Option[] => [
  option("--size <WxH>", "size of the picture in pixels")
    .argParser(sizeParser)
    .default([1280, 720] satisfies Size, "1280x720"),
  option("--up <axis>", "axis that points up (default: by file format)").choices(UP_AXES),
  rootOption(),
  formatOption(),
  ...viewStyleOptions(option),
  option("--fit", "show a sample of the points or streamlines of a file that exceeds the free memory"),
  option("--gl-backend <name>", "OpenGL driver to use").choices(GL_BACKENDS).default("auto"),
];

export const viewOptions = (): Option[] => [
  option("--fixed-size", "keep that size, whatever the size of a viewer's window"),
  option("--background <color>", "background as a CSS color, for example black, #202830").argParser(
    parseColor,
  ),
  option("--open", "open the page in this machine's browser"),
  option("--watch", "load the files again when they change, with the same camera"),
];

export const serveOptions = (): Option[] => [
  option("--image-buffers <names>", "names of the image segments, separated by commas"),
  option("--info-buffer <name>", "name of the info segment"),
  option("--queue-buffer <name>", "name of the event queue segment"),
  option("--queue-head-tail <name>", "name of the queue's head and tail segment"),
  option(
    "--names <file>",
    "JSON file of the segment names, one object per line, read again when it changes; - reads standard input",
  ),
  option("--ms-jpeg <ms>", "minimum time between two pictures of the MJPEG stream")
    .argParser(parseMilliseconds)
    .default(16),
  option("--no-mjpeg", "disable the MJPEG stream"),
  option("--no-webrtc", "disable WebRTC"),
];

export const renderOptions = (): Option[] => [
  option(
    "--background <color>",
    "background as a CSS color, for example black, #202830; transparent for PNG",
  ).argParser(parseColorOrTransparent),
  option(
    "--turntable <number>",
    "write this many pictures from directions around the scene; the output's name has {n} for their number",
  ).argParser(parsePictureCount),
  option("--all-times", "write a picture of each time step; the output's name has {n} for its number"),
  option("--strict", "exit with 3 when nothing is visible in the picture"),
];

export const recordOptions = (): Option[] => [
  option(
    "--background <color>",
    "background as a CSS color, for example black, #202830; transparent for WebP",
  ).argParser(parseColorOrTransparent),
  // Not in the environment, where render's option of this name is a number of pictures.
  new Option(
    "--turntable <degrees>",
    "rotate the camera around the scene by this angle (default: 360)",
  ).argParser(parseAngle),
  option(
    "--path <views>",
    "move the camera smoothly through saved views: scene documents, separated by commas",
  ).argParser(parsePaths),
  option("--loop", "return to the first view of --path without a stop, for a film that repeats"),
  option("--all-times", "record the time steps of the data, or the animation of a glTF file"),
  option(
    "--frames <number>",
    "number of pictures (default: 120; of --path 60 from view to view; of --all-times one each step)",
  ).argParser(parseFrameCount),
  option("--fps <number>", "pictures per second (default: 30; of time steps 10)").argParser(parseFrameRate),
];

export const jsonOption = (): Option => option("--json", "print machine-readable JSON on standard output");

export const logLevelOption = (): Option =>
  option("--log-level <level>", "minimum level of messages on standard error")
    .choices(LOG_LEVELS)
    .default("info");
