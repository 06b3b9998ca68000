import { describe, expect, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { eventually, MjpegClient } from "./clients.ts";
import { RawHttp } from "./raw-http.ts";
import { servedView } from "./served-view.ts";

const view = servedView({ attach: (renderer) => renderer.writeGrey(80) });

type Outcome = "length" | "advance" | 400;

describe("the query of /video/mjpeg", () => {
  const BROWSER = { "sec-fetch-dest": "image" };
  const CASES: [query: string, headers: Record<string, string>, outcome: Outcome][] = [
    ["", {}, "length"],
    ["", { "sec-fetch-dest": "empty" }, "length"],
    ["", BROWSER, "advance"],
    // A tab or a frame that shows the bare stream.
    ["", { "sec-fetch-dest": "document" }, "advance"],
    ["", { "sec-fetch-dest": "iframe" }, "advance"],
    ["?advance_headers=1", {}, "advance"],
    ["?advance_headers=0", {}, "length"],
    ["?advance_headers=0", BROWSER, "length"],
    ["?advance_headers=1", BROWSER, "advance"],
    ["?advance_headers=", {}, 400],
    ["?advance_headers", {}, 400],
    ["?advance_headers=yes", {}, 400],
    ["?advance_headers=2", BROWSER, 400],
    ["?advance_headers=%00", {}, 400],
    ["?viewer=12345678", {}, "length"],
    [`?viewer=${"a".repeat(64)}`, {}, "length"],
    ["?viewer=", {}, 400],
    ["?viewer=1234567", {}, 400],
    [`?viewer=${"a".repeat(65)}`, {}, 400],
    ["?viewer=1234567%2F", {}, 400],
    ["?viewer=12345678%0d%0aX: 1", {}, 400],
    ["?viewer=12345678&advance_headers=maybe", {}, 400],
    ["?size=1280x720", {}, "length"],
    ["?size=1280x720", BROWSER, "advance"],
    ["?size=16x4096&viewer=12345678", {}, "length"],
    ["?size=", {}, 400],
    ["?size=1280", {}, 400],
    ["?size=15x720", {}, 400],
    ["?size=1280x4097", {}, 400],
    ["?size=-100x100", {}, 400],
    ["?size=1e3x100", {}, 400],
    // Parameters that people add against caches, and those of FURY.
    ["?t=1700000000", {}, "length"],
    ["?encoding=mjpeg&unknown=1&unknown=2", {}, "length"],
    ["?&&=&", {}, "length"],
  ];

  test.each(CASES)(
    "a request for /video/mjpeg with the query %p and headers %p is answered in the form %p",
    async (query, headers, outcome) => {
      const path = `video/mjpeg${query}`;
      const head = await fetch(view.server.url + path, { method: "HEAD", headers });
      if (outcome === 400) {
        const answer = await fetch(view.server.url + path, { headers });
        expect([head.status, answer.status]).toEqual([400, 400]);
        expect(await answer.text()).toMatch(/^"(viewer|advance_headers|size)" must be .*\.\n$/);
        expect(view.server.viewers).toBe(0);
        return;
      }
      expect(head.status).toBe(200);
      expect(view.server.viewers).toBe(0);
      const client = await MjpegClient.open(view.server.url, path, headers);
      const part = await client.next();
      expect(part?.headers.has("content-length")).toBe(outcome === "length");
      const width = Number(/size=(\d+)/.exec(query)?.[1] ?? 64);
      expect(decodeJpeg(part?.body ?? new Uint8Array()).width).toBe(width);
      client.close();
    },
  );
});

describe("keep-alive connections", () => {
  const GET_ROUTES = ["", "video/mjpeg", "snapshot.jpg", "snapshot.png", "state", "metrics", "healthz"];

  test("HEAD is answered as GET, without a body, on every route, and the connection stays open", async () => {
    using http = await RawHttp.open(view.server.port);
    for (const path of [...GET_ROUTES, "ws", "nothing/here"]) {
      http.write(`HEAD /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const head = await http.response(true);
      const abort = new AbortController();
      const got = await fetch(view.server.url + path, { signal: abort.signal });
      abort.abort();
      expect([path, head.status]).toEqual([path, got.status]);
      expect(head.headers.get("content-type")).toBe(got.headers.get("content-type") ?? "");
      expect(head.headers.get("cache-control")).toBe(got.headers.get("cache-control"));
      // Content-Length must be that of GET; a stream has none.
      const length = head.headers.get("content-length");
      if (length !== null) expect(Number(length)).toBeGreaterThan(0);
      if (path === "video/mjpeg") expect(length).toBeNull();
    }
    // After a body, this response would not begin with a status line.
    http.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await http.response()).body.toString()).toBe("ok\n");
    await eventually(() => view.server.viewers === 0, "all viewers have left");
  });

  test("one connection carries several requests, also after HEAD, refusals and frames", async () => {
    const REQUESTS: [method: string, path: string, status: number][] = [
      ["GET", "nothing", 404],
      ["HEAD", "nothing", 404],
      ["GET", "snapshot.jpg", 200],
      ["HEAD", "snapshot.png", 200],
      ["GET", "video/mjpeg?viewer=no", 400],
      ["HEAD", "video/mjpeg", 200],
      ["POST", "video/mjpeg", 405],
      ["GET", "state", 200],
      ["GET", "snapshot.png", 200],
      ["GET", "ws", 426],
      ["GET", "healthz", 200],
    ];
    using http = await RawHttp.open(view.server.port);
    for (const [method, path, status] of REQUESTS) {
      const length = method === "POST" ? "Content-Length: 0\r\n" : "";
      http.write(`${method} /${path} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n`);
      const answer = await http.response(method === "HEAD");
      expect([method, path, answer.status]).toEqual([method, path, status]);
      expect(answer.statusLine).toStartWith("HTTP/1.1 ");
      if (method !== "HEAD") expect(answer.body.length).toBeGreaterThan(0);
    }
  });

  test("a stream is chunked, and after its end the connection carries the next request", async () => {
    using http = await RawHttp.open(view.server.port);
    http.write("GET /video/mjpeg?viewer=viewer-0001 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const head = await http.head();
    expect(head.headers.get("transfer-encoding")).toBe("chunked");
    expect(head.headers.has("content-length")).toBe(false);
    await eventually(() => (view.server.state.viewers[0]?.frames ?? 0) > 0, "a frame was sent");
    const second = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
    const body = await http.chunks();
    expect(body.toString("latin1")).toStartWith(
      "--scenecast-frame\r\nContent-Type: image/jpeg\r\nContent-Length: ",
    );
    http.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await http.response()).body.toString()).toBe("ok\n");
    second.close();
  });

  test("a client of HTTP/1.0, with or without a Host header, gets the stream without chunks", async () => {
    for (const lines of ["", "Host: localhost\r\n", "Connection: keep-alive\r\n"]) {
      using http = await RawHttp.open(view.server.port);
      http.write(`GET /video/mjpeg HTTP/1.0\r\n${lines}\r\n`);
      const head = await http.head();
      expect(head.status).toBe(200);
      expect(head.headers.has("transfer-encoding")).toBe(false);
      expect(head.headers.get("content-type")).toBe("multipart/x-mixed-replace; boundary=scenecast-frame");
      expect((await http.bytes(19)).toString()).toBe("--scenecast-frame\r\n");
      const part = await http.head();
      // That "head" begins with the part's first header line.
      expect(part.statusLine).toBe("Content-Type: image/jpeg");
      const jpeg = await http.bytes(Number(part.headers.get("content-length")));
      expect(decodeJpeg(jpeg).width).toBe(64);
    }
    for (const path of GET_ROUTES.filter((path) => path !== "video/mjpeg")) {
      using http = await RawHttp.open(view.server.port);
      http.write(`GET /${path} HTTP/1.0\r\n\r\n`);
      const answer = await http.response();
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.has("transfer-encoding")).toBe(false);
      expect(answer.body.length).toBeGreaterThan(2);
    }
  });
});
