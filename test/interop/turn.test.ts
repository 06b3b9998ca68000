import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { type IceServer, parseIceServer } from "../../src/webrtc/ice-server.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { freeUdpPortPair } from "../support/free-ports.ts";
import { RunningScenecast, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { withoutCandidates } from "../support/udp-link.ts";
import { waitForColor } from "../web/page-assertions.ts";
import { BLUE, PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { offering, offerText } from "../webrtc/test-peer.ts";
import { AiortcViewer, whyNoAiortc } from "./aiortc-viewer.ts";
import { TurnServer, whyNoTurnServer } from "./turn-server.ts";
import { PlayerSite } from "./whep-player-page.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoTurnServer() || whyNoAiortc();
if (whyNot) console.error(`skipped: STUN and TURN, because ${whyNot}`);
const withTurn = test.skipIf(whyNot !== "");

const SIZE = [320, 180] as const;

let turn: TurnServer;
let renderer: PatternRenderer;
const servers: ScenecastServer[] = [];
beforeEach(async () => {
  if (whyNot) return;
  turn = await TurnServer.start();
  renderer = new PatternRenderer();
  renderer.draw(RED, SIZE);
});
afterEach(async () => {
  if (whyNot) return;
  for (const server of servers.splice(0)) await server.stop();
  renderer[Symbol.dispose]();
  await turn[Symbol.asyncDispose]();
});

function iceServer(text: string): IceServer {
  const server = parseIceServer(text);
  if (server === null) throw new Error(`${text} is no ICE server.`);
  return server;
}

async function serve(iceServers: readonly string[], allowOrigins: string[] = []): Promise<ScenecastServer> {
  const server = await startServer({ port: 0, iceServers: iceServers.map(iceServer), allowOrigins });
  server.attach(renderer.names);
  servers.push(server);
  return server;
}

/** The kinds of the candidates of a server's answer, whose session is ended at once. */
async function kindsOf(url: string): Promise<string[]> {
  const endpoint = new URL("whep", url);
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/sdp" },
    body: await offerText(),
  });
  expect(response.status).toBe(201);
  await fetch(new URL(response.headers.get("location") ?? "", endpoint), { method: "DELETE" });
  const kinds = [...(await response.text()).matchAll(/a=candidate:.* typ (\w+)/g)].map(
    ([, kind = ""]) => kind,
  );
  return [...new Set(kinds)].sort();
}

/** An answer with nothing but relays. */
function relayAlone(sdp: string): string {
  const lines = sdp.split("\r\n");
  return lines.filter((line) => !/^a=candidate:(?!.* typ relay)/.test(line)).join("\r\n");
}

/**
 * The server as it looks to somebody who reaches nothing but its relay, and whom it does not reach either: his candidates lead
 * to a port where nobody is, though to his address, or the relay would let nothing of his through.
 */
function behindRelay(target: string): { url: string } & AsyncDisposable {
  const shim = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (request.method !== "POST") return fetch(new URL(pathname, target), { method: request.method });
      const offer = (await request.text()).replace(/^(a=candidate:\S+ \d+ udp \d+ \S+) \d+ /gim, "$1 9 ");
      const answer = await fetch(new URL(pathname, target), {
        method: "POST",
        headers: request.headers,
        body: offer,
      });
      const headers = new Headers(answer.headers);
      headers.delete("Content-Length");
      return new Response(relayAlone(await answer.text()), { status: answer.status, headers });
    },
  });
  return { url: `http://127.0.0.1:${shim.port}/`, [Symbol.asyncDispose]: () => shim.stop(true) };
}

withTurn(
  "a STUN server gives the address by which it sees this machine, a TURN server a relay too",
  async () => {
    expect(await kindsOf((await serve([])).url)).toEqual(["host"]);
    expect(await kindsOf((await serve([turn.stun])).url)).toEqual(["host", "srflx"]);
    for (const way of ["udp", "tcp"] as const) {
      expect(await kindsOf((await serve([turn.turn(way)])).url)).toEqual(["host", "relay", "srflx"]);
    }
  },
);

