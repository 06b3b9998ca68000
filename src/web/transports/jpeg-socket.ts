import { PATHS, QUERY } from "../../server/protocol.ts";
import type { Addresses } from "../addresses.ts";
import type { Size } from "../geometry.ts";
import type { PictureStream, PictureStreamEvents } from "./picture-stream.ts";

/**
 * JPEG pictures over a WebSocket of their own, for where a proxy does not pass the MJPEG stream on because it waits for
 * its end. The server hears of every picture that was shown, and has no more than two on their way.
 */
export function openJpegSocket(
  addresses: Addresses,
  viewer: string,
  events: PictureStreamEvents,
): PictureStream {
  const image = new Image();
  image.alt = "";
  image.draggable = false;
  let open = true;
  let shown = false;
  const socket = new WebSocket(
    addresses.socket(PATHS.socket, { [QUERY.viewer]: viewer, [QUERY.picture]: "jpeg" }),
  );
  socket.binaryType = "arraybuffer";
  /** Arrived while another was being decoded. */
  let next: Blob | undefined;
  let decoding = false;

  const show = (picture: Blob) => {
    decoding = true;
    const url = URL.createObjectURL(picture);
    image.src = url;
    const done = () => {
      URL.revokeObjectURL(url);
      decoding = false;
      if (!open) return;
      if (socket.readyState === WebSocket.OPEN) socket.send("");
      const following = next;
      next = undefined;
      if (following !== undefined) show(following);
    };
    image.onload = () => {
      done();
      if (open && !shown) events.onFirstPicture();
      shown = true;
    };
    // Not to be read: the next one may be.
    image.onerror = done;
  };
  socket.addEventListener("message", ({ data }) => {
    if (!(data instanceof ArrayBuffer)) return;
    const picture = new Blob([data], { type: "image/jpeg" });
    if (decoding) next = picture;
    else show(picture);
  });
  socket.addEventListener("close", () => {
    if (open) events.onBroken();
  });
  return {
    element: image,
    size(): Size | null {
      return image.naturalWidth > 0 ? { width: image.naturalWidth, height: image.naturalHeight } : null;
    },
    close(): void {
      open = false;
      socket.close();
      image.remove();
    },
  };
}
