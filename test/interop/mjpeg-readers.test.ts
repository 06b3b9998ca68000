import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { solid, TestRenderer } from "../encode/producers.ts";

// A still frame is repeated every 5 s: three of them need 10 s.
setDefaultTimeout(60_000);

const HAS_GSTREAMER = Bun.which("gst-launch-1.0") !== null;
const HAS_MPV = Bun.which("mpv") !== null;
const PYTHON = "/usr/bin/python3";
const HAS_OPENCV = Bun.spawnSync([PYTHON, "-c", "import cv2"]).exitCode === 0;

let renderer: TestRenderer;
let server: ScenecastServer;
beforeAll(async () => {
  renderer = new TestRenderer();
  server = await startServer({ port: 0 });
  server.attach(renderer.names);
  renderer.images.write(320, 240, solid(320, 240, [200, 60, 60, 255]), { still: true });
});
afterAll(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

const address = () => `http://127.0.0.1:${server.port}/video/mjpeg`;

async function run(command: string[]): Promise<{ exitCode: number; output: string }> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const texts = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exitCode: await child.exited, output: texts.join("") };
}

test.concurrent("a reader with a timeout of 10 s, like Home Assistant, stays connected to a still view", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /video/mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n");
  let parts = 0;
  let timedOut = false;
  await new Promise<void>((resolve) => {
    const restartTimeout = () => {
      socket.setTimeout(10_000, () => {
        timedOut = true;
        resolve();
      });
    };
    restartTimeout();
    socket.on("data", (bytes) => {
      restartTimeout();
      parts += bytes.toString("latin1").split("X-Timestamp").length - 1;
      if (parts >= 4) resolve();
    });
  });
  socket.destroy();
  expect(timedOut).toBeFalse();
});

test.concurrent.skipIf(!HAS_GSTREAMER)(
  "GStreamer's souphttpsrc, with a timeout of 7 s, reads a still view (requires gst-launch-1.0)",
  async () => {
    const source = ["souphttpsrc", `location=${address()}`, "timeout=7"];
    const sink = ["multipartdemux", "!", "image/jpeg", "!", "identity", "eos-after=4", "!", "fakesink"];
    const { exitCode, output } = await run(["gst-launch-1.0", "-q", ...source, "!", ...sink]);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: "" });
  },
);

test.concurrent.skipIf(!HAS_MPV)("mpv with default options shows a still view (requires mpv)", async () => {
  const { exitCode, output } = await run([
    ...["mpv", "--no-config", "--vo=null", "--ao=null", "--frames=1", "--msg-level=all=error"],
    address(),
  ]);
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: "" });
});

test.concurrent.skipIf(!HAS_OPENCV)(
  "OpenCV reads a still view, and its frames keep their size (requires python3-opencv)",
  async () => {
    const program = `
import cv2
capture = cv2.VideoCapture("${address()}")
print([capture.read()[1].shape for _ in range(4)])`;
    const { output } = await run([PYTHON, "-c", program]);
    expect(output).toContain("[(240, 320, 3), (240, 320, 3), (240, 320, 3), (240, 320, 3)]");
  },
);