withTurn("candidates that come after the offer open the relay to those who have them", async () => {
  const server = await serve([turn.turn()]);
  const { peer, sdp } = await offering();
  const endpoint = new URL("whep", server.url);
  const body = withoutCandidates(sdp);
  const headers = { "Content-Type": "application/sdp" };
  const answer = await fetch(endpoint, { method: "POST", headers, body });
  // Of this peer the server knows nothing, and the peer of the server only its relay.
  await peer.setRemoteDescription({ type: "answer", sdp: relayAlone(await answer.text()) });
  const ufrag = /a=ice-ufrag:\S+/.exec(sdp)?.[0] ?? "";
  const candidate = "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host";
  const patched = await fetch(new URL(answer.headers.get("location") ?? "", endpoint), {
    method: "PATCH",
    headers: { "Content-Type": "application/trickle-ice-sdpfrag" },
    body: [ufrag, "a=ice-pwd:x", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", candidate, ""].join("\r\n"),
  });
  expect(patched.status).toBe(204);
  await eventually(() => server.state.viewers.length === 1, "it is connected");
  await peer.close();
});

withTurn("a TURN server by TLS gives a relay, where its certificate is trusted", async () => {
  using files = new TemporaryDirectory();
  const args = ["serve", "--names", `${files.path}/names.json`, "--ice-server", turn.turn("tls")];
  const env = { NODE_EXTRA_CA_CERTS: files.write("ca.pem", turn.certificate) };
  await using app = await RunningScenecast.start(args, { env });
  expect(await kindsOf(app.url)).toContain("relay");
});

withTurn(
  "who reaches the relay alone gets the picture, also when the server has it from behind a link",
  async () => {
    const server = await serve([turn.turn()]);
    await using way = behindRelay(server.url);
    await using viewer = await AiortcViewer.connect(way.url, { via: "whep", complete_at_marker: true });
    await viewer.next("frame", ({ colours: [, , , [red]] }) => red > 180);
    renderer.draw(BLUE, SIZE);
    await viewer.next("frame", ({ colours: [, , , [, , blue]] }) => blue > 180);
    expect(server.state.viewers).toMatchObject([{ transport: "webrtc" }]);
  },
);

withTurn("the end of the TURN server ends the viewers behind it alone", async () => {
  const server = await serve([turn.turn()]);
  await using way = behindRelay(server.url);
  await using behind = await AiortcViewer.connect(way.url, { via: "whep", complete_at_marker: true });
  await behind.next("frame");
  await using direct = await AiortcViewer.connect(server.url, { complete_at_marker: true });
  await direct.next("frame");
  await turn.stop();
  const seen = direct.frames.length;
  let color = 0;
  await eventually(
    () => {
      renderer.draw([color++ & 255, 0, 0], SIZE);
      return server.state.viewers.length === 1;
    },
    "the viewer behind the relay is let go of",
    40_000,
  );
  renderer.draw(BLUE, SIZE);
  await direct.next("frame", ({ frame, colours: [, , , [, , blue]] }) => frame > seen && blue > 180);
});

/** Has pages use relays alone, whatever they say. */
async function relayOnly(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const Plain = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Plain {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: "relay" });
      }
    };
  });
}

let browser: TestBrowser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());

withTurn(
  "the page learns of the TURN server, and has the picture through it where nothing else leads",
  async () => {
    const server = await serve([turn.turn()]);
    const page = await browser.context.newPage();
    await relayOnly(page);
    await page.goto(`${server.url}?encoding=webrtc`);
    await waitForColor(page, RED);
    expect(server.state.viewers).toMatchObject([{ transport: "webrtc" }]);
    await page.close();
  },
);

withTurn("a WHEP player asks for the ICE servers, and has the picture through a relay", async () => {
  await using site = await PlayerSite.start();
  const server = await serve([turn.turn()], [site.origin]);
  await using player = await site.open(browser, "mediamtx-webrtc-react", `${server.url}whep`, "", relayOnly);
  await player.shows(RED);
});

withTurn("an ICE server that gives nothing is told of at the start, and holds nobody up", async () => {
  using files = new TemporaryDirectory();
  const nobody = await freeUdpPortPair();
  const cases = [
    [turn.turn("udp", "wrong"), "it responds, but provides no relay. Are user name and password right?"],
    [`turn:viewer:secret@127.0.0.1:${nobody}`, "it provides no relay. Is it running,"],
    [`stun:127.0.0.1:${nobody}`, "it does not respond. Is it running,"],
    [turn.turn("tls"), "it provides no relay. Is it running, is its certificate valid,"],
  ] as const;
  const serve = (url: string) =>
    RunningScenecast.start(["serve", "--names", `${files.path}/names.json`, "--ice-server", url]);
  await Promise.all(
    cases.map(async ([url, why]) => {
      await using app = await serve(url);
      expect(await kindsOf(app.url)).toContain("host");
      // The answer did not wait until it was given up.
      expect(app.stderr).not.toContain("cannot be used");
      await until(() => app.stderr.includes(why), `it says: ${why}`);
      expect(app.stderr).not.toContain("secret");
    }),
  );
  await using app = await serve("turn:a:b@no-such-name.invalid");
  await until(
    () => app.stderr.includes("the host name no-such-name.invalid cannot be resolved."),
    "it says so",
  );
  expect(await kindsOf(app.url)).toEqual(["host"]);
});
