import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { startServer } from "../../src/page-server.ts";
import { ServerStartError } from "../../src/server/errors.ts";
import { ScenecastServer } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";

let server: ScenecastServer | undefined;
afterEach(() => server?.stop());

describe("starting", () => {
  test("port 0 is replaced by a free port, which the URL has", async () => {
    server = await startServer({ port: 0 });
    expect(server.port).toBeGreaterThan(0);
    expect(server.url).toBe(`http://localhost:${server.port}/`);
    expect(await (await fetch(`${server.url}healthz`)).text()).toBe("ok\n");
  });

  test("a port in use is an error that names it and suggests another", async () => {
    server = await startServer({ port: 0 });
    const { port } = server;
    const error = await startServer({ port }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ServerStartError);
    expect(error.code).toBe("port-in-use");
    expect(error.message).toContain(`Port ${port} on localhost is in use`);
    expect(error.message).toContain(`--port ${port + 1}`);
    expect(error.message).toContain("--port 0");
  });

  test("an address that this machine does not have is refused with an error that names it", async () => {
    for (const host of ["203.0.113.7", "no.such.host.invalid", "300.1.1.1"]) {
      // The error of Bun depends on the one before.
      await startServer({ port: 1, host: "127.0.0.1", token: "short" }).catch(() => {});
      const error = await startServer({ port: 0, host }).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ServerStartError);
      expect(error.code).toBe("address-unavailable");
      expect(error.message).toContain(host);
    }
  });

  test("a server on all addresses has a URL with a name that a browser can open, and a token", async () => {
    server = await startServer({ port: 0, host: "0.0.0.0" });
    const url = new URL(server.url);
    expect(url.hostname).not.toBe("0.0.0.0");
    expect(url.searchParams.get("token")).toBe(server.token ?? "");
    expect((await fetch(`http://127.0.0.1:${server.port}/state`)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${server.port}/state?token=${server.token}`)).status).toBe(200);
  });
});

test("a server that is stopped while it starts does not listen", async () => {
  using files = new TemporaryDirectory();
  const socket = join(files.path, "view.sock");
  const stopped = new ScenecastServer({ socket });
  const starting = stopped.start().catch((error) => error);
  await stopped.stop();
  expect(await starting).toMatchObject({ name: "ServerStartError", code: "stopped" });
  expect(existsSync(socket)).toBe(false);
});

describe("routes", () => {
  test("an unknown path is answered with 404 and a message", async () => {
    server = await startServer({ port: 0 });
    for (const path of ["nothing", "ws/", "video", "../etc/passwd", "state.json", "%00"]) {
      const response = await fetch(server.url + path);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain("nothing at this address");
    }
    expect((await fetch(`${server.url}state`, { method: "DELETE" })).status).toBe(405);
    expect((await fetch(`${server.url}ws`)).status).toBe(426);
  });

  test("the page loads nothing from other hosts and has no absolute URL, so that any prefix of a proxy works", async () => {
    server = await startServer({ port: 0 });
    const { port } = server;
    // Like jupyter-server-proxy: the prefix is removed, the browser's Host is kept.
    using proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        const url = new URL(request.url);
        const path = url.pathname.replace("/user/ada/proxy/8000", "");
        return fetch(`http://127.0.0.1:${port}${path}${url.search}`, {
          headers: { host: "hub.example.org", "sec-fetch-site": "same-origin" },
          decompress: false,
        });
      },
    });
    const base = `${proxy.url}user/ada/proxy/8000/`;
    const page = await fetch(base);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toStartWith("text/html");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain("</html>");
    const addresses = [...html.matchAll(/\s(?:src|href)="([^"#]+)"/g)].map((match) => match[1] ?? "");
    // The page is self-contained; its later requests must stay below the prefix.
    for (const address of addresses) expect(address).not.toMatch(/^(\/|https?:)/);
    expect((await fetch(`${base}state`)).status).toBe(200);
  });

  test("/state has the renderer's status, the newest frame, the viewers and the events", async () => {
    server = await startServer({ port: 0, title: "bunny.obj" });
    using renderer = new TestRenderer();
    const read = async () => (await fetch(`${server?.url}state`)).json();
    expect(await read()).toMatchObject({
      title: "bunny.obj",
      renderer: { state: "starting", pid: null, driver: null },
      frame: null,
      viewers: [],
      camera: null,
    });
    const camera = { position: [1, 2, 3], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 } as never;
    renderer.images.camera = camera;
    server.attach(renderer.names, { driver: "SwiftShader" });
    renderer.writeGrey(1, [64, 48]);
    const client = await MjpegClient.open(server.url);
    await client.next();
    const socket = await SocketClient.open(server.url);
    socket.send({ type: "weel", deltaY: 1, timestampInMs: 1 });
    await socket.settle();
    const state = (await read()) as Record<string, unknown>;
    expect(state).toMatchObject({
      renderer: { state: "running", pid: process.pid, driver: "SwiftShader" },
      frame: { number: 1, width: 64, height: 48 },
      encoder: { frames: 1 },
      camera,
      events: { accepted: 1, refused: 0, pending: 0 },
    });
    expect(state.viewers).toMatchObject([
      { transport: "mjpeg", socket: false, frames: 1, skipped: 0, width: 64, height: 48 },
      { transport: null, socket: true },
    ]);
    server.detach("it was killed");
    expect(server.camera).toEqual(camera);
    client.close();
    socket.close();
  });

  test("/state has the newest frame with its own camera without viewers", async () => {
    server = await startServer({ port: 0 });
    using renderer = new TestRenderer();
    server.attach(renderer.names);
    const camera = (x: number) =>
      ({ position: [x, 0, 0], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 }) as const;
    for (let frame = 1; frame <= 6; frame++) {
      const still = frame % 2 === 0;
      renderer.images.write(4 * frame, 2, new Uint8Array(32 * frame), { still, camera: camera(frame) });
      if (frame === 1)
        await eventually(() => server?.state.renderer.state === "running", "the frame is detected");
      expect(server.state.frame).toEqual({
        number: frame,
        width: 4 * frame,
        height: 2,
        still,
        completeness: 1,
      });
      expect(server.state.camera).toEqual(camera(frame));
    }
    server.detach("it ended");
    expect(server.state.frame).toMatchObject({ number: 6, still: true });
    expect(server.state.camera).toEqual(camera(6));
  });

  test("a renderer gets a heartbeat while there are viewers, and none without", async () => {
    server = await startServer({ port: 0 });
    using renderer = new TestRenderer();
    server.attach(renderer.names);
    renderer.writeGrey(1);
    const client = await MjpegClient.open(server.url);
    await client.next();
    let wakes = 0;
    const watch = renderer.images.watchRenderer(() => wakes++);
    await eventually(() => wakes >= 2, "the renderer is signalled twice");
    expect(renderer.images.viewers).toBe(1);
    client.close();
    await eventually(() => renderer.images.viewers === 0, "there are no viewers");
    watch.close();
  });

  test("malformed requests do not affect the server", async () => {
    server = await startServer({ port: 0 });
    const GARBAGE = [
      "\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost:99999999\r\n\r\n",
      "GET // HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
      `GET /?${"x".repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
    ];
    for (const garbage of GARBAGE) {
      const socket = connect(server.port, "127.0.0.1");
      await new Promise<void>((resolve) => {
        socket.on("data", () => resolve());
        socket.on("close", () => resolve());
        socket.on("error", () => resolve());
        socket.on("connect", () => socket.end(garbage, "latin1"));
      });
      socket.destroy();
      expect((await fetch(`${server.url}healthz`)).status).toBe(200);
    }
  });
});
