import { describe, expect, test } from "bun:test";
import { NO_WEBSOCKET_NOTE } from "../../src/web/status/status-message.ts";
import {
  setHidden,
  waitForColor,
  waitForEnd,
  waitForInputLatency,
  waitForMessage,
  waitForStatus,
  waitForView,
} from "./page-assertions.ts";
import { BLUE, GREEN, RED } from "./pattern-renderer.ts";
import { PrefixProxy } from "./prefix-proxy.ts";
import { useView } from "./view-fixture.ts";

const view = useView();

const transport = () => view.page.locator("#status-transport").textContent();

async function drag(): Promise<void> {
  await view.page.mouse.move(300, 300);
  await view.page.mouse.down();
  for (let x = 310; x <= 400; x += 10) await view.page.mouse.move(x, 320);
  await view.page.mouse.up();
  await view.renderer.event("mouseRelease");
}

describe("a page behind a proxy that does not forward WebSockets", () => {
  test("a page behind a proxy that does not forward WebSockets shows the view over MJPEG, sends events in order by POST, and names the headers that the proxy lacks", async () => {
    await using proxy = new PrefixProxy("/viz/", view.server.url, { forwardsWebSockets: false });
    await view.page.goto(proxy.url);
    await waitForColor(view.page, RED);
    await waitForMessage(view.page, NO_WEBSOCKET_NOTE.text);
    expect(await view.page.locator("#notice-detail").textContent()).toContain(
      "proxy_set_header Upgrade $http_upgrade",
    );
    expect(await view.page.locator("#notice").getAttribute("data-tone")).toBe("info");
    expect(await transport()).toBe("MJPEG");
    await drag();
    const events = view.renderer.events.map(({ type }) => type).filter((type) => type.startsWith("mouse"));
    const press = events.indexOf("mousePress");
    const release = events.indexOf("mouseRelease");
    expect(press).toBeLessThan(release);
    expect(events.slice(press + 1, release)).toContain("mouseMove");
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
    expect(view.server.state.viewers).toMatchObject([{ transport: "mjpeg", socket: true }]);
    await view.page.goto("about:blank");
    while (view.server.state.viewers.length > 0) await Bun.sleep(10);
  });

  test("a page behind a proxy that does not forward WebSockets shows the view over WebRTC, sends events over data channels, and receives frame metadata", async () => {
    await using proxy = new PrefixProxy("/viz/", view.server.url, { forwardsWebSockets: false });
    await view.page.goto(`${proxy.url}?encoding=webrtc`);
    await waitForColor(view.page, RED);
    expect(await transport()).toBe("WebRTC");
    await drag();
    const { timestamp } = await view.renderer.event("mouseRelease");
    view.renderer.draw(BLUE, [640, 360], { eventTimestamp: timestamp });
    await waitForColor(view.page, BLUE);
    await waitForInputLatency(view.page);
  });

  test("a page behind a proxy that does not forward WebSockets reconnects to a restarted server", async () => {
    await using proxy = new PrefixProxy("/viz/", view.server.url, { forwardsWebSockets: false });
    await view.page.goto(proxy.url);
    await waitForColor(view.page, RED);
    const { port } = view.server;
    await view.server.stop();
    await waitForEnd(view.page);
    await view.restart({ port });
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
  });

  test("a page behind a proxy that does not forward WebSockets reports that streams are not forwarded either, and which proxy configuration is missing", async () => {
    await view.page.clock.install();
    await using proxy = new PrefixProxy("/viz/", view.server.url, {
      forwardsWebSockets: false,
      buffersResponses: true,
    });
    const events = view.page.waitForRequest(/\/events\?/);
    await view.page.goto(proxy.url);
    await events;
    await view.page.clock.runFor(11_000);
    await waitForStatus(view.page, { connection: { name: "blocked" } });
    expect(await view.page.locator("#notice-detail").textContent()).toContain("proxy_http_version 1.1");
    proxy.breakResponses();
  });
});

test("the page falls back to another transport if the proxy buffers MJPEG", async () => {
  await view.page.clock.install();
  await using proxy = new PrefixProxy("/viz/", view.server.url, { buffersResponses: true });
  const request = view.page.waitForRequest(/mjpeg/);
  await view.page.goto(`${proxy.url}?encoding=mjpeg`);
  await request;
  await view.page.clock.runFor(7_000);
  await waitForColor(view.page, RED);
  expect(await transport()).toBe("JPEG");
  proxy.breakResponses();
});

test("a hidden page stops reconnecting to a server that ended, and reconnects immediately when it is visible", async () => {
  await view.page.clock.install();
  await view.page.goto(view.server.url);
  await waitForView(view.page);
  await setHidden(view.page, true);
  let attempts = 0;
  view.page.on("websocket", () => attempts++);
  const { port } = view.server;
  await view.server.stop();
  await waitForEnd(view.page);
  for (let minute = 0; minute < 60; minute++) await view.page.clock.runFor(10_000);
  expect(attempts).toBeLessThanOrEqual(5);
  await view.restart({ port });
  view.renderer.draw(GREEN);
  await view.page.clock.runFor(60_000);
  await setHidden(view.page, false);
  await waitForColor(view.page, GREEN);
});
