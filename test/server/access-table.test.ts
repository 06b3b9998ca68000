import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { PATHS } from "../../src/protocol/paths.ts";
import { Access } from "../../src/server/access/access.ts";
import { Router } from "../../src/server/http/router.ts";
import { Hub } from "../../src/server/hub.ts";
import type { Recorder } from "../../src/server/renderer/recorder.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { makeCertificate } from "../support/certificate.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { RawHttp, type RawResponse, UPGRADE_HEADERS } from "./raw-http.ts";

const TOKEN = "correct-horse-battery";
const VIEW_TOKEN = "view-only-token-1";
const ALLOWED = "https://hub.example.org";
const FOREIGN = "https://evil.example";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH"] as const;

/** All paths of the router, so that a new route is covered automatically. */
function allPaths(): string[] {
  const hub = new Hub({});
  try {
    return [...new Router(new Access({ host: "localhost" }), hub, {}).routes.keys()];
  } finally {
    hub.stop();
  }
}
const ROUTES = allPaths();
const PUBLIC_PATH = "healthz";

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

/** A recorder that records nothing: its requests are refused before. */
const recorder: Recorder = {
  ...{ status: undefined, file: undefined, cancel: () => {} },
  start: () => {
    throw new Error("Nothing is recorded.");
  },
  stop: () => {
    throw new Error("Nothing is recorded.");
  },
};

async function start(options: ServerOptions): Promise<ScenecastServer> {
  const scene = { document: {}, patch: async () => ({}), onChange: () => {} };
  const server = await startServer({ port: 0, allowOrigins: [ALLOWED], scene, recorder, ...options });
  server.attach(renderer.names);
  return server;
}

/** Sends one request on a new connection. The body is read only if the response is a refusal, since streams do not end. */
async function request(
  { port, url }: ScenecastServer,
  path: string,
  method: string,
  headers: Record<string, string>,
): Promise<RawResponse> {
  using http = await RawHttp.open(port, url.startsWith("https:") ? certificate.cert : undefined);
  const hasBody = method.startsWith("P");
  http.request(method, path, {
    ...(path.startsWith(PATHS.socket) ? UPGRADE_HEADERS : { connection: "close" }),
    ...(hasBody && { "content-length": "2" }),
    ...headers,
  });
  if (hasBody) http.write("{}");
  const head = await http.head();
  const length = head.status < 400 || method === "HEAD" ? 0 : Number(head.headers.get("content-length"));
  return { ...head, body: await http.bytes(length) };
}

/** Status of each method and path for an authorized client. */
type Statuses = Map<string, number>;

async function authorizedStatuses(server: ScenecastServer): Promise<Statuses> {
  const statuses: Statuses = new Map();
  for (const path of ROUTES) {
    for (const method of METHODS) {
      statuses.set(`${method} ${path}`, (await request(server, path, method, {})).status);
    }
  }
  return statuses;
}

/** Whether a page of another site is refused: browsers hide responses from it, but it must not post or open WebSockets. */
const isRefusedToOtherSites = (path: string, method: string) =>
  method.startsWith("P") || path === PATHS.socket || path === PATHS.events;

interface Caller {
  client: string;
  /** Token whose cookie is sent. */
  cookieOf?: string;
  query?: string;
  headers?: Record<string, string>;
  /** Whether it may see and not steer. Default: it may steer. */
  seesOnly?: true;
  /** "all" routes, "read-only" ones, or the status with which every route but /healthz refuses. */
  expected: "all" | "read-only" | 401 | 403;
}

const ON_LOCALHOST: Caller[] = [
  { client: "any client", expected: "all" },
  { client: "any client with a token that is not required", query: "token=whatever-it-is", expected: "all" },
  { client: "a page of another site", headers: { origin: FOREIGN }, expected: "read-only" },
  { client: "a sandboxed page", headers: { origin: "null" }, expected: "read-only" },
  { client: "a page of an allowed site", headers: { origin: ALLOWED }, expected: "all" },
  {
    client: "its own page through a tunnel",
    headers: { host: "localhost:9", origin: "http://localhost:9" },
    expected: "all",
  },
  {
    client: "a page whose name resolves to this server",
    headers: { host: "evil.example:8000" },
    expected: 403,
  },
  {
    client: "a page whose name resolves to this server, with its Origin",
    headers: { host: "evil.example:8000", origin: "http://evil.example:8000" },
    expected: 403,
  },
];

