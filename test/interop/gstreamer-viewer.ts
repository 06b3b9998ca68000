import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";
import type { ViewerFrame } from "./aiortc-viewer.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/gstreamer_viewer.py", import.meta.url));
/** Python statements that fail if a requirement is not installed. */
const REQUIREMENTS = [
  'gi.require_version("GstWebRTC", "1.0")',
  "from gi.repository import Gst, GstWebRTC",
  "Gst.init(None)",
  'assert all(map(Gst.ElementFactory.find, ("webrtcbin", "nicesrc", "dtlssrtpdec", "rtpvp8depay", "vp8dec")))',
];

/** Properties that it reports of a frame. */
export type GStreamerFrame = Pick<ViewerFrame, "width" | "height" | "colors">;

type ViewerEvent =
  | ({ event: "frame" } & GStreamerFrame)
  | { event: "answered" | "deleted"; status: number }
  | { event: "connection"; state: string };

/** The reason why the GStreamer viewer cannot run on this machine; empty if it can. */
export function missingGStreamer(): string {
  const { success } = Bun.spawnSync([PYTHON, "-c", ["import gi", ...REQUIREMENTS].join("\n")], {
    stderr: "ignore",
  });
  return success
    ? ""
    : "GStreamer's webrtcbin for Python is not installed (gir1.2-gst-plugins-bad-1.0, gstreamer1.0-nice, gstreamer1.0-plugins-good)";
}

/** A WHEP viewer by GStreamer's webrtcbin: see programs/gstreamer_viewer.py. */
export class GStreamerViewer implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  /** `url`: the server's page. */
  constructor(url: string) {
    this.#child = Bun.spawn([PYTHON, PROGRAM, new URL("whep", url).href], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = lines(this.#child.stdout);
  }

  /** The next matching frame. */
  async nextFrame(accept: (frame: GStreamerFrame) => boolean = () => true): Promise<GStreamerFrame> {
    for (;;) {
      const event = await this.#next();
      if (event === null) throw new Error("The GStreamer viewer ended; its output is above.");
      if (event.event === "frame" && accept(event)) return event;
    }
  }

  /** Ends the viewer. @returns the status of its DELETE request; null if it sent none */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    for (let event = await this.#next(); event !== null; event = await this.#next())
      if (event.event === "deleted") return event.status;
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }

  async #next(): Promise<ViewerEvent | null> {
    const { value, done } = await this.#lines.next();
    return done ? null : (JSON.parse(value) as ViewerEvent);
  }
}
