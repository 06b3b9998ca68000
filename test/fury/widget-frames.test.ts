/** The page of a Widget in an iframe of another page, as in notebooks: it shows the view, and a drag turns it. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { FrameLocator, Page } from "playwright-core";
import { Widget } from "../../src/fury/widget.ts";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { boxShow } from "../stream/box-show.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { decodePng, differingShare } from "../support/images.ts";
import { PrefixProxy } from "../web/prefix-proxy.ts";

/** The HTML of the page that simulates a notebook. */
let notebookHtml = "";
/** On 127.0.0.1, which browsers treat as another site than localhost. */
let notebookServer: Bun.Server<undefined>;
let browser: TestBrowser;
let show: ShowManager;
let page: Page;

beforeAll(async () => {
  notebookServer = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response(notebookHtml, { headers: { "content-type": "text/html" } }),
  });
  browser = await launchBrowser({ viewport: { width: 640, height: 400 } });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await notebookServer.stop(true);
});
afterEach(async () => {
  await page.close();
  show.dispose();
});

/** Opens a page with this HTML, on its own site or on that of `base`. Returns its iframe. */
async function notebook(html: string, base?: string): Promise<FrameLocator> {
  notebookHtml = `<!doctype html><body>${html}</body>`;
  page = await browser.context.newPage();
  if (base === undefined) {
    await page.goto(notebookServer.url.href);
  } else {
    const address = new URL("/user/me/notebook", base).href;
    await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: notebookHtml }));
    await page.goto(address);
  }
  return page.frameLocator("iframe");
}

function makeShow(): ShowManager {
  show = boxShow([320, 240]);
  return show;
}

/** The camera according to the server. */
async function serverCamera(widget: Widget, base?: string): Promise<CameraState> {
  const address = new URL(widget.url, base);
  address.pathname += "state";
  return (await (await fetch(address)).json()).camera;
}

/** Drags in the iframe, and checks that the visible view and the camera change. */
async function expectDragTurnsView(frame: FrameLocator, widget: Widget, base?: string): Promise<void> {
  await frame.locator("#stage > .live").waitFor();
  await frame.locator("#notice").waitFor({ state: "hidden" });
  const box = await page.locator("iframe").boundingBox();
  if (box === null) throw new Error("The iframe is not visible.");
  const screenshot = async () => decodePng(await page.screenshot({ clip: box }));
  // The view is first resized to the iframe.
  await frame.locator("#stage > .live").evaluate(async (view: HTMLImageElement | HTMLCanvasElement) => {
    const ratio = () =>
      view instanceof HTMLImageElement ? view.naturalWidth / view.naturalHeight : view.width / view.height;
    while (ratio() < 1.5) await new Promise(requestAnimationFrame);
  });
  const [before, cameraBefore] = [await screenshot(), await serverCamera(widget, base)];
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 150, y + 40, { steps: 5 });
  await page.mouse.up();
  let share = 0;
  for (let attempt = 0; attempt < 100 && share < 0.02; attempt++) {
    share = differingShare(await screenshot(), before);
  }
  expect(share).toBeGreaterThan(0.02);
  expect(await serverCamera(widget, base)).not.toEqual(cameraBefore);
}

test("a widget in an iframe on another site's page is shown and steered", async () => {
  await using widget = new Widget(makeShow());
  await widget.start();
  const frame = await notebook(widget.returnIframe(240));
  expect(await page.locator("iframe").boundingBox()).toMatchObject({ height: 240 });
  await expectDragTurnsView(frame, widget);
  // FURY's iframe=1 hides the status figures.
  expect(await frame.locator("#figures").isHidden()).toBe(true);
});

test("a widget on another site's page needs no cookie, since its URL contains the token", async () => {
  await using widget = new Widget(makeShow(), { token: "token-for-the-frame" });
  await widget.start();
  const frame = await notebook(widget.returnIframe(240));
  await expectDragTurnsView(frame, widget);
  // SameSite=Strict: the browser did not store it.
  expect(await browser.context.cookies(widget.url)).toEqual([]);
});

test("the output of display in a JavaScript kernel is shown and steered", async () => {
  await using widget = new Widget(makeShow(), { encoding: "auto" });
  const symbol = Symbol.for("Jupyter.display");
  const value = (await widget.display(240)) as unknown as Record<symbol, () => Record<string, string>>;
  const frame = await notebook(value[symbol]?.()["text/html"] ?? "");
  await expectDragTurnsView(frame, widget);
});

test("behind JupyterHub's prefix a widget's iframe stays on the hub's site, with its own token", async () => {
  process.env.JUPYTERHUB_SERVICE_PREFIX = "/user/me/";
  let widget: Widget;
  try {
    widget = new Widget(makeShow());
  } finally {
    delete process.env.JUPYTERHUB_SERVICE_PREFIX;
  }
  await using _ = widget;
  const url = await widget.start();
  expect(url).toMatch(/^\/user\/me\/proxy\/\d+\/\?iframe=1&encoding=auto&token=[\w-]{24}$/);
  const port = /\d+/.exec(url)?.[0];
  // jupyter-server-proxy, which is behind the hub, would hold an MJPEG stream back forever.
  const target = `http://127.0.0.1:${port}/`;
  await using hub = new PrefixProxy(`/user/me/proxy/${port}/`, target, { buffersResponses: true });
  const frame = await notebook(widget.returnIframe(240), hub.url);
  await expectDragTurnsView(frame, widget, hub.url);
});

test("a widget behind a proxy with its own URL is shown on another site's page", async () => {
  const port = freeTcpPort();
  await using proxy = new PrefixProxy(`/proxy/${port}`, `http://127.0.0.1:${port}/`);
  // code-server's template has no slash at the end, and two braces.
  const advertisedUrl = proxy.url.replace(String(port), "{{port}}").replace("127.0.0.1", "localhost");
  await using widget = new Widget(makeShow(), { port, advertisedUrl });
  const url = await widget.start();
  expect(new URL(url).origin).toBe(new URL(proxy.url).origin.replace("127.0.0.1", "localhost"));
  const frame = await notebook(widget.returnIframe(240));
  await expectDragTurnsView(frame, widget);
});
