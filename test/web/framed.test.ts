import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Frame } from "playwright-core";
import { useView } from "./view-fixture.ts";

const view = useView({ serverPer: "file", browser: { hostRules: "MAP other.example 127.0.0.1" } });
/** Serves {@link notebookHtml} on its own port, like a notebook server. */
let notebook: Bun.Server<undefined>;
let notebookHtml = "";

beforeAll(() => {
  notebook = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response(notebookHtml, { headers: { "content-type": "text/html" } }),
  });
});
afterAll(() => notebook.stop(true));

/** Opens a page with this body at `host`, on the notebook's port. */
async function openPage(html: string, host = "localhost"): Promise<void> {
  notebookHtml = `<!doctype html><body style="margin:0">${html}</body>`;
  await view.page.goto(`http://${host}:${notebook.port}`);
}

/** A page that can be scrolled, like a notebook, with the view in a frame of this size 400 px below its top. */
async function openNotebook([width, height]: readonly [number, number], query = ""): Promise<Frame> {
  await openPage(
    `<div style="height:400px">text</div>
    <iframe src="${view.server.url}${query}" width="${width}" height="${height}" style="border:0"></iframe>
    <div style="height:3000px">text</div>`,
  );
  const frame = view.page.frames()[1];
  if (frame === undefined) throw new Error("The page has no frame.");
  await frame.locator("#stage > .live").waitFor();
  return frame;
}

const wheels = () => view.renderer.events.filter(({ type }) => type === "wheel");
const waitForScroll = (top: number) => view.page.waitForFunction((value) => window.scrollY >= value, top);

describe("a view embedded in another page", () => {
  test("the wheel over the view scrolls the parent page; with Ctrl or after a click it zooms the view", async () => {
    const frame = await openNotebook([700, 400]);
    await view.page.mouse.move(300, 350);
    // The frame scrolls to the pointer and past it.
    for (let turn = 1; turn <= 5; turn++) {
      await view.page.mouse.wheel(0, 60);
      await waitForScroll(60 * turn);
    }
    expect(wheels()).toEqual([]);
    await view.page.keyboard.down("Control");
    await view.page.mouse.wheel(0, 100);
    await view.page.keyboard.up("Control");
    await view.renderer.event("wheel");
    await frame.locator("#stage").click();
    await view.page.mouse.wheel(0, 40);
    await view.renderer.event("wheel", ({ deltaY }) => deltaY === 40);
    expect(await view.page.evaluate(() => window.scrollY)).toBe(300);
  });

  test("the wheel zooms the view after the pointer was over it for a while", async () => {
    const frame = await openNotebook([700, 400]);
    // Instead of waiting, the pointer's time stamps are set back by a second.
    await frame.evaluate(() => {
      const setBack = (event: Event) =>
        Object.defineProperty(event, "timeStamp", { value: event.timeStamp - 1000 });
      for (const type of ["pointerover", "pointermove"]) window.addEventListener(type, setBack, true);
    });
    await view.page.mouse.move(300, 500);
    await frame.locator("#stage:hover").waitFor();
    await view.page.mouse.wheel(0, 30);
    await view.renderer.event("wheel", ({ deltaY }) => deltaY === 30);
    expect(await view.page.evaluate(() => window.scrollY)).toBe(0);
  });

  test("a small view has one button that shows the others, and only the frame rate as statistics", async () => {
    const frame = await openNotebook([300, 150]);
    const visible = () =>
      frame.locator("#controls button:visible").evaluateAll((all) => all.map(({ id }) => id));
    expect(await visible()).toEqual(["more"]);
    await frame.locator("#more").click();
    expect(await visible()).toContain("reset");
    await frame.getByRole("button", { name: "More", expanded: true }).waitFor();
    await view.page.keyboard.press("Escape");
    await frame.locator("#more-menu").waitFor({ state: "hidden" });
    await frame.locator("#toggle-status").click();
    await frame.locator("#status-rate").filter({ hasText: /\S/ }).waitFor();
    expect(await frame.locator("#figures [id]:visible").count()).toBe(1);
    // The choice is remembered for further frames.
    await frame.evaluate(() => localStorage.clear());
  });

  test("the page detects that it is in a frame, and iframe=0 overrides that", async () => {
    const waitForOpacity = async (frame: Frame, opacity: string) => {
      await frame.locator("#controls").waitFor();
      await frame.waitForFunction(
        (wanted) => getComputedStyle(document.querySelector("#controls") ?? document.body).opacity === wanted,
        opacity,
      );
    };
    await waitForOpacity(await openNotebook([700, 400]), "0");
    await waitForOpacity(await openNotebook([700, 400], "?iframe=0"), "1");
  });
});

/** A frame whose document is this HTML, with `about:srcdoc` as its address. */
function srcdocFrame(html: string, sandbox = ""): string {
  return `<iframe ${sandbox} srcdoc="${Bun.escapeHTML(html)}" width="700" height="400"></iframe>`;
}

describe("a view on localhost without a token", () => {
  const viewFrame = () => `<iframe src="${view.server.url}" width="600" height="300"></iframe>`;
  const waitForRefusal = () =>
    view.page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));

  test.each(["localhost", "127.0.0.1"])(
    "the view is shown by an output frame (srcdoc) of a notebook at http://%s",
    async (host) => {
      await openPage(srcdocFrame(viewFrame(), 'sandbox="allow-scripts allow-same-origin"'), host);
      await view.page.frameLocator("iframe").frameLocator("iframe").locator("#stage > .live").waitFor();
    },
  );

  test("the view is not shown by a page of another host", async () => {
    const refusal = waitForRefusal();
    await openPage(viewFrame(), "other.example");
    await refusal;
    expect(view.page.frames()[1]?.url()).not.toBe(view.server.url);
  });

  test("the view is not shown by a frame of opaque origin (sandboxed), which a page of any host can make", async () => {
    const refusal = waitForRefusal();
    await openPage(srcdocFrame(viewFrame(), 'sandbox="allow-scripts"'));
    await refusal;
    expect(view.page.frames()[2]?.url()).not.toBe(view.server.url);
  });
});
