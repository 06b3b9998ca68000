import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout } from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { type IceServer, parseIceServer } from "../../src/webrtc/ice-server.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { freeUdpPortPair } from "../support/free-ports.ts";
import { RunningScenecast, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { withoutCandidates } from "../support/udp-link.ts";
import { waitForColor } from "../web/page-assertions.ts";
import { BLUE, PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { createOffer, offerSdp } from "../webrtc/test-peer.ts";
import { AiortcViewer, missingAiortc } from "./aiortc-viewer.ts";
import { missingTurnServer, TurnServer } from "./turn-server.ts";
import { PlayerSite } from "./whep-player-page.ts";

setDefaultTimeout(60_000);
const missing = missingTurnServer() || missingAiortc();
const testWithTurn = testIf(missing);

const SIZE = [320, 180] as const;

let turn: TurnServer;
let renderer: PatternRenderer;
const servers: ScenecastServer[] = [];
beforeEach(async () => {
  if (missing) return;
  turn = await TurnServer.start();
  renderer = new PatternRenderer();
  renderer.draw(RED, SIZE);
});
afterEach(async () => {
  if (missing) return;
  for (const server of servers.splice(0)) await server.stop();
  renderer[Symbol.dispose]();
  await turn[Symbol.asyncDispose]();
});

function iceServer(text: string): IceServer {
  const server = parseIceServer(text);
  if (server === null) throw new Error(`${text} is not an ICE server.`);
  return server;
}

async function serve(iceServers: readonly string[], allowOrigins: string[] = []): Promise<ScenecastServer> {
  const server = await startServer({ port: 0, iceServers: iceServers.map(iceServer), allowOrigins });
  server.attach(renderer.names);
  servers.push(server);
  return server;
}

/** The types of the candidates in a server's answer. */
async function candidateTypes(url: string): Promise<string[]> {
  const endpoint = new URL("whep", url);
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/sdp" },
    body: await offerSdp(),
  });
  expect(response.status).toBe(201);
  await fetch(new URL(response.headers.get("location") ?? "", endpoint), { method: "DELETE" });
  const types = [...(await response.text()).matchAll(/a=candidate:.* typ (\w+)/g)].map(
    ([, type = ""]) => type,
  );
  return [...new Set(types)].sort();
}

/** Removes all candidates except for relays. */
function relayOnly(sdp: string): string {
  const lines = sdp.split("\r\n");
  return lines.filter((line) => !/^a=candidate:(?!.* typ relay)/.test(line)).join("\r\n");
}

/**
 * A proxy of signalling that changes the SDP so that only the relay works: it removes the other candidates of the answer, and sets
 * the ports of the candidates in the offer to one that is not in use. Their addresses stay, because the relay permits only these.
 */
function startRelayOnlyProxy(target: string): { url: string } & AsyncDisposable {
  const proxy = Bun.serve({
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
      return new Response(relayOnly(await answer.text()), { status: answer.status, headers });
    },
  });
  return { url: `http://127.0.0.1:${proxy.port}/`, [Symbol.asyncDispose]: () => proxy.stop(true) };
}

testWithTurn(
  "a STUN server provides a server-reflexive candidate, and a TURN server also a relay",
  async () => {
    expect(await candidateTypes((await serve([])).url)).toEqual(["host"]);
    expect(await candidateTypes((await serve([turn.stun])).url)).toEqual(["host", "srflx"]);
    for (const transport of ["udp", "tcp"] as const) {
      expect(await candidateTypes((await serve([turn.turn(transport)])).url)).toEqual([
        "host",
        "relay",
        "srflx",
      ]);
    }
  },
);

