import { fileURLToPath } from "node:url";
import type { ViewerFrame } from "./aiortc-viewer.ts";
import { PYTHON, readLines } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/gstreamer_viewer.py", import.meta.url));
/** What the program asks for before it does anything else. */
const NEEDED = [
  'gi.require_version("GstWebRTC", "1.0")',
  "from gi.repository import Gst, GstWebRTC",
  "Gst.init(None)",
  'assert all(map(Gst.ElementFactory.find, ("webrtcbin", "nicesrc", "dtlssrtpdec", "rtpvp8depay", "vp8dec")))',
];

/** What it says of a frame. */
export type GStreamerFrame = Pick<ViewerFrame, "width" | "height" | "colours">;

type Said =
  | ({ event: "frame" } & GStreamerFrame)
  | { event: "answered" | "deleted"; status: number }
  | { event: "connection"; state: string };

/** Why GStreamer cannot view here; empty where it can. */
export function whyNoGStreamerViewer(): string {
  const { success } = Bun.spawnSync([PYTHON, "-c", ["import gi", ...NEEDED].join("\n")], {
    stderr: "ignore",
  });
  return success
    ? ""
    : "GStreamer's webrtcbin for Python is not installed (gir1.2-gst-plugins-bad-1.0, gstreamer1.0-nice, gstreamer1.0-plugins-good)";
}

/** A viewer that pulls by WHEP with GStreamer's webrtcbin: see programs/gstreamer_viewer.py. */
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
    this.#lines = readLines(this.#child.stdout);
  }

  /** The next frame that is so. */
  async nextFrame(accept: (frame: GStreamerFrame) => boolean = () => true): Promise<GStreamerFrame> {
    for (;;) {
      const said = await this.#next();
      if (said === null) throw new Error("GStreamer's viewer ended; why is said above.");
      if (said.event === "frame" && accept(said)) return said;
    }
  }

  /** Ends it; gives the status of its DELETE, null where it sent none. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    for (let said = await this.#next(); said !== null; said = await this.#next())
      if (said.event === "deleted") return said.status;
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }

  async #next(): Promise<Said | null> {
    const { value, done } = await this.#lines.next();
    return done ? null : (JSON.parse(value) as Said);
  }
}
