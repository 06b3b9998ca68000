import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { startServer } from "../../src/page-server.ts";
import { PATHS } from "../../src/protocol/paths.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { launchBrowser } from "../support/browser.ts";
import { PrefixProxy } from "../web/prefix-proxy.ts";
import { RawHttp, type RawResponse, UPGRADE_HEADERS } from "./raw-http.ts";

const TOKEN = "correct-horse-battery";
const PAGES = { accept: "text/html,application/xhtml+xml;q=0.9" };
const READ_PATHS = [
  "",
  PATHS.mjpeg,
  PATHS.snapshotJpeg,
  PATHS.snapshotPng,
  PATHS.state,
  PATHS.metrics,
  "healthz",
];

let server: ScenecastServer;
let renderer: TestRenderer;

beforeEach(() => {
  renderer = new TestRenderer();
  renderer.writeGrey(80);
});
afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ port: 0, ...options });
  server.attach(renderer.names);
}

/** Sends one request on a new connection, with exactly these headers. */
async function request(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  version = "1.1",
): Promise<Omit<RawResponse, "body">> {
  using http = await RawHttp.open(server.port);
  http.request(method, path, headers, version);
  return await http.head();
}

describe("a Host header", () => {
  test.each([
    ...["127.999.0.1", "localhost:1:80", "localhost:99999", "localhost:abc", "[::1", "[zz]", "%zz", "xn--"],
    ...["1.2.3.4.5", "a b", "user@localhost", "localhost/x", "localhost?x", "localhost#x", "localhost, evil"],
  ])("a malformed Host header, %p, is answered with 400 and a message on every route", async (host) => {
    await start();
    for (const path of [...READ_PATHS, PATHS.socket, PATHS.whep, "nothing"]) {
      expect([path, (await request("GET", path, { host })).status]).toEqual([path, 400]);
    }
    using http = await RawHttp.open(server.port);
    http.write(`GET /state HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await http.response()).body.toString()).toBe(
      `The Host header ${JSON.stringify(host)} is not a valid host name.\n`,
    );
  });
});

describe("methods", () => {
  test("OPTIONS lists the methods in Allow on every route, and so does 405", async () => {
    await start();
    for (const path of READ_PATHS) {
      const options = await request("OPTIONS", path);
      expect([path, options.status, options.headers.get("allow")]).toEqual([path, 204, "GET, HEAD, OPTIONS"]);
      for (const method of ["DELETE", "PATCH", "PROPFIND"]) {
        const refused = await request(method, path);
        expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
      }
    }
    expect((await request("OPTIONS", PATHS.socket)).headers.get("allow")).toBe("GET, OPTIONS");
    expect((await request("OPTIONS", PATHS.offer)).headers.get("allow")).toBe("POST, OPTIONS");
    expect((await request("OPTIONS", "nothing")).status).toBe(404);
  });

  test("HEAD and GET have exactly one Date", async () => {
    await start();
    for (const path of [...READ_PATHS, "nothing"]) {
      for (const method of ["HEAD", "GET"]) {
        const { headers } = await request(method, path);
        expect(Date.parse(headers.get("date") ?? "")).toBeGreaterThan(0);
      }
    }
  });
});

describe("a WebSocket handshake", () => {
  const { connection: _, ...HANDSHAKE } = UPGRADE_HEADERS;

  test.each([
    [101, "Upgrade"],
    [101, "keep-alive, upgrade"],
    [400, "keep-alive"],
    [400, "upgraded"],
  ])("a handshake is answered with %d if its Connection header is %s", async (status, connection) => {
    await start();
    expect((await request("GET", PATHS.socket, { ...HANDSHAKE, connection })).status).toBe(status);
  });

  test("a handshake without Connection is answered with 400", async () => {
    await start();
    expect((await request("GET", PATHS.socket, HANDSHAKE)).status).toBe(400);
  });
});

describe("the page", () => {
  const DECODE = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync } as const;

  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["gzip;q=0.5, zstd", "zstd"],
    ["br;q=0, gzip;q=1.0", "gzip"],
    ["br;q=0.0", null],
    ["identity", null],
    ["", null],
  ] as const)(
    "the page is sent, for Accept-Encoding %p, with Content-Encoding %p",
    async (accepted, coding) => {
      await start();
      using http = await RawHttp.open(server.port);
      http.write(`GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: ${accepted}\r\n\r\n`);
      const { headers, body } = await http.response();
      expect(headers.get("content-encoding")).toBe(coding);
      expect(headers.get("vary")).toBe("Accept-Encoding");
      const text = (coding === null ? body : DECODE[coding](body)).toString();
      expect(text).toStartWith("<!doctype html>");
      expect(text.trimEnd()).toEndWith("</html>");
      if (coding !== null) expect(body.length).toBeLessThan(text.length / 2);
    },
  );

  test("the page may be framed by the same host on any port and by allowed origins, and with the token in its URL by any page", async () => {
    await start({ token: TOKEN, allowOrigins: ["https://hub.example.org"] });
    const ancestors = async (path: string, headers: Record<string, string> = {}) =>
      /frame-ancestors ([^;]*)/.exec(
        (await request("GET", path, { ...PAGES, ...headers })).headers.get("content-security-policy") ?? "",
      )?.[1];
    for (const cookie of ["", (await request("GET", `?token=${TOKEN}`)).headers.get("set-cookie") ?? ""]) {
      const local = await ancestors("", { cookie });
      expect(local?.split(" ")).toEqual(
        expect.arrayContaining(["'self'", "http://localhost:*", "http://127.0.0.1:*", "vscode-webview:"]),
      );
      expect(local).toEndWith(" https://hub.example.org");
      expect(await ancestors("", { cookie, host: "node7:8000" })).toBe(
        "'self' http://node7:* https://node7:* https://hub.example.org",
      );
      // No injection: a host name with a semicolon is left out of the policy.
      expect(await ancestors("", { cookie, host: "a;b:8000" })).toBe("'self' https://hub.example.org");
    }
    expect(await ancestors(`?token=${TOKEN}`)).toBeUndefined();
    expect(await ancestors("?token=wrong-token")).toStartWith("'self' ");
  });

  test("every response can be embedded by the same site, by allowed origins, and with the token", async () => {
    await start({ token: TOKEN, allowOrigins: ["https://hub.example.org"] });
    const policy = async (path: string, headers: Record<string, string> = {}) =>
      (await request("GET", path, headers)).headers.get("cross-origin-resource-policy");
    for (const path of [...READ_PATHS, "nothing"]) {
      expect([path, await policy(path)]).toEqual([path, "same-site"]);
      expect(await policy(path, { referer: "https://evil.example/hub.example.org" })).toBe("same-site");
      expect(await policy(path, { referer: "http://127.0.0.1:8888/" })).toBe("cross-origin");
      expect(await policy(path, { referer: "https://hub.example.org/lab" })).toBe("cross-origin");
      expect(await policy(`${path}?token=${TOKEN}`)).toBe("cross-origin");
    }
  });
});

describe("a browser without the token", () => {
  test("a browser without the token gets 401 and a page with a field for it, and a program gets plain text", async () => {
    await start({ token: TOKEN });
    for (const path of ["", "snapshot.png", "nothing"]) {
      const response = await fetch(`http://localhost:${server.port}/${path}?a=%22%3Cb&token=x`, {
        headers: PAGES,
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
      const html = await response.text();
      expect(html).toContain('<input type="hidden" name="a" value="&quot;&lt;b">');
      expect(html).not.toContain('value="x"');
    }
    const text = await fetch(`http://localhost:${server.port}/`);
    expect([text.status, text.headers.get("content-type")]).toEqual([401, "text/plain; charset=utf-8"]);
  });

  test("typing the token opens the view, also below a proxy's path prefix, and keeps the rest of the query", async () => {
    await start({ token: TOKEN });
    await using proxy = new PrefixProxy("/user/ada/proxy/8000", `http://localhost:${server.port}`);
    await using browser = await launchBrowser();
    const page = await browser.context.newPage();
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) errors.push(message.text());
    });
    const response = await page.goto(`${proxy.url}/?encoding=jpeg`);
    expect(response?.status()).toBe(401);
    await page.getByLabel("Token").fill(TOKEN);
    await page.getByRole("button", { name: "Open" }).click();
    await page.waitForSelector("#stage > .live");
    expect(new URL(page.url()).searchParams.get("encoding")).toBe("jpeg");
    expect(new URL(page.url()).pathname).toBe("/user/ada/proxy/8000/");
    expect(errors).toEqual([]);
  }, 30_000);
});
