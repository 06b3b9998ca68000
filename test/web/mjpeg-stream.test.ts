import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import {
  changeHello,
  waitForColor,
  waitForMessage,
  waitForPixel,
  waitForStatus,
  waitForView,
} from "./page-assertions.ts";
import { GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { useView } from "./view-fixture.ts";

const view = useView();

describe("an MJPEG stream before the first frame", () => {
  test("an MJPEG stream before the first frame makes the page wait, and then shows the first frame without a reload", async () => {
    await using server = await startServer({ port: 0 });
    using renderer = new PatternRenderer();
    server.attach(renderer.names);
    await view.page.goto(server.url);
    await waitForStatus(view.page, { renderer: { state: "waiting-for-first-frame" } });
    renderer.draw(RED);
    await waitForView(view.page);
    await waitForColor(view.page, RED);
    await view.page.close();
  });

  test("an MJPEG stream before the first frame shows a placeholder in an <img> of another page, and then the frame", async () => {
    await using server = await startServer({ port: 0 });
    using renderer = new PatternRenderer();
    using otherSite = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(`<!doctype html><img src="${server.url}video/mjpeg">`, {
          headers: { "Content-Type": "text/html" },
        }),
    });
    await view.page.goto(String(otherSite.url), { waitUntil: "commit" });
    await view.page.waitForFunction(() => document.querySelector("img")?.naturalWidth === 640);
    // The placeholder is dark grey with bright letters, at the place of the view.
    await waitForPixel(view.page, 12, 12, (color) => color.every((value) => value > 30 && value < 70));
    server.attach(renderer.names);
    renderer.draw(RED);
    await waitForPixel(view.page, 500, 300, ([red, green]) => red > 180 && green < 70);
    renderer.draw(GREEN);
    await waitForPixel(view.page, 500, 300, ([red, green]) => green > 170 && red < 70);
    await view.page.close();
  });
});

describe("a server that offers no MJPEG", () => {
  test("a server that offers no MJPEG sends frames on the page's socket if MJPEG is requested, and the page notes that", async () => {
    await view.restart({ providesMjpeg: false });
    const requests: string[] = [];
    view.page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await view.page.goto(`${view.server.url}?encoding=mjpeg`);
    await waitForMessage(view.page, /“mjpeg”.*JPEG/);
    await waitForColor(view.page, RED);
    expect(requests).not.toContain("/video/mjpeg");
  });
});

describe("a server that offers only unknown transports", () => {
  test("a server that offers only unknown transports is reported by the page, which still sends events and saves snapshots", async () => {
    await changeHello(view.page, () => ({ transports: ["telepathy"] }));
    await view.page.goto(view.server.url);
    await waitForStatus(view.page, { noStream: true, renderer: { state: "running" } });
    expect(await view.page.locator("#notice-detail").textContent()).toContain("snapshot button");
    expect(await view.page.locator("#stage > :not(.still)").count()).toBe(0);
    await view.page.mouse.click(400, 300);
    await view.renderer.event("mouseRelease");
    const download = view.page.waitForEvent("download");
    await view.page.locator("#snapshot").click();
    expect((await download).suggestedFilename()).toEndWith(".png");
  });

  test("a server that offers only unknown transports does not keep an open page from using a known transport after the next restart", async () => {
    const { port } = view.server;
    let transports = ["jpeg", "mjpeg"];
    await changeHello(view.page, () => ({ transports }));
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    for (const [known, color] of [
      [["mjpeg"], GREEN],
      [[], null],
      [["jpeg"], RED],
    ] as const) {
      transports = [...known];
      await view.restart({ port });
      view.renderer.draw(color ?? RED);
      if (color === null) await waitForStatus(view.page, { noStream: true, renderer: { state: "running" } });
      else await waitForColor(view.page, color);
      const name = known[0]?.toUpperCase() ?? "";
      expect(await view.page.locator("#status-transport").textContent()).toBe(name);
    }
  });
});

test("a page with an unknown encoding and an invalid option shows a warning for each, and uses another transport", async () => {
  await view.page.goto(`${view.server.url}?encoding=H264&interaction=perhaps`);
  await waitForMessage(view.page, /“interaction=perhaps”.*“h264”.*JPEG/);
  await waitForColor(view.page, RED);
  expect(await view.page.locator("#status-transport").textContent()).toBe("JPEG");
});
