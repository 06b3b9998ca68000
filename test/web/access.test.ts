import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../server/clients.ts";
import { makeCertificate } from "../support/certificate.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForColor, waitForStatus, waitForView } from "./page-assertions.ts";
import { RED } from "./pattern-renderer.ts";
import { useView } from "./view-fixture.ts";

setDefaultTimeout(60_000);

// The certificate of the test is self-signed.
const view = useView({ browser: { ignoreHTTPSErrors: true } });

test.each(["jpeg", "mjpeg"])(
  "over TLS the page receives %s frames and sends events encrypted, and its cookie is secure",
  async (encoding) => {
    using files = new TemporaryDirectory();
    const { cert, key } = makeCertificate();
    const tls = { certFile: files.write("cert.pem", cert), keyFile: files.write("key.pem", key) };
    await view.restart({ tls, token: "token-of-the-page" });
    expect(view.server.url).toStartWith("https://localhost:");
    const socket = view.page.waitForEvent("websocket");
    await view.page.goto(`${view.server.url}&encoding=${encoding}`);
    expect((await socket).url()).toStartWith("wss://localhost:");
    await waitForView(view.page);
    await waitForColor(view.page, RED);
    const [cookie] = await view.browserContext.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "Strict" });
    // Authorized by the cookie alone.
    await view.page.goto(new URL(`?encoding=${encoding}`, view.server.url).href);
    await waitForView(view.page);
    await view.page.mouse.click(200, 300);
    await view.renderer.event("mouseRelease");
  },
);

describe("a page opened by the view-only URL", () => {
  beforeEach(() => view.restart({ viewToken: "view-token-of-the-page" }));

  test("a page opened by the view-only URL shows the view with a note that it cannot steer, and sends no events", async () => {
    await view.page.setViewportSize({ width: 500, height: 400 });
    await view.page.goto(view.server.viewUrl ?? "");
    await waitForView(view.page);
    await view.page.locator("#view-only").waitFor();
    const steering = await view.browserContext.newPage();
    await steering.setViewportSize({ width: 640, height: 360 });
    await steering.goto(view.server.url);
    await waitForView(steering);
    await view.renderer.event("resize", ({ width }) => width === 640);

    await view.page.bringToFront();
    await view.page.mouse.move(100, 100);
    await view.page.mouse.down();
    await view.page.mouse.move(300, 200);
    await view.page.mouse.up();
    await view.page.mouse.wheel(0, 200);
    await view.page.keyboard.press("r");
    await view.page.setViewportSize({ width: 420, height: 420 });
    // Messages of a manipulated page.
    const codes = await view.page.evaluate(async (url) => {
      const socket = new WebSocket(url);
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      const received = new Promise<string[]>((resolve) => {
        const errors: string[] = [];
        socket.addEventListener("message", ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === "error") errors.push(message.code);
          if (message.type === "pong") resolve(errors);
        });
      });
      socket.send(JSON.stringify({ type: "weel", deltaY: 5, timestampInMs: 1 }));
      socket.send(JSON.stringify({ event_type: "resize", width: 99, height: 99, pixel_ratio: 1 }));
      socket.send(JSON.stringify({ type: "ping", time: 1 }));
      return received;
    }, view.server.viewUrl?.replace("http", "ws").replace("/?", "/ws?") ?? "");
    expect(codes).toEqual(["may-not-steer", "may-not-steer"]);

    await steering.bringToFront();
    await steering.keyboard.press("r");
    await view.renderer.event("keyUp");
    const events = view.renderer.events.filter(({ type }) => type !== "mouseMove");
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["resize", "keyDown", "keyUp"]));
    for (const event of events) if (event.type === "resize") expect(event.width).toBe(640);
    await steering.close();
  });

  test("a page opened by the view-only URL stays view-only because of its cookie until the control URL is opened", async () => {
    const note = view.page.locator("#view-only");
    await view.page.goto(view.server.viewUrl ?? "");
    await note.waitFor();
    await view.page.goto(new URL("/", view.server.url).href);
    await note.waitFor();
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    await note.waitFor({ state: "hidden" });
  });
});

test("a page over the viewer limit shows the reason, and connects when another viewer leaves", async () => {
  await view.restart({ maxViewers: 1 });
  await view.page.goto(view.server.url);
  await waitForView(view.page);
  const secondPage = await view.browserContext.newPage();
  await secondPage.goto(view.server.url);
  await waitForStatus(secondPage, { connection: { name: "rejected", reason: "" } });
  expect(await secondPage.locator("#notice-detail").textContent()).toContain(
    "This view is full: its limit of viewers is 1.",
  );
  await view.page.close();
  await eventually(() => view.server.state.viewers.length === 0, "the first has left");
  // It retries every 5 s, and when the network returns.
  await secondPage.evaluate(() => window.dispatchEvent(new Event("online")));
  await waitForView(secondPage);
});

test("a page behind a proxy with another host name shows the option that allows its origin", async () => {
  // Forwards everything except the Host header, which is its own.
  using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.delete("host");
      headers.delete("upgrade");
      const response = await fetch(new URL(url.pathname + url.search, view.server.url), {
        headers,
        method: request.method,
      });
      return new Response(await response.text(), {
        status: response.status,
        headers: { "Content-Type": response.headers.get("content-type") ?? "" },
      });
    },
  });
  const origin = `http://localhost:${proxy.port}`;
  await view.page.goto(origin);
  await waitForStatus(view.page, { connection: { name: "rejected", reason: "" } });
  expect(await view.page.locator("#notice-detail").textContent()).toContain(`--allow-origin ${origin}`);
  await view.page.close();
});
