import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { startServer } from "../../src/page-server.ts";
import { PATHS } from "../../src/protocol/paths.ts";
import { Access } from "../../src/server/access/access.ts";
import { DEFAULT_MAX_VIEWERS } from "../../src/server/access/limits.ts";
import { Router } from "../../src/server/http/router.ts";
import { Hub } from "../../src/server/hub.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { makeCertificate } from "../support/certificate.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const TOKEN = "correct-horse-battery";
const VIEW_TOKEN = "only-looking-at-it";
const ALLOWED = "https://hub.example.org";
const FOREIGN = "https://evil.example";
const METHODS = ["GET", "HEAD", "POST", "PUT"] as const;
const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Every path that the server answers, as it says itself: a new one is in this table from its first day. */
function allPaths(): string[] {
  const hub = new Hub({ title: "", transports: [], iceServers: [], msJpeg: 0, onError: () => {} });
  try {
    return new Router(new Access({ host: "localhost" }), hub, {
      ...{
        base: "/",
        maxViewers: DEFAULT_MAX_VIEWERS,
        trustedProxies: [],
        providesMjpeg: true,
        providesWebrtc: true,
      },
      ...{ host: "localhost", iceServers: [], rtcVideo: hub.video },
    }).paths;
  } finally {
    hub.stop();
  }
}
const ROUTES = allPaths();
const OPEN = "healthz";

const files = new TemporaryDirectory();
const certificate = makeCertificate();
const tls = {
  certFile: files.write("cert.pem", certificate.cert),
  keyFile: files.write("key.pem", certificate.key),
};
let renderer: TestRenderer;
beforeAll(() => {
  renderer = new TestRenderer();
  renderer.writeGrey(80);
});
afterAll(() => {
  renderer[Symbol.dispose]();
  files[Symbol.dispose]();
});

async function start(options: ServerOptions): Promise<ScenecastServer> {
  const server = await startServer({ port: 0, allowOrigins: [ALLOWED], ...options });
  server.attach(renderer.names);
  return server;
}

interface Answer {
  status: number;
  headers: Headers;
  /** As much of it as came with the headers, or all of it for a refusal. */
  body: string;
}

/** One request on a connection of its own, with exactly these headers: fetch would set Host and Origin by itself. */
async function ask(
  { port, url }: ScenecastServer,
  path: string,
  method: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const all: Record<string, string> = {
    host: `localhost:${port}`,
    ...(path.startsWith(PATHS.socket) ? UPGRADE : { connection: "close" }),
    ...(method.startsWith("P") && { "content-length": "2" }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = url.startsWith("https:")
    ? connectTls({ port, host: "127.0.0.1", servername: "localhost", ca: certificate.cert })
    : connect(port, "127.0.0.1");
  try {
    return await new Promise<Answer>((resolve, reject) => {
      let received = "";
      const read = (ended: boolean) => {
        const end = received.indexOf("\r\n\r\n");
        if (end < 0) return;
        const [statusLine = "", ...rest] = received.slice(0, end).split("\r\n");
        const answer: Answer = {
          status: Number(statusLine.split(" ")[1]),
          headers: new Headers(rest.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string])),
          body: received.slice(end + 4),
        };
        const whole = answer.body.length >= Number(answer.headers.get("content-length"));
        if (ended || answer.status < 400 || whole || method === "HEAD") resolve(answer);
      };
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        received += chunk.toString("latin1");
        read(false);
      });
      socket.on("close", () => {
        read(true);
        reject(new Error(`The connection ended after ${JSON.stringify(received)}.`));
      });
      socket.write(
        `${method} /${path} HTTP/1.1\r\n${lines.join("")}\r\n${method.startsWith("P") ? "{}" : ""}`,
      );
    });
  } finally {
    socket.destroy();
  }
}

/** Status for a client with all rights, which is that of every authorized request. */
type Usual = Map<string, number>;

async function usualAnswers(server: ScenecastServer): Promise<Usual> {
  const usual: Usual = new Map();
  for (const path of ROUTES) {
    for (const method of METHODS) {
      usual.set(`${method} ${path}`, (await ask(server, path, method, {})).status);
    }
  }
  return usual;
}

/** Whether a page of another site is refused: browsers hide responses from it, but it must not act or open WebSockets. */
const actsForPages = (path: string, method: string) =>
  method.startsWith("P") || path === PATHS.socket || path === PATHS.events;

interface Caller {
  client: string;
  /** The cookie with which the page of this token was answered. */
  cookieOf?: string;
  query?: string;
  headers?: Record<string, string>;
  /** "in", or with which status every route but /healthz refuses; "reads": only what does not act. */
  expected: "in" | "reads" | 401 | 403;
}

const ON_LOCALHOST: Caller[] = [
  { client: "any client", expected: "in" },
  { client: "any client with a token that is not required", query: "token=whatever-it-is", expected: "in" },
  { client: "a page of another site", headers: { origin: FOREIGN }, expected: "reads" },
  { client: "a sandboxed page", headers: { origin: "null" }, expected: "reads" },
  { client: "a page of an allowed site", headers: { origin: ALLOWED }, expected: "in" },
  {
    client: "its own page through a tunnel",
    headers: { host: "localhost:9", origin: "http://localhost:9" },
    expected: "in",
  },
  {
    client: "a page whose name resolves to this server",
    headers: { host: "evil.example:8000" },
    expected: 403,
  },
  {
    client: "the same, on sockets and posts",
    headers: { host: "evil.example:8000", origin: "http://evil.example:8000" },
    expected: 403,
  },
];

