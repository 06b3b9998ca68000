import type { HelloMessage } from "../../protocol/server-messages.ts";
import type { ServerUrls } from "../connection/server-urls.ts";
import type { InputTransport } from "../input/input-transport.ts";
import type { ShownFrame } from "../status/frame-statistics.ts";
import type { FrameChannel } from "./frame-channel.ts";
import type { FrameMetadataCache } from "./frame-metadata-cache.ts";
import type { Size } from "./geometry.ts";

/** One open picture stream. It is not used again after `close`; a reconnect opens a new one. */
export interface FrameStream {
  /** What shows the picture, scaled by `object-fit`. */
  readonly element: HTMLImageElement | HTMLCanvasElement | HTMLVideoElement;
  /** Whether a connection that breaks takes the picture away. */
  readonly clearsOnDisconnect: boolean;
  /** Size in px of the picture that is shown, or null: nothing has come yet, or the stream broke. */
  size(): Size | null;
  /** Ends the stream, its connection included where it has one. May be called more than once. */
  close(): void;
}

/** What a stream tells its owner. */
export interface FrameStreamEvents {
  /** The first picture is there and may be shown. */
  onFirstFrame(): void;
  /** A picture was put in place of the one before, and is seen with the next painting. MJPEG can not tell. */
  onFrame(frame: ShownFrame): void;
  /** The stream broke and gives no more pictures. Not every transport can tell: see {@link FrameStream.size}. */
  onDisconnected(): void;
  /** This way gives no more pictures, where another may. */
  onTransportFailed(): void;
}

/** The ways on which pictures can come. */
export interface StreamContext {
  urls: ServerUrls;
  /** The viewer's id. */
  viewer: string;
  /** The page's own socket. */
  frames: Pick<FrameChannel, "begin" | "acknowledge" | "requestKeyframe" | "end">;
  /** What was told of the frames of a WebRTC video. */
  frameMetadata: Pick<FrameMetadataCache, "take" | "reset" | "unshownSince" | "count">;
  /** Whether a stuttering WebRTC video is replaced by another transport. False if WebRTC was requested by name. */
  fallsBackOnStutter: boolean;
  /** Takes the data channels of a WebRTC connection for events. */
  input: Pick<InputTransport, "open" | "close">;
  /** See hello.iceServers. */
  iceServers: () => HelloMessage["iceServers"];
}
