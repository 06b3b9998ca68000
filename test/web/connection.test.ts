import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { ServerOptions } from "../../src/server/server.ts";
import { RECOVERY_NOTE } from "../../src/web/status/status-message.ts";
import {
  changeHello,
  pixelAt,
  waitForColor,
  waitForCopy,
  waitForEnd,
  waitForMessage,
  waitForPixel,
  waitForStatistic,
  waitForStatus,
  waitForView,
} from "./page-assertions.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { PrefixProxy } from "./prefix-proxy.ts";
import { useView } from "./view-fixture.ts";

const SERVER: ServerOptions = { title: "bunny.obj", producer: "renderer" };
const view = useView({ attaches: false, server: SERVER });

function attach(): void {
  view.server.attach(view.renderer.names);
  view.renderer.draw(RED);
}

describe("a page whose server stopped", () => {
  test.each(["jpeg", "mjpeg"])(
    "dims its last frame of %s and shows a message until the server is back",
    async (encoding) => {
      attach();
      await view.page.emulateMedia({ colorScheme: "dark" });
      await view.page.goto(`${view.server.url}?encoding=${encoding}`);
      await waitForView(view.page);
      await waitForColor(view.page, RED);
      const { port } = view.server;
      if (encoding === "mjpeg") await waitForCopy(view.page);
      await view.server.stop();
      await waitForEnd(view.page);
      expect(await view.page.locator("#stage > .live").count()).toBe(0);
      await waitForPixel(view.page, 600, 450, ([red, green]) => red > green + 5 && red < 160);

      await view.restart({ ...SERVER, port });
      view.renderer.draw(GREEN);
      await waitForMessage(view.page, RECOVERY_NOTE.text);
      await waitForColor(view.page, GREEN);
      await view.page.locator("#notice").waitFor({ state: "hidden" });
      expect(view.server.viewers).toBe(1);
      view.renderer.draw(BLUE);
      await waitForColor(view.page, BLUE);
      await view.renderer.event("resize");
    },
  );

  test("a page whose server stopped reconnects immediately when the network is back", async () => {
    await view.page.goto(view.server.url);
    await waitForStatus(view.page, { renderer: { state: "starting" } });
    const { port } = view.server;
    await view.server.stop();
    // The next attempt is then seconds away.
    await waitForMessage(view.page, / [3-5] s…$/);
    view.server = await startServer({ port, producer: "renderer" });
    const socket = view.page.waitForEvent("websocket");
    await view.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await socket;
    await waitForStatus(view.page, { renderer: { state: "starting" } });
  });

  test("a page whose server stopped shows where to find the token if the restarted server requires another one", async () => {
    await using first = await startServer({
      port: 0,
      producer: "renderer",
      token: "first-token-of-the-test",
    });
    await view.page.goto(first.url);
    await waitForStatus(view.page, { renderer: { state: "starting" } });
    await first.stop();
    await using second = await startServer({
      port: first.port,
      producer: "renderer",
      token: "second-token-of-the-test",
    });
    await waitForStatus(view.page, { connection: { name: "unauthorized" } });
    expect(await view.page.locator("#notice-detail").textContent()).toContain("?token=");
    await view.page.goto(second.url);
    await waitForStatus(view.page, { renderer: { state: "starting" } });
  });
});

test("an MJPEG stream that breaks while the server is connected is reopened, and the last frame stays visible", async () => {
  attach();
  await using proxy = new PrefixProxy("/p/", view.server.url);
  await view.page.goto(`${proxy.url}?encoding=mjpeg`);
  await waitForView(view.page);
  await waitForCopy(view.page);
  proxy.breakResponses();
  await view.page.locator("#stage > img").waitFor({ state: "detached" });
  expect(await view.page.locator("#notice").isHidden()).toBe(true);
  view.renderer.draw(GREEN);
  await waitForColor(view.page, GREEN);
  expect(view.server.viewers).toBe(1);
  await view.page.close();
});

