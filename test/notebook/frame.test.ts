// The frame of scenecast.view on pages that stand for notebooks: it finds the address by which the browser reaches the server, and says
// what is missing if no address leads there. Pages and proxies are imitations, and forward no WebSocket; the tests beside this one have the real Jupyter.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Page } from "playwright-core";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { cornerObj } from "../support/model.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let folder: TemporaryDirectory;
let python: PythonModuleProgram;
let browser: TestBrowser;
let site: Server<undefined>;
/** The page of the notebook. */
let html = "";
/** Status of the proxy's responses; 200: it forwards the request. */
let proxyStatus = 200;

beforeAll(async () => {
  folder = new TemporaryDirectory();
  python = PythonModuleProgram.start("show_frame.py", folder.write("corner.obj", cornerObj()));
  // "*.localhost" is this machine for the frame; here it is another one, as with an SSH tunnel.
  browser = await launchBrowser({
    hostRules: "MAP laptop.localhost 127.0.0.2,MAP *.test 127.0.0.1",
    viewport: { width: 800, height: 520 },
  });
  site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const [, port, rest = ""] = /^(?:\/user\/me)?\/proxy\/(\d+)\/(.*)$/.exec(pathname) ?? [];
      if (port === undefined) return new Response(html, { headers: { "content-type": "text/html" } });
      if (proxyStatus !== 200) return new Response("no", { status: proxyStatus });
      const isAuthorized = request.headers.get("cookie")?.includes("session=mine");
      if (request.headers.get("host")?.startsWith("code.test") && !isAuthorized)
        return new Response("Log in", { headers: { "content-type": "text/html" } });
      return fetch(`http://127.0.0.1:${port}/${rest}${search}`, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        signal: request.signal,
        decompress: false,
      });
    },
  });
});

afterAll(async () => {
  await site?.stop(true);
  await browser?.[Symbol.asyncDispose]();
  await python?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** Opens a page with the frame, made with these environment variables. @returns the page and the port of the view */
async function open(
  host: string,
  around: {
    env?: Record<string, string>;
    head?: string;
    /** Requests that fail. */
    block?: RegExp;
    /** Called with the port of the view before the page is opened. */
    before?: (port: number) => void;
  } = {},
): Promise<{ page: Page; port: number }> {
  python.send({ JUPYTERHUB_SERVICE_PREFIX: "", VSCODE_PROXY_URI: "", ...around.env });
  const made = await python.next<{ html: string; port: number }>();
  html = `<!doctype html><title>Notebook</title>${around.head ?? ""}<body>${made.html}`;
  around.before?.(made.port);
  const page = await browser.context.newPage();
  if (around.block) await page.route(around.block, (route) => route.abort());
  await page.goto(`http://${host}:${site.port}/notebook`);
  return { page, port: made.port };
}

/** Waits for the page of the view. @returns the address of the frame, without its query */
async function reached(page: Page): Promise<string> {
  await page.locator("iframe").contentFrame().locator("#stage").waitFor({ state: "attached" });
  const address = page.frames()[1]?.url() ?? "";
  await page.close();
  return address.split("?")[0] ?? "";
}

test("a frame passes by another program on the same port of the browser's own computer", async () => {
  let asked = 0;
  const servers: Server<undefined>[] = [];
  const { page, port } = await open("laptop.localhost", {
    before: (port) => {
      const document = () => new Response(html, { headers: { "content-type": "text/html" } });
      const other = () => {
        asked++;
        return new Response("ok then", { headers: { "access-control-allow-origin": "*" } });
      };
      const hostname = "127.0.0.2";
      servers.push(Bun.serve({ port: site.port ?? 0, hostname, fetch: document }));
      servers.push(Bun.serve({ port, hostname, fetch: other }));
    },
  });
  expect(await reached(page)).toBe(`http://localhost:${port}/`);
  expect(asked).toBe(1);
  await Promise.all(servers.map((server) => server.stop(true)));
});

test("a frame on a Jupyter server finds its proxy by the page's base URL, or by JUPYTERHUB_SERVICE_PREFIX", async () => {
  const configured = `<script id="jupyter-config-data" type="application/json">{"baseUrl": "/user/me/"}</script>`;
  const lab = await open("hub.test", { head: configured });
  const address = `http://hub.test:${site.port}/user/me/proxy/${lab.port}/`;
  expect(await reached(lab.page)).toBe(address);
  const { page } = await open("hub.test", { env: { JUPYTERHUB_SERVICE_PREFIX: "/user/me/" } });
  expect(await reached(page)).toBe(address);
});

test("a frame in code-server uses its proxy, with the cookie of the user", async () => {
  await browser.context.addCookies([
    { name: "session", value: "mine", url: `http://code.test:${site.port}` },
  ]);
  const { page, port } = await open("code.test", {
    env: { VSCODE_PROXY_URI: `http://code.test:${site.port}/proxy/{{port}}/` },
  });
  expect(await reached(page)).toBe(`http://code.test:${site.port}/proxy/${port}/`);
});

test("a frame in Colab uses the address that Colab gives for the port", async () => {
  const { page, port } = await open("colab.test", {
    head: `<script>
      const proxyPort = async (port) => \`http://port.test:${site.port}/proxy/\${port}/\`;
      window.google = { colab: { kernel: { proxyPort } } };
    </script>`,
  });
  expect(await reached(page)).toBe(`http://port.test:${site.port}/proxy/${port}/`);
});

test("a frame that reaches nothing says what is missing, and tries again on request", async () => {
  proxyStatus = 404;
  const { page, port } = await open("hub.test", {
    env: { JUPYTERHUB_SERVICE_PREFIX: "/user/me/" },
    block: /^http:\/\/localhost:/,
  });
  const frame = page.locator("iframe").contentFrame();
  const status = frame.getByRole("status");
  await status.getByText("The live view is not reached.").waitFor();
  const text = ((await status.textContent()) ?? "").replace(/\s+/g, " ");
  expect(text).toContain("This page requires jupyter-server-proxy there, which is not installed");
  expect(text).toContain(`ssh -N -L ${port}:localhost:${port} `);
  proxyStatus = 502;
  await frame.getByRole("button", { name: "Try again" }).click();
  await status.getByText("The view has ended. Run the cell again.").waitFor();
  proxyStatus = 200;
  await frame.getByRole("button", { name: "Try again" }).click();
  expect(await reached(page)).toBe(`http://hub.test:${site.port}/user/me/proxy/${port}/`);
});
