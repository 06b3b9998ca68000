import { PATHS, QUERY } from "../../protocol/paths.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import type { Size } from "./geometry.ts";

/**
 * JPEG pictures one after the other in an `<img>` (`multipart/x-mixed-replace`): no script touches a frame.
 *
 * Chromium 156, measured: `load` comes once, with the first picture; a stream that ends in order changes nothing; one
 * that breaks takes the picture away (`naturalWidth` becomes 0) without an event.
 */
export function openMjpeg(
  { urls: addresses, viewer }: StreamContext,
  events: FrameStreamEvents,
): FrameStream {
  const image = new Image();
  image.alt = "";
  image.draggable = false;
  let open = true;
  image.addEventListener(
    "load",
    () => {
      if (open) events.onFirstFrame();
    },
    // Firefox tells of every picture.
    { once: true },
  );
  image.addEventListener("error", () => {
    if (open) events.onDisconnected();
  });
  // The server knows a browser by Sec-Fetch-Dest, which is not sent to plain http on another machine.
  image.src = addresses.http(PATHS.mjpeg, { [QUERY.viewer]: viewer, [QUERY.advanceHeaders]: "1" });
  return {
    element: image,
    clearsOnDisconnect: true,
    size(): Size | null {
      return image.naturalWidth > 0 ? { width: image.naturalWidth, height: image.naturalHeight } : null;
    },
    close(): void {
      open = false;
      // Taking the element out of the document does not end its connection; this does (HTML, "update the image data").
      image.removeAttribute("src");
      image.remove();
    },
  };
}
