import type { HelloMessage } from "../../protocol/server-messages.ts";
import type { Addresses } from "../addresses.ts";
import type { FrameChannel } from "../frame-channel.ts";
import type { ShownFrame } from "../frame-statistics.ts";
import type { Size } from "../geometry.ts";
import type { InputWay } from "../input-way.ts";
import type { ToldFrames } from "../told-frames.ts";

/** One open picture stream. It is not used again after `close`; a reconnect opens a new one. */
export interface PictureStream {
  /** What shows the picture, scaled by `object-fit`. */
  readonly element: HTMLImageElement | HTMLCanvasElement | HTMLVideoElement;
  /** Whether a connection that breaks takes the picture away. */
  readonly mayVanish: boolean;
  /** Size in px of the picture that is shown, or null: nothing has come yet, or the stream broke. */
  size(): Size | null;
  /** Ends the stream, its connection included where it has one. May be called more than once. */
  close(): void;
}

/** What a stream tells its owner. */
export interface PictureStreamEvents {
  /** The first picture is there and may be shown. */
  onFirstPicture(): void;
  /** A picture was put in place of the one before, and is seen with the next painting. MJPEG can not tell. */
  onFrame(frame: ShownFrame): void;
  /** The stream broke and gives no more pictures. Not every transport can tell: see {@link PictureStream.size}. */
  onBroken(): void;
  /** This way gives no more pictures, where another may. */
  onLost(): void;
}

/** The ways on which pictures can come. */
export interface PictureWays {
  addresses: Addresses;
  /** The viewer's id. */
  viewer: string;
  /** The page's own socket. */
  frames: Pick<FrameChannel, "begin" | "acknowledge" | "requestKeyframe" | "end">;
  /** What was told of the frames of a WebRTC video. */
  told: Pick<ToldFrames, "take" | "restart" | "waitingSince" | "count">;
  /** Whether a stuttering WebRTC video is replaced by another transport. False if WebRTC was requested by name. */
  fallsBackOnStutter: boolean;
  /** Takes the data channels of a WebRTC connection for events. */
  input: Pick<InputWay, "open" | "close">;
  /** See hello.iceServers. */
  iceServers: () => HelloMessage["iceServers"];
}
