import type { HelloMessage } from "../../protocol/server-messages.ts";
import type { ServerUrls } from "../connection/server-urls.ts";
import type { InputTransport } from "../input/input-transport.ts";
import type { ShownFrame } from "../status/frame-statistics.ts";
import type { FrameChannel } from "./frame-channel.ts";
import type { FrameMetadataCache } from "./frame-metadata-cache.ts";
import type { Size } from "./geometry.ts";

/** One open stream of frames. It is not reused after `close`; to reconnect, open a new one. */
export interface FrameStream {
  /** The element that shows the newest frame, scaled by `object-fit`. A stream may have a second one. */
  readonly element: HTMLImageElement | HTMLCanvasElement | HTMLVideoElement;
  /** Whether the element loses its frame when the connection breaks. */
  readonly clearsOnDisconnect: boolean;
  /** Size of the current frame in px, or null: no frame was received yet, or the stream broke. */
  size(): Size | null;
  /** Ends the stream and its connection, if it has one. Idempotent. */
  close(): void;
}

/** Events of a {@link FrameStream}. */
export interface FrameStreamEvents {
  /** The first frame is ready to be shown. */
  onFirstFrame(): void;
  /** A frame replaced the previous one and is visible with the next paint. Not reported by MJPEG. */
  onFrame(frame: ShownFrame): void;
  /** The stream broke and should be opened again. Some transports cannot report it, see {@link FrameStream.size}. */
  onDisconnected(): void;
  /** The transport does not work here; the owner should fall back to another one. */
  onTransportFailed(): void;
}

/** What streams need from the page. */
export interface StreamContext {
  urls: ServerUrls;
  frames: Pick<FrameChannel, "begin" | "acknowledge" | "requestKeyframe" | "end">;
  frameMetadata: Pick<FrameMetadataCache, "take" | "reset" | "unshownSince" | "count">;
  /** Whether a stuttering WebRTC video is replaced by another transport. False if WebRTC was requested by name. */
  fallsBackOnStutter: boolean;
  /** Sends events over the data channels of a WebRTC connection. */
  input: Pick<InputTransport, "open" | "close">;
  iceServers: () => HelloMessage["iceServers"];
}