describe("a page whose renderer fails", () => {
  test("dims the last frame without an older copy shining through", async () => {
    attach();
    await view.page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await view.page.goto(`${view.server.url}?encoding=mjpeg`);
    await waitForView(view.page);
    await waitForColor(view.page, RED);
    await waitForCopy(view.page);
    view.server.detach("It was ended.", { restarting: true });
    await waitForStatus(view.page, { renderer: { state: "gone", reason: "", restarting: true } });
    await waitForPixel(view.page, 600, 450, ([red]) => red < 160);
    const before = await pixelAt(view.page, 600, 450);
    // While the view moves, the copy is an older frame.
    await view.page.evaluate(() => {
      const context = document.querySelector<HTMLCanvasElement>("#stage > .still")?.getContext("2d");
      if (!context) return;
      context.fillStyle = "white";
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    });
    await view.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    expect(await pixelAt(view.page, 600, 450)).toEqual(before);
  });

  test("a page whose renderer fails reports each step of the renderer's restart and keeps the last frame", async () => {
    await view.page.goto(view.server.url);
    await waitForStatus(view.page, { renderer: { state: "starting" } });
    view.server.setRendererStatus({
      state: "loading",
      fraction: 0.43,
      phase: "loading bunny.obj",
      secondsLeft: null,
    });
    await waitForStatus(view.page, {
      renderer: { state: "loading", fraction: 0.43, phase: "loading bunny.obj", secondsLeft: null },
    });
    expect(await view.page.locator("#notice-progress").getAttribute("value")).toBe("0.43");
    view.server.setRendererStatus({ state: "waiting-for-first-frame" });
    await waitForStatus(view.page, { renderer: { state: "waiting-for-first-frame" } });
    attach();
    await waitForView(view.page);
    await waitForColor(view.page, RED);

    view.server.detach("It was ended by SIGKILL.", { restarting: true });
    await waitForStatus(view.page, { renderer: { state: "gone", reason: "", restarting: true } });
    expect(await view.page.locator("#notice-detail").textContent()).toBe("It was ended by SIGKILL.");
    expect(await view.page.locator("#live-region").textContent()).toContain("restarting");
    expect(await view.page.locator("#stage > .live").count()).toBe(1);

    using other = new PatternRenderer();
    view.server.attach(other.names);
    other.draw(BLUE);
    await waitForMessage(view.page, RECOVERY_NOTE.text);
    await waitForColor(view.page, BLUE);
    expect(view.server.viewers).toBe(1);
    // The server sends the window's size to the new renderer.
    await other.event("resize");
  });

  test("a page whose renderer fails reports a renderer that is not responding if a drag has no frame and no event is read", async () => {
    attach();
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    view.renderer.stopReadingEvents();
    await view.page.mouse.move(300, 300);
    await view.page.mouse.down();
    await view.page.mouse.move(400, 320, { steps: 4 });
    await waitForStatistic(view.page, "rate", /waiting/);
    await waitForStatus(view.page, { renderer: { state: "not-answering", reason: "" } });
    view.renderer.resumeReadingEvents();
    await view.page.mouse.up();
    view.renderer.draw(GREEN);
    await waitForView(view.page);
    await waitForColor(view.page, GREEN);
  });

  test("a page whose renderer fails shows a problem of a running renderer until it is solved, and does not dim the view", async () => {
    attach();
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    view.server.setRendererStatus({ state: "running", problem: "The old scene stays: bunny.obj is empty." });
    await waitForMessage(view.page, "The old scene stays: bunny.obj is empty.");
    expect(await view.page.evaluate(() => document.body.classList.contains("outdated"))).toBe(false);
    view.server.setRendererStatus({ state: "running" });
    await waitForView(view.page);
  });

  test("a page whose renderer fails continues to work after input that no renderer received", async () => {
    attach();
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    view.server.detach("It ended.");
    await waitForStatus(view.page, { renderer: { state: "gone", reason: "", restarting: false } });
    await view.page.mouse.click(400, 300);
    await view.page.mouse.wheel(0, 100);
    await view.page.keyboard.press("r");
    view.server.attach(view.renderer.names);
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
  });
});

test("the page of a viewer that may not steer shows a note and sends no events", async () => {
  attach();
  const sent: string[] = [];
  await changeHello(
    view.page,
    () => ({ maySteer: false }),
    (message) => sent.push(message),
  );
  await view.page.goto(view.server.url);
  await view.page.locator("#view-only").waitFor();
  await waitForView(view.page);
  await view.page.mouse.click(400, 300);
  await view.page.mouse.wheel(0, 100);
  await view.page.keyboard.press("r");
  const pong = view.page.waitForEvent("console", { predicate: (message) => message.text() === "painted" });
  await view.page.evaluate(() =>
    requestAnimationFrame(() => requestAnimationFrame(() => console.log("painted"))),
  );
  await pong;
  const types = new Set(sent.map((message) => JSON.parse(message).type));
  expect([...types].toSorted()).toEqual(["ack", "frames", "ping"]);
  expect(await view.page.locator("#reset").isHidden()).toBe(true);
});

