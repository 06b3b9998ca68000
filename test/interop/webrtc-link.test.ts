import { expect, setDefaultTimeout, test } from "bun:test";
import { launchBrowser } from "../support/browser.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { AiortcServer } from "./aiortc-server.ts";
import { AiortcViewer, whyNoAiortc } from "./aiortc-viewer.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoAiortc();
if (whyNot) console.error(`skipped: WebRTC through a link, because ${whyNot}`);
const aiortc = test.skipIf(whyNot !== "");
const SIZE = [640, 360] as const;

/** Runs in the page: offers, as FURY's page does, and settles with the size of the first picture. */
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
    `video by /${via} comes through the link alone: cut, it brings nothing; mended, it goes on`,
    async () => {
      await using server = await AiortcServer.start({ size: SIZE });
      await using link = new WebRtcLink(server.url);
      await using viewer = await AiortcViewer.connect(link.url, { via });
      await viewer.nextFrame(({ stamp }) => stamp?.whole === true);
      link.udp.down.loss = 1;
      const { down } = link.udp.counts;
      // Whatever was on its way has come when many more were lost.
      while (link.udp.counts.down.lost < down.lost + 60) await Bun.sleep(10);
      const cut = viewer.frames.length;
      while (link.udp.counts.down.lost < down.lost + 90) await Bun.sleep(10);
      expect(viewer.frames.length).toBe(cut);
      link.udp.down.loss = 0;
      await viewer.nextFrame(({ stamp }) => stamp?.whole === true);
    },
  );
}

aiortc("a delayed link makes frames older by its delay", async () => {
  await using server = await AiortcServer.start({ size: SIZE });
  await using link = new WebRtcLink(server.url, { down: { delayMs: 300 } });
  await using viewer = await AiortcViewer.connect(link.url, { complete_at_marker: true });
  for (let frames = 0; frames < 20; frames++) {
    const { stamp } = await viewer.nextFrame(({ stamp }) => stamp !== null);
    expect(stamp?.ageMs).toBeGreaterThanOrEqual(300);
  }
});

aiortc("the video of a page in Chromium comes through the link, and its page from the server", async () => {
  await using server = await AiortcServer.start({ size: SIZE });
  await using link = new WebRtcLink(server.url);
  await using browser = await launchBrowser();
  const page = await browser.context.newPage();
  await link.route(page);
  await page.goto(server.url);
  expect(await page.evaluate(watch)).toEqual([...SIZE]);
  expect(link.udp.counts.down.delivered).toBeGreaterThan(0);
});
