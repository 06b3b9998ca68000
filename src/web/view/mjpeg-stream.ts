import { PATHS, QUERY } from "../../protocol/paths.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";

/**
 * Shows MJPEG over HTTP (`multipart/x-mixed-replace`) in an `<img>`, so that no script handles a frame.
 *
 * Observed in Chromium 156: `load` fires once, for the first frame. When the response ends, the last frame stays; when the
 * connection breaks, the image is cleared (`naturalWidth` is 0) and no event fires.
 */
export function openMjpegStream({ urls }: StreamContext, events: FrameStreamEvents): FrameStream {
  const image = new Image();
  image.alt = "";
  image.draggable = false;
  let open = true;
  image.addEventListener(
    "load",
    () => {
      if (open) events.onFirstFrame();
    },
    // Firefox fires it for every frame.
    { once: true },
  );
  image.addEventListener("error", () => {
    if (open) events.onDisconnected();
  });
  // The server recognizes browsers by Sec-Fetch-Dest, which is not sent to another machine over plain http.
  image.src = urls.http(PATHS.mjpeg, { [QUERY.advanceHeaders]: "1" });
  return {
    element: image,
    clearsOnDisconnect: true,
    size: () => (image.naturalWidth > 0 ? { width: image.naturalWidth, height: image.naturalHeight } : null),
    close() {
      open = false;
      // Removing the element does not end its connection; this does (HTML standard, "update the image data").
      image.removeAttribute("src");
      image.remove();
    },
  };
}