test("a page of another protocol version than the server's reloads itself once", async () => {
  attach();
  await changeHello(view.page, () => ({ protocol: 999 }));
  const loads: string[] = [];
  view.page.on("request", (request) => {
    if (request.resourceType() === "document") loads.push(request.url());
  });
  const reloaded = view.page.waitForEvent("framenavigated", { predicate: () => loads.length === 2 });
  await view.page.goto(view.server.url);
  await reloaded;
  await waitForView(view.page);
  await waitForColor(view.page, RED);
  expect(loads).toHaveLength(2);
});

describe("an embedded or proxied page", () => {
  for (const prefix of ["/user/x/proxy/8000/", "/user/x/proxy/8000"]) {
    test(`an embedded or proxied page works below the prefix ${prefix} of a proxy`, async () => {
      attach();
      await using proxy = new PrefixProxy(prefix, view.server.url);
      await view.page.goto(proxy.url);
      await waitForView(view.page);
      await waitForColor(view.page, RED);
      await view.page.mouse.click(200, 300);
      expect((await view.renderer.event("mouseRelease")).x).toBeCloseTo(0.25, 5);
      const download = view.page.waitForEvent("download");
      await view.page.keyboard.press("s");
      expect((await download).suggestedFilename()).toEndWith(".png");
      await view.page.close();
    });
  }

  test("an embedded or proxied page needs no cookie in a frame of another site, because its URL has the token", async () => {
    await using protectedServer = await startServer({ port: 0, token: "token-of-the-framed-page" });
    protectedServer.attach(view.renderer.names);
    view.renderer.draw(GREEN);
    // 127.0.0.1 and localhost are two sites, and the server's cookie is SameSite=Strict.
    const frameUrl = protectedServer.url.replace("127.0.0.1", "localhost");
    using host = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(
          `<!doctype html><iframe src="${frameUrl}&iframe=1" width="600" height="300" allow="fullscreen"></iframe>`,
          { headers: { "Content-Type": "text/html" } },
        ),
    });
    await view.page.goto(`http://127.0.0.1:${host.port}/`);
    const frame = view.page.frameLocator("iframe");
    await frame.locator("#stage > .live").waitFor();
    // 16:9 in a frame of 600x300 px that lies 8 px from the window's edges.
    await waitForPixel(view.page, 400, 250, ([red, green]) => green > 170 && red < 70);
    view.renderer.draw(BLUE);
    await waitForPixel(view.page, 400, 250, ([red, , blue]) => blue > 180 && red < 70);
    expect(await frame.locator("#figures").isHidden()).toBe(true);
    // Clicks in the frame, which runs in its own process: a click in the window may miss it.
    await frame.locator("#stage").click({ position: { x: 290, y: 140 } });
    await view.renderer.event("mouseRelease");
    // The focus moves there asynchronously.
    await view.page.frames()[1]?.waitForFunction(() => document.hasFocus());
    await view.page.keyboard.press("r");
    await view.renderer.event("keyUp");
  });
});

test("the dot of the status has a shape of its own in each state", async () => {
  view.server.attach(view.renderer.names);
  view.renderer.draw(RED);
  await view.page.goto(view.server.url);
  await waitForView(view.page);
  const shape = () =>
    view.page.locator("#status .dot > *:visible").evaluateAll((all) => all.map((one) => one.outerHTML));
  await view.page.locator("#status[data-state=still]").waitFor();
  const still = await shape();
  using drawing = setInterval(() => view.renderer.draw(GREEN), 100);
  await view.page.locator("#status[data-state=live]").waitFor();
  const live = await shape();
  clearInterval(drawing);
  await view.server.stop();
  await view.page.locator("#status[data-state=offline]").waitFor();
  await view.page.getByRole("button", { name: "Status: not connected" }).waitFor();
  const shapes = [still, live, await shape()];
  expect(shapes.map(({ length }) => length)).toEqual([1, 1, 1]);
  expect(new Set(shapes.flat()).size).toBe(3);
});
