import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PYTHON, readLines } from "../../test/interop/fury-peer.ts";
import type { ProgramNames } from "../../test/interop/fury-program.ts";
import { whyNoPeer } from "./packages.ts";

const PACKAGES = [
  "gstreamer1.0-tools",
  "gstreamer1.0-plugins-base",
  "gstreamer1.0-plugins-good",
  "gstreamer1.0-plugins-bad",
];
const SHM_PLUGIN = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/gstreamer-1.0/libgstshm.so`;

/** Why GStreamer can not be measured here; empty where it can. Installs it where it may. */
export function whyNoGStreamer(): string {
  return whyNoPeer(SHM_PLUGIN, PACKAGES);
}

/**
 * The peer: GStreamer encodes a FURY program's frames and serves them, with the same quality and subsampling as we do. It
 * reads them where they lie in shared memory, without a copy and as they are, upside down: nothing is added to its work.
 */
export class GStreamer implements AsyncDisposable {
  readonly #feed: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #pipeline: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #socket: string;
  /** On 127.0.0.1. */
  readonly port: number;

  private constructor(
    socket: string,
    feed: Bun.Subprocess<"ignore", "pipe", "inherit">,
    pipeline: Bun.Subprocess<"ignore", "pipe", "inherit">,
    port: number,
  ) {
    this.#socket = socket;
    this.#feed = feed;
    this.#pipeline = pipeline;
    this.port = port;
  }

  static async start(names: ProgramNames, [width, height]: readonly [number, number]): Promise<GStreamer> {
    const socket = join(tmpdir(), `scenecast-bench-${randomUUID()}`);
    const feed = Bun.spawn(
      [
        ...[PYTHON, join(import.meta.dir, "gstreamer_feed.py"), socket, String(width * height * 3)],
        ...[names.info_buffer_name, ...names.image_buffer_names],
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
    );
    await readLines(feed.stdout).next();
    const caps = `video/x-raw,format=RGB,width=${width},height=${height},framerate=60/1`;
    const elements = [
      `shmsrc socket-path=${socket} is-live=true do-timestamp=true`,
      caps,
      "videoconvert",
      "video/x-raw,format=I420",
      "jpegenc quality=85",
      "multipartmux",
      "tcpserversink host=127.0.0.1 port=0 sync=false",
    ];
    const pipeline = Bun.spawn(["gst-launch-1.0", "--verbose", ...elements.join(" ! ").split(" ")], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    void (async () => {
      let port = 0;
      // What it says is read to the end: it must not wait for us.
      for await (const line of readLines(pipeline.stdout)) {
        port = Number(/current-port = (\d+)/.exec(line)?.[1] ?? port);
        if (line.includes("PLAYING")) resolve(port);
      }
      reject(new Error("gst-launch-1.0 ended before it served anything."));
    })();
    return new GStreamer(socket, feed, pipeline, await promise);
  }

  get pid(): number {
    return this.#pipeline.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pipeline.kill("SIGTERM");
    await this.#pipeline.exited;
    await this.#feed.exited;
    rmSync(this.#socket, { force: true });
  }
}
