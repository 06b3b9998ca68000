import { randomUUID } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PYTHON } from "../../test/interop/fury-peer.ts";
import type { ProgramNames } from "../../test/interop/fury-program.ts";
import { lines } from "../../test/support/lines.ts";

const PACKAGES = [
  "gstreamer1.0-tools",
  "gstreamer1.0-plugins-base",
  "gstreamer1.0-plugins-good",
  "gstreamer1.0-plugins-bad",
];
const SHM_PLUGIN = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/gstreamer-1.0/libgstshm.so`;

/** Why GStreamer cannot be measured on this machine; empty if it can. Installs it with apt-get if this user may. */
export function whyNoGStreamer(): string {
  if (existsSync(SHM_PLUGIN)) return "";
  const names = PACKAGES.join(" ");
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null)
    return `not installed; on Debian: apt-get install --no-install-recommends ${names}`;
  console.error(`Installing ${names} …`);
  const apt = (...args: string[]) =>
    Bun.spawnSync(["apt-get", "--yes", "--quiet", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdout: "ignore",
      stderr: "ignore",
    }).success;
  const install = () => apt("install", "--no-install-recommends", ...PACKAGES);
  if (!install() && !(apt("update") && install())) return `apt-get cannot install ${names}`;
  return existsSync(SHM_PLUGIN) ? "" : `${names} do not contain ${SHM_PLUGIN}`;
}

/**
 * GStreamer as an MJPEG server of a producer's frames, with the JPEG quality and subsampling of scenecast. It reads the frames from
 * shared memory without a copy, and serves them upside down, so that it does no more work than scenecast.
 */
export class GStreamer implements AsyncDisposable {
  readonly #feed: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #pipeline: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #socket: string;
  /** TCP port on 127.0.0.1. */
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
    await lines(feed.stdout).next();
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
      // The output is read to the end, so that a full pipe does not block GStreamer.
      for await (const line of lines(pipeline.stdout)) {
        port = Number(/current-port = (\d+)/.exec(line)?.[1] ?? port);
        if (line.includes("PLAYING")) resolve(port);
      }
      reject(new Error("gst-launch-1.0 ended before its pipeline was running."));
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
