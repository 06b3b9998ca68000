import { afterEach, describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { Credentials } from "../../src/server/access/credentials.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { SocketClient } from "./clients.ts";
import { RawHttp, UPGRADE_HEADERS } from "./raw-http.ts";

const TOKEN = "correct-horse-battery";

let server: ScenecastServer | undefined;
afterEach(() => server?.stop());

/** Status of a request with exactly these headers. */
async function status(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number> {
  using http = await RawHttp.open((server as ScenecastServer).port);
  http.request(method, path.slice(1), headers);
  return (await http.head()).status;
}

async function start(options: ServerOptions = {}): Promise<ScenecastServer> {
  server = await startServer({ port: 0, ...options });
  return server;
}

describe("a server on localhost without a token", () => {
  const HOSTS: [string, Record<string, string>, number][] = [
    ["localhost on another port: an SSH tunnel", { host: "localhost:9000" }, 200],
    ["localhost with an empty port", { host: "localhost:" }, 200],
    ["127.0.0.1", { host: "127.0.0.1:8000" }, 200],
    ["[::1]", { host: "[::1]:8000" }, 200],
    ["LOCALHOST.", { host: "LOCALHOST.:8000" }, 200],
    ["lab.localhost", { host: "lab.localhost:9000" }, 200],
    ["another site's name: DNS rebinding", { host: "evil.example:8000" }, 403],
    ["a name that begins like localhost", { host: "localhost.evil.example" }, 403],
    ["a name that begins like 127.0.0.1", { host: "127.0.0.1.evil.example" }, 403],
    ["rebinding that names a proxy", { host: "evil.example", "x-forwarded-host": "localhost:8000" }, 403],
    [
      "JupyterHub behind https, which keeps Host",
      { host: "hub.example.org", "sec-fetch-site": "same-origin" },
      200,
    ],
    ["code-server behind https", { host: "code.example.org", "sec-fetch-site": "none" }, 200],
    [
      "a proxy that sends its own Host",
      { host: "localhost:8000", "x-forwarded-host": "hub.example.org" },
      200,
    ],
  ];
  test.each(HOSTS)("the status of a request depends on its Host header: %s", async (_, headers, expected) => {
    await start();
    for (const path of ["/", "/state"]) expect(await status(path, headers)).toBe(expected);
    expect(await status("/video/mjpeg", headers, "HEAD")).toBe(expected);
    expect(await status("/healthz", headers)).toBe(200);
  });

  test("/healthz?instance=… answers 200 only for the server's own id, and lets pages of all origins read that alone", async () => {
    const { url } = await start({ instance: "this-one" });
    const origin = "https://hub.example.org";
    const request = (query: string) => fetch(`${url}healthz${query}`, { headers: { origin } });
    const own = await request("?instance=this-one");
    expect([own.status, await own.text()]).toEqual([200, "ok\n"]);
    expect(own.headers.get("access-control-allow-origin")).toBe(origin);
    for (const query of ["?instance=another", "?instance="]) {
      const other = await request(query);
      expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([404, null]);
    }
    expect((await request("")).headers.get("access-control-allow-origin")).toBeNull();
  });

  const ORIGINS: [string, Record<string, string>, number][] = [
    ["none: a program", {}, 101],
    ["its own", { host: "localhost:8000", origin: "http://localhost:8000" }, 101],
    ["its own, through a tunnel", { host: "localhost:9000", origin: "http://localhost:9000" }, 101],
    ["another port of this machine", { host: "localhost:8000", origin: "http://localhost:3000" }, 403],
    ["another site", { host: "localhost:8000", origin: "http://evil.example" }, 403],
    ["a sandboxed frame", { host: "localhost:8000", origin: "null" }, 403],
    ["a rebound name, its own", { host: "evil.example:8000", origin: "http://evil.example:8000" }, 403],
    ["JupyterHub behind https", { host: "hub.example.org", origin: "https://hub.example.org" }, 101],
    [
      "https on its own port written out",
      { host: "hub.example.org:443", origin: "https://hub.example.org" },
      101,
    ],
    [
      "a proxy that sends its own Host and forwards that of the page",
      { host: "localhost:8000", "x-forwarded-host": "hub.example.org", origin: "https://hub.example.org" },
      101,
    ],
    ["https of another name", { host: "hub.example.org", origin: "https://evil.example" }, 403],
  ];
  test.each(ORIGINS)(
    "the status of a WebSocket handshake depends on its Origin header: %s",
    async (_, headers, expected) => {
      await start();
      expect(await status("/ws", { ...UPGRADE_HEADERS, ...headers })).toBe(expected);
    },
  );

  test("a page of --allow-origin may open WebSockets, and its host name may be used for the view", async () => {
    await start({ allowOrigins: ["http://hub:8888"] });
    expect(await status("/ws", { ...UPGRADE_HEADERS, origin: "http://hub:8888" })).toBe(101);
    expect(await status("/state", { host: "hub:8888" })).toBe(200);
    expect(await status("/state", { host: "hub:9999" })).toBe(403);
  });
});

describe("a server with a token", () => {
  test("the page is served with a cookie that replaces the token and does not contain it", async () => {
    const { url } = await start({ token: TOKEN });
    expect(url).toContain(`?token=${TOKEN}`);
    const page = await fetch(url);
    expect(page.status).toBe(200);
    const cookie = page.headers.get("set-cookie") ?? "";
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).not.toContain(TOKEN);
    const cookiePair = cookie.split(";")[0] ?? "";
    expect(await status("/state", { cookie: `theme=dark; ${cookiePair}` })).toBe(200);
    expect(await status("/state", { cookie: `${cookiePair}0` })).toBe(401);
    const socket = await SocketClient.open(url, `ws?token=${TOKEN}`);
    await socket.next("hello");
    socket.close();
  });

  test("a missing token and a wrong one are refused with different sentences", async () => {
    const { url } = await start({ token: TOKEN });
    const bodyFor = async (query: string) => {
      const response = await fetch(new URL(`state${query}`, url));
      expect(response.status).toBe(401);
      return response.text();
    };
    expect(await bodyFor("")).toStartWith("This server requires a token. Open the address");
    expect(await bodyFor("?token=another-token")).toStartWith("This server has another token");
  });

  test("a token does not open the view to another site's page", async () => {
    await start({ token: TOKEN });
    const headers = { ...UPGRADE_HEADERS, authorization: `Bearer ${TOKEN}` };
    expect(await status("/ws", { ...headers, origin: "http://evil.example" })).toBe(403);
    expect(await status("/ws", { ...headers, host: "node7:8000", origin: "http://node7:8000" })).toBe(101);
  });

  test("a browser keeps the cookies of two servers apart", () => {
    const cookie = (token: string) => {
      const url = new URL(`http://localhost/?token=${token}`);
      return new Credentials({ host: "localhost", token }).cookieFor(url)?.split("=")[0];
    };
    expect(cookie("first-token")).not.toBe(cookie("second-token"));
  });

  test("a random token of 24 characters is made for any address but localhost", async () => {
    const tokens = ["0.0.0.0", "::", "node17", "10.0.0.3"].map(
      (host) => new Credentials({ host }).token ?? "",
    );
    for (const token of tokens) expect(token).toMatch(/^[\w-]{24}$/);
    expect(new Set(tokens).size).toBe(4);
    for (const host of ["localhost", "127.0.0.1", "::1", "[::1]"])
      expect(new Credentials({ host }).token).toBeUndefined();
  });
});