const WITH_TOKENS: Caller[] = [
  { client: "a client without a token", expected: 401 },
  {
    client: "a cookie of another server",
    headers: { cookie: "scenecast_00000000=1; other=2" },
    expected: 401,
  },
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
  { client: "the token in the query", query: `token=${TOKEN}`, expected: "all" },
  { client: "the token as bearer", headers: { authorization: `Bearer ${TOKEN}` }, expected: "all" },
  { client: "the cookie", cookieOf: TOKEN, expected: "all" },
  {
    client: "the cookie with an old token in the query",
    cookieOf: TOKEN,
    query: "token=old-one",
    expected: "all",
  },
  {
    client: "the view-only token in the query",
    query: `token=${VIEW_TOKEN}`,
    seesOnly: true,
    expected: "all",
  },
  {
    client: "the view-only token as bearer",
    headers: { authorization: `Bearer ${VIEW_TOKEN}` },
    seesOnly: true,
    expected: "all",
  },
  { client: "the view-only cookie", cookieOf: VIEW_TOKEN, seesOnly: true, expected: "all" },
  {
    client: "the token by another name of this machine",
    query: `token=${TOKEN}`,
    headers: { host: "node7:80" },
    expected: "all",
  },
  {
    client: "a page of another site with the token",
    query: `token=${TOKEN}`,
    headers: { origin: FOREIGN },
    expected: "read-only",
  },
  {
    client: "a page of another site with the cookie",
    cookieOf: TOKEN,
    headers: { origin: FOREIGN },
    expected: "read-only",
  },
  {
    client: "a page of an allowed site with the token",
    query: `token=${TOKEN}`,
    headers: { origin: ALLOWED },
    expected: "all",
  },
  { client: "a page of another site without a token", headers: { origin: FOREIGN }, expected: 401 },
];

async function cookieOf(server: ScenecastServer, token: string): Promise<string> {
  const page = await request(server, `?token=${token}`, "GET", {});
  return page.headers.get("set-cookie")?.split(";")[0] ?? "";
}

describe.each([
  ["http", {}],
  ["https", { tls }],
])("access over %s", (_, transport) => {
  let authorized: Statuses;
  beforeAll(async () => {
    await using server = await start(transport);
    authorized = await authorizedStatuses(server);
  });

  test("every path supports GET and HEAD, and other methods only where they have an effect", () => {
    expect(ROUTES).toContain(PUBLIC_PATH);
    for (const path of Object.values(PATHS)) expect(ROUTES).toContain(path);
    for (const path of ROUTES) {
      const statuses = METHODS.map((method) => authorized.get(`${method} ${path}`));
      const [get, head, post, put, patch] = statuses;
      // The PATCH lacks its media type.
      expect(patch).toBe(path === PATHS.socket ? 426 : path === PATHS.scene ? 415 : 405);
      statuses.pop();
      expect(put).toBe(path === PATHS.socket ? 426 : 405);
      // The body is not an offer: 400, or 415 for lack of its media type.
      if (path === PATHS.offer) expect(statuses).toEqual([405, 405, 400, 405]);
      else if (path === PATHS.whep) expect(statuses).toEqual([405, 405, 415, 405]);
      else if (path === PATHS.socket) expect(statuses).toEqual([101, 426, 426, 426]);
      // The POST is not a recording.
      else if (path === PATHS.record) expect(statuses).toEqual([200, 200, 400, 405]);
      // The POST lacks the batch number.
      else if (path === PATHS.events) expect(statuses).toEqual([200, 200, 400, 405]);
      // Its query lacks the place.
      else if (path === PATHS.pick) expect(statuses).toEqual([400, 400, 405, 405]);
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

  test.each(cases)(
    "every route accepts or refuses as expected: %s",
    async (_, options, { cookieOf: cookieToken, query, headers = {}, seesOnly, expected }) => {
      await using server = await start({ ...transport, ...options });
      const cookie: Record<string, string> =
        cookieToken === undefined ? {} : { cookie: await cookieOf(server, cookieToken) };
      for (const path of ROUTES) {
        for (const method of METHODS) {
          const address = query === undefined ? path : `${path}?${query}`;
          const answer = await request(server, address, method, { ...cookie, ...headers });
          const authorizedStatus = authorized.get(`${method} ${path}`);
          let status =
            expected === "all" || expected === "read-only" || path === PUBLIC_PATH
              ? authorizedStatus
              : expected;
          if (expected === "read-only" && authorizedStatus !== 405 && isRefusedToOtherSites(path, method))
            status = 403;
          // The table of rights: what a viewer with the view-only token may not do.
          if (seesOnly && path === PATHS.scene && method === "PATCH") status = 403;
          if (seesOnly && path === PATHS.record && authorizedStatus !== 405) status = 403;
          expect(`${method} /${path} ${answer.status}`).toBe(`${method} /${path} ${status}`);
          if (![401, 403].includes(answer.status)) continue;
          // A refusal has a message, and sets no cookie.
          if (method !== "HEAD")
            expect(answer.body.toString()).toMatch(/^(This (view|server)|A page of) .+\.\n$/);
          expect(answer.headers.get("set-cookie")).toBeNull();
          expect(answer.headers.has("www-authenticate")).toBe(answer.status === 401);
        }
      }
    },
  );
});
