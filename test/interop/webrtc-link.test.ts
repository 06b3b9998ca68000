import { expect, setDefaultTimeout } from "bun:test";
import { eventually } from "../server/clients.ts";
import { launchBrowser } from "../support/browser.ts";
import { testIf } from "../support/test-if.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { AiortcServer } from "./aiortc-server.ts";
import { AiortcViewer, missingAiortc } from "./aiortc-viewer.ts";

setDefaultTimeout(60_000);
const missing = missingAiortc();
const aiortc = testIf(missing);
const SIZE = [640, 360] as const;

/** Runs in the page: connects as FURY's page does. @returns the size of the first frame */
async function watch(): Promise<[width: number, height: number]> {
  const connection = new RTCPeerConnection();
  const video = document.createElement("video");
  video.muted = video.autoplay = true;
  document.body.append(video);
  connection.addEventListener("track", ({ track }) => {
    video.srcObject = new MediaStream([track]);
  });
  connection.addTransceiver("video", { direction: "recvonly" });
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete")
    await new Promise((resolve) =>
      connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
    );
  const { sdp, type } = connection.localDescription ?? {};
  const response = await fetch("offer", { method: "POST", body: JSON.stringify({ sdp, type }) });
  await connection.setRemoteDescription(await response.json());
  await new Promise<unknown>((resolve) => video.requestVideoFrameCallback(resolve));
  return [video.videoWidth, video.videoHeight];
}

for (const via of ["offer", "whep"] as const) {
  aiortc(
    `video by /${via} passes only through the link: it stops while the link drops everything, and resumes`,
    async () => {
      await using server = await AiortcServer.start({ size: SIZE });
      await using link = new WebRtcLink(server.url);
      await using viewer = await AiortcViewer.connect(link.url, { via });
      await viewer.nextFrame(({ stamp }) => stamp?.whole === true);
      link.udp.down.loss = 1;
      const { down } = link.udp.counts;
      const packetsLost = (count: number) =>
        eventually(() => link.udp.counts.down.lost >= down.lost + count, `${count} packets are lost`);
      // Packets in flight have arrived by then.
      await packetsLost(60);
      const frames = viewer.frames.length;
      await packetsLost(90);
      expect(viewer.frames.length).toBe(frames);
      link.udp.down.loss = 0;
      await viewer.nextFrame(({ stamp }) => stamp?.whole === true);
    },
  );
}

aiortc("frames through a delayed link are older by its delay", async () => {
  await using server = await AiortcServer.start({ size: SIZE });
  await using link = new WebRtcLink(server.url, { down: { delayMs: 300 } });
  await using viewer = await AiortcViewer.connect(link.url, { complete_at_marker: true });
  for (let frames = 0; frames < 20; frames++) {
    const { stamp } = await viewer.nextFrame(({ stamp }) => stamp !== null);
    expect(stamp?.ageMs).toBeGreaterThanOrEqual(300);
  }
});

aiortc(
  "a page in Chromium receives its video through the link, and its document from the server",
  async () => {
    await using server = await AiortcServer.start({ size: SIZE });
    await using link = new WebRtcLink(server.url);
    await using browser = await launchBrowser();
    const page = await browser.context.newPage();
    await link.route(page);
    await page.goto(server.url);
    expect(await page.evaluate(watch)).toEqual([...SIZE]);
    expect(link.udp.counts.down.delivered).toBeGreaterThan(0);
  },
);