const WITH_TOKENS: Caller[] = [
  { client: "without a token", expected: 401 },
  { client: "an empty token", query: "token=", expected: 401 },
  { client: "a wrong token", query: "token=correct-horse-batterz", expected: 401 },
  { client: "both tokens concatenated", query: `token=${TOKEN}${VIEW_TOKEN}`, expected: 401 },
  { client: "a wrong bearer", headers: { authorization: "Bearer correct-horse" }, expected: 401 },
  {
    client: "the token as a password",
    headers: { authorization: `Basic ${btoa(`:${TOKEN}`)}` },
    expected: 401,
  },
  {
    client: "the token itself as cookie",
    headers: { cookie: `scenecast=${TOKEN}; token=${TOKEN}` },
    expected: 401,
  },
  {
    client: "a wrong token from an allowed site",
    query: "token=x",
    headers: { origin: ALLOWED },
    expected: 401,
  },
  { client: "the token in the query", query: `token=${TOKEN}`, expected: "in" },
  { client: "the token as bearer", headers: { authorization: `Bearer ${TOKEN}` }, expected: "in" },
  { client: "the cookie", cookieOf: TOKEN, expected: "in" },
  {
    client: "the cookie with an old token in the query",
    cookieOf: TOKEN,
    query: "token=old-one",
    expected: "in",
  },
  { client: "the view-only token in the query", query: `token=${VIEW_TOKEN}`, expected: "in" },
  {
    client: "the view-only token as bearer",
    headers: { authorization: `Bearer ${VIEW_TOKEN}` },
    expected: "in",
  },
  { client: "the view-only cookie", cookieOf: VIEW_TOKEN, expected: "in" },
  {
    client: "the token by another name of this machine",
    query: `token=${TOKEN}`,
    headers: { host: "node7:80" },
    expected: "in",
  },
  {
    client: "a page of another site with the token",
    query: `token=${TOKEN}`,
    headers: { origin: FOREIGN },
    expected: "reads",
  },
  {
    client: "a page of another site with the cookie",
    cookieOf: TOKEN,
    headers: { origin: FOREIGN },
    expected: "reads",
  },
  {
    client: "a page of an allowed site with the token",
    query: `token=${TOKEN}`,
    headers: { origin: ALLOWED },
    expected: "in",
  },
  { client: "a page of another site without", headers: { origin: FOREIGN }, expected: 401 },
];

async function cookieOf(server: ScenecastServer, token: string): Promise<string> {
  const page = await ask(server, `?token=${token}`, "GET", {});
  return page.headers.get("set-cookie")?.split(";")[0] ?? "";
}

describe.each([
  ["http", {}],
  ["https", { tls }],
])("over %s", (_, transport) => {
  let usual: Usual;
  beforeAll(async () => {
    await using server = await start(transport);
    usual = await usualAnswers(server);
  });

  test("every path supports GET and HEAD, and other methods only where they have an effect", () => {
    expect(ROUTES).toContain(OPEN);
    for (const path of Object.values(PATHS)) expect(ROUTES).toContain(path);
    for (const path of ROUTES) {
      const statuses = METHODS.map((method) => usual.get(`${method} ${path}`));
      const [get, head, post, put] = statuses;
      expect(put).toBe(path === PATHS.socket ? 426 : 405);
      // Its body is none: 400, or 415 where it must name its type.
      if (path === PATHS.offer) expect(statuses).toEqual([405, 405, 400, 405]);
      else if (path === PATHS.whep) expect(statuses).toEqual([405, 405, 415, 405]);
      else if (path === PATHS.socket) expect(statuses).toEqual([101, 426, 426, 426]);
      // The POST lacks the batch number.
      else if (path === PATHS.events) expect(statuses).toEqual([200, 200, 400, 405]);
      else expect([get, head, post]).toEqual([200, 200, 405]);
    }
  });

  const cases: [string, ServerOptions, Caller][] = [
    ...ON_LOCALHOST.map((caller): [string, ServerOptions, Caller] => [
      `on localhost, ${caller.client}`,
      {},
      caller,
    ]),
    ...WITH_TOKENS.map((caller): [string, ServerOptions, Caller] => [
      `with tokens, ${caller.client}`,
      { token: TOKEN, viewToken: VIEW_TOKEN },
      caller,
    ]),
  ];

  test.each(cases)("%s", async (_, options, { cookieOf: cookieToken, query, headers = {}, expected }) => {
    await using server = await start({ ...transport, ...options });
    const cookie: Record<string, string> =
      cookieToken === undefined ? {} : { cookie: await cookieOf(server, cookieToken) };
    for (const path of ROUTES) {
      for (const method of METHODS) {
        const address = query === undefined ? path : `${path}?${query}`;
        const answer = await ask(server, address, method, { ...cookie, ...headers });
        const mayBe = usual.get(`${method} ${path}`);
        let status = expected === "in" || expected === "reads" || path === OPEN ? mayBe : expected;
        if (expected === "reads" && mayBe !== 405 && actsForPages(path, method)) status = 403;
        expect(`${method} /${path} ${answer.status}`).toBe(`${method} /${path} ${status}`);
        if (![401, 403].includes(answer.status)) continue;
        // A refusal is a sentence, and sets no cookie.
        if (method !== "HEAD") expect(answer.body).toMatch(/^(This (view|server)|A page of) .+\.\n$/);
        expect(answer.headers.get("set-cookie")).toBeNull();
        expect(answer.headers.has("www-authenticate")).toBe(answer.status === 401);
      }
    }
  });
});