testWithTurn("trickled candidates get the permission to send through the relay", async () => {
  const server = await serve([turn.turn()]);
  const { peer, sdp } = await createOffer();
  const endpoint = new URL("whep", server.url);
  const body = withoutCandidates(sdp);
  const headers = { "Content-Type": "application/sdp" };
  const answer = await fetch(endpoint, { method: "POST", headers, body });
  // The server knows no candidate of this peer, and the peer only the relay.
  await peer.setRemoteDescription({ type: "answer", sdp: relayOnly(await answer.text()) });
  const ufrag = /a=ice-ufrag:\S+/.exec(sdp)?.[0] ?? "";
  const candidate = "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host";
  const patched = await fetch(new URL(answer.headers.get("location") ?? "", endpoint), {
    method: "PATCH",
    headers: { "Content-Type": "application/trickle-ice-sdpfrag" },
    body: [ufrag, "a=ice-pwd:x", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", candidate, ""].join("\r\n"),
  });
  expect(patched.status).toBe(204);
  await eventually(() => server.state.viewers.length === 1, "the peer is connected");
  await peer.close();
});

testWithTurn("a TURN server over TLS provides a relay if its certificate is trusted", async () => {
  using files = new TemporaryDirectory();
  const args = ["serve", "--names", `${files.path}/names.json`, "--ice-server", turn.turn("tls")];
  const env = { NODE_EXTRA_CA_CERTS: files.write("ca.pem", turn.certificate) };
  await using app = await RunningScenecast.start(args, { env });
  expect(await candidateTypes(app.url)).toContain("relay");
});

testWithTurn("a viewer that can only reach the relay receives the view", async () => {
  const server = await serve([turn.turn()]);
  await using proxy = startRelayOnlyProxy(server.url);
  await using viewer = await AiortcViewer.connect(proxy.url, { via: "whep", complete_at_marker: true });
  await viewer.next("frame", ({ colors: [, , , [red]] }) => red > 180);
  renderer.draw(BLUE, SIZE);
  await viewer.next("frame", ({ colors: [, , , [, , blue]] }) => blue > 180);
  expect(server.state.viewers).toMatchObject([{ transport: "webrtc" }]);
});

testWithTurn("the end of the TURN server disconnects only the viewers that use its relay", async () => {
  const server = await serve([turn.turn()]);
  await using proxy = startRelayOnlyProxy(server.url);
  await using relayed = await AiortcViewer.connect(proxy.url, { via: "whep", complete_at_marker: true });
  await relayed.next("frame");
  await using direct = await AiortcViewer.connect(server.url, { complete_at_marker: true });
  await direct.next("frame");
  await turn.stop();
  const before = direct.frames.length;
  let color = 0;
  await eventually(
    () => {
      renderer.draw([color++ & 255, 0, 0], SIZE);
      return server.state.viewers.length === 1;
    },
    "the viewer behind the relay is disconnected",
    40_000,
  );
  renderer.draw(BLUE, SIZE);
  await direct.next("frame", ({ frame, colors: [, , , [, , blue]] }) => frame > before && blue > 180);
});

/** Makes a page use relays only. */
async function useRelays(page: Page): Promise<void> {
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

testWithTurn("the page receives the view through the TURN server if nothing else works", async () => {
  const server = await serve([turn.turn()]);
  const page = await browser.context.newPage();
  await useRelays(page);
  await page.goto(`${server.url}?encoding=webrtc`);
  await waitForColor(page, RED);
  expect(server.state.viewers).toMatchObject([{ transport: "webrtc" }]);
  await page.close();
});

testWithTurn("a WHEP player requests the ICE servers, and receives the view through a relay", async () => {
  await using site = await PlayerSite.start();
  const server = await serve([turn.turn()], [site.origin]);
  await using player = await site.open(browser, "mediamtx-webrtc-react", `${server.url}whep`, "", useRelays);
  await player.shows(RED);
});

testWithTurn(
  "an ICE server that provides nothing is reported at the start, and does not delay the answer",
  async () => {
    using files = new TemporaryDirectory();
    const unusedPort = await freeUdpPortPair();
    const cases = [
      [turn.turn("udp", "wrong"), "it responds, but provides no relay. Are user name and password right?"],
      [`turn:viewer:secret@127.0.0.1:${unusedPort}`, "it provides no relay. Is it running,"],
      [`stun:127.0.0.1:${unusedPort}`, "it does not respond. Is it running,"],
      [turn.turn("tls"), "it provides no relay. Is it running, is its certificate valid,"],
    ] as const;
    const serve = (url: string) =>
      RunningScenecast.start(["serve", "--names", `${files.path}/names.json`, "--ice-server", url]);
    await Promise.all(
      cases.map(async ([url, problem]) => {
        await using app = await serve(url);
        expect(await candidateTypes(app.url)).toContain("host");
        // The answer did not wait for the end of the check.
        expect(app.stderr).not.toContain("cannot be used");
        await until(() => app.stderr.includes(problem), `it logs: ${problem}`);
        expect(app.stderr).not.toContain("secret");
      }),
    );
    await using app = await serve("turn:a:b@no-such-name.invalid");
    await until(
      () => app.stderr.includes("the host name no-such-name.invalid cannot be resolved."),
      "it logs that the name cannot be resolved",
    );
    expect(await candidateTypes(app.url)).toEqual(["host"]);
  },
);
