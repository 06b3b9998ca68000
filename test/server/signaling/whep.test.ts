import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../../src/page-server.ts";
import { MAX_BODY_BYTES } from "../../../src/server/access/limits.ts";
import type { ScenecastServer } from "../../../src/server/server.ts";
import { PrefixProxy } from "../../web/prefix-proxy.ts";
import { createOffer, offerSdp } from "../../webrtc/test-peer.ts";
import { eventually } from "../clients.ts";

const ALLOWED = "https://hub.example.org";
const FRAGMENT = { "Content-Type": "application/trickle-ice-sdpfrag" };
const SDP = { "Content-Type": "application/sdp" };

let server: ScenecastServer;
let offer: string;
beforeAll(async () => {
  server = await startServer({ port: 0, allowOrigins: [ALLOWED] });
  offer = await offerSdp();
});
afterAll(() => server.stop());

const whep = (body: string, headers: Record<string, string> = SDP) =>
  fetch(`${server.url}whep`, { method: "POST", headers, body });
const fury = (body: string) => fetch(`${server.url}offer`, { method: "POST", body });

/** Ends the session at this location. */
async function endSession(location: string | null): Promise<number> {
  return (await fetch(new URL(location ?? "", `${server.url}whep`), { method: "DELETE" })).status;
}

/** Repeats a request until it has this status: a session exists until its sockets are closed. */
async function expectStatus(status: number, request: () => Promise<number>): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (let current = await request(); current !== status; current = await request()) {
    if (performance.now() > deadline) throw new Error(`The status is ${current} and not ${status}.`);
    await Bun.sleep(5);
  }
}

describe("WHEP", () => {
  test("POST is answered with 201, SDP and the location of a session, which DELETE ends once", async () => {
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("application/sdp");
    const sdp = await answer.text();
    expect(sdp).toMatch(/^v=0\r\n/);
    expect(sdp).toMatch(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host/);
    for (const line of ["a=rtpmap:96 VP8/90000", "a=sendonly", "a=setup:passive", "a=ice-lite"]) {
      expect(sdp).toContain(`${line}\r\n`);
    }
    expect(answer.headers.get("link")).toBeNull();
    const location = answer.headers.get("location");
    expect(location).toMatch(/^whep\/[0-9a-f-]{36}$/);
    expect(await endSession(location)).toBe(200);
    await expectStatus(404, () => endSession(location));
  });

  test.each(["whep", "whep/"])(
    "behind a proxy prefix, the Location of a session created at /proxy/8000/%s is its URL",
    async (path) => {
      await using proxy = new PrefixProxy("/proxy/8000/", server.url);
      const address = new URL(path, proxy.url);
      const answer = await fetch(address, { method: "POST", headers: SDP, body: offer });
      expect(answer.status).toBe(201);
      const session = new URL(answer.headers.get("location") ?? "", address);
      expect(session.pathname).toStartWith("/proxy/8000/whep/");
      expect((await fetch(session, { method: "DELETE" })).status).toBe(200);
    },
  );

  test("GET of a session is refused with its allowed methods", async () => {
    const answer = await whep(offer);
    const address = new URL(answer.headers.get("location") ?? "", `${server.url}whep`);
    const response = await fetch(address);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("PATCH, DELETE, OPTIONS");
    expect(await endSession(address.href)).toBe(200);
  });

  test("PATCH adds candidates to a session, but only those of its own ICE session", async () => {
    const answer = await whep(offer);
    const address = new URL(answer.headers.get("location") ?? "", `${server.url}whep`);
    const etag = answer.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f-]{36}"$/);
    expect(answer.headers.get("accept-patch")).toBe(FRAGMENT["Content-Type"]);
    const ufrag = /a=ice-ufrag:\S+/.exec(offer)?.[0] ?? "";
    const candidate = "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host";
    const lines = [ufrag, "a=ice-pwd:x", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", candidate];
    const fragment = `${[...lines, "a=end-of-candidates"].join("\r\n")}\r\n`;
    const patch = async (body: string, headers: Record<string, string> = FRAGMENT) =>
      (await fetch(address, { method: "PATCH", headers, body })).status;
    for (const match of [undefined, "*", etag]) {
      expect(await patch(fragment, { ...FRAGMENT, ...(match && { "If-Match": match }) })).toBe(204);
    }
    expect(await patch(fragment, { ...FRAGMENT, "If-Match": '"another"' })).toBe(412);
    expect(await patch(fragment, SDP)).toBe(415);
    expect(await patch("")).toBe(400);
    expect(await patch(fragment.padEnd(MAX_BODY_BYTES + 1, " "))).toBe(413);
    // An ICE restart requires a new offer.
    expect(await patch(fragment.replace(ufrag, "a=ice-ufrag:another"))).toBe(422);
    expect(await endSession(address.href)).toBe(200);
    await expectStatus(404, () => patch(fragment));
  });

  test("CORS headers allow a page of an allowed origin, and a page of another origin is refused", async () => {
    const before = await fetch(`${server.url}whep`, { method: "OPTIONS", headers: { Origin: ALLOWED } });
    expect(before.status).toBe(204);
    expect(before.headers.get("access-control-allow-origin")).toBe(ALLOWED);
    expect(before.headers.get("access-control-allow-methods")).toBe("POST, OPTIONS");
    expect(before.headers.get("access-control-allow-headers")).toContain("If-Match");
    expect(before.headers.get("accept-post")).toBe("application/sdp");
    const answer = await whep(offer, { ...SDP, Origin: ALLOWED });
    expect(answer.headers.get("access-control-allow-origin")).toBe(ALLOWED);
    expect(answer.headers.get("access-control-expose-headers")).toContain("Location");
    await endSession(answer.headers.get("location"));
    for (const method of ["OPTIONS", "POST"]) {
      const headers = { ...SDP, Origin: "https://evil.example" };
      const response = await fetch(`${server.url}whep`, { method, headers });
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("Link headers list the ICE servers for authorized clients, and Location contains the token of the URL", async () => {
    await using other = await startServer({
      ...{ port: 0, token: "correct-horse-battery" },
      iceServers: [{ urls: "turn:127.0.0.1:9", username: "me", credential: "secret" }],
    });
    const answer = await fetch(`${new URL("whep", other.url)}?token=${other.token}`, {
      ...{ method: "POST", headers: SDP, body: offer },
    });
    expect(answer.status).toBe(201);
    const link =
      '<turn:127.0.0.1:9>; rel="ice-server"; username="me"; credential="secret"; credential-type="password"';
    expect(answer.headers.get("link")).toBe(link);
    expect(answer.headers.get("location")).toMatch(/\?token=correct-horse-battery$/);
    // A player may request them before its offer.
    const preflight = async (headers: Record<string, string>) =>
      (await fetch(new URL("whep", other.url), { method: "OPTIONS", headers })).headers.get("link");
    expect(await preflight({ Authorization: `Bearer ${other.token}` })).toBe(link);
    expect(await preflight({ Authorization: `bearer ${other.token}` })).toBe(link);
    expect(await preflight({ Authorization: "Bearer wrong" })).toBeNull();
    expect(await preflight({})).toBeNull();
  }, 30_000);

  test("a body of another media type is answered with 415", async () => {
    const answer = await whep(offer, { "Content-Type": "text/plain" });
    expect(answer.status).toBe(415);
    expect(await answer.text()).toContain("application/sdp");
  });
});

describe("FURY's offer", () => {
  test("POST /offer answers JSON with JSON of the same form", async () => {
    const answer = await fury(JSON.stringify({ sdp: offer, type: "offer" }));
    expect(answer.status).toBe(200);
    const { sdp, type } = (await answer.json()) as { sdp: string; type: string };
    expect(type).toBe("answer");
    expect(sdp).toContain("VP8/90000");
  });

  test("POST /offer answers JSON of another form, and anything else, with 400 and the expected form", async () => {
    for (const body of [
      "",
      "{}",
      "[]",
      "null",
      '{"sdp": 5}',
      JSON.stringify({ sdp: offer, type: "answer" }),
    ]) {
      const answer = await fury(body);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('{"type": "offer", "sdp": "v=0…"}');
    }
  });
});

describe("a refused offer", () => {
  const refusals: [what: string, make: () => Promise<string> | string, status: number, message: RegExp][] = [
    ["an empty body", () => "", 400, /not an SDP offer: its first line/],
    ["noise", () => "\0\x01\xff".repeat(1000), 400, /not an SDP offer/],
    ["another protocol", () => "GET / HTTP/1.1\r\n\r\n", 400, /not an SDP offer/],
    [
      "an offer without a fingerprint",
      () => offer.replace(/a=fingerprint.*\r\n/g, ""),
      400,
      /no "fingerprint"/,
    ],
    ["an offer without ICE", () => offer.replace(/a=ice-(ufrag|pwd).*\r\n/g, ""), 400, /no "ice-ufrag"/],
    [
      "an offer with 1000 lines too many",
      () => offer + "a=ssrc:1 cname:x\r\n".repeat(1000),
      400,
      /more than 1000 lines/,
    ],
    [
      "an offer with 500 sections",
      () => offer + "m=video 9 x 96\r\n".repeat(500),
      400,
      /more than 16 sections/,
    ],
    [
      "an offer without video",
      () => offer.replace(/m=video[\s\S]*?(?=m=application)/, ""),
      406,
      /has no video/,
    ],
    [
      "an offer whose video is disabled",
      () => offer.replace(/m=video \d+/, "m=video 0"),
      406,
      /has no video/,
    ],
    ["a sendonly offer", () => offerSdp({ direction: "sendonly" }), 406, /receives no video/],
    [
      "an offer with H.264 only",
      () => offerSdp({ codecs: ["H264"] }),
      406,
      /no VP8 but H264\. This server provides one video in VP8/,
    ],
    ["an offer with unknown codecs", () => offer.replaceAll("VP8", "XYZ"), 406, /no VP8 but XYZ/],
    ["an ICE-lite offer", () => `${offer}a=ice-lite\r\n`, 406, /neither side would connect/],
    ["an offer with unnamed codecs", () => offer.replace(/a=rtpmap:.*\r\n/g, ""), 406, /no codec by name/],
  ];
  for (const [what, make, status, message] of refusals) {
    test(`${what} is answered with ${status} and what the server supports`, async () => {
      const answer = await whep(await make());
      expect(answer.status).toBe(status);
      const text = await answer.text();
      expect(text).toMatch(message);
      expect(text).toContain("VP8");
      expect(text.length).toBeLessThan(400);
    });
  }

  test("a body that is too long is answered with 413, also without Content-Length", async () => {
    const body = offer.padEnd(MAX_BODY_BYTES + 1, " ");
    expect((await whep(body)).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await fetch(`${server.url}whep`, { method: "POST", headers: SDP, body: stream })).status).toBe(
      413,
    );
  });

  test("an offer with as many lines of one kind as allowed is answered or refused", async () => {
    const kinds: ((i: number) => string)[] = [
      (i) => `a=candidate:${i} 1 udp ${i} 192.0.2.${i % 256} ${1000 + i} typ host`,
      (i) => `a=candidate:${i} 1 udp ${i} host-${i}.invalid ${1000 + i} typ host`,
      (i) => `a=candidate:${i} 1 udp ${i} ${i}.local ${1000 + i} typ host`,
      (i) => `a=candidate:${" ".repeat(i)}`,
      (i) => `a=extmap:${i} urn:example:${i}`,
      (i) => `a=rtpmap:${i} VP8/90000`,
      (i) => `a=fmtp:96 x=${i}`,
      (i) => `a=rtcp-fb:96 x${i}`,
      (i) => `a=ssrc:${i} cname:x`,
      (i) => `a=rid:${i} recv`,
    ];
    for (const kind of kinds) {
      const lines = Array.from({ length: 900 }, (_, i) => kind(i)).join("\r\n");
      const sdp = offer.replace("m=application", `${lines}\r\nm=application`).slice(0, MAX_BODY_BYTES);
      const answer = await whep(sdp);
      expect([201, 400, 406]).toContain(answer.status);
      await endSession(answer.headers.get("location"));
    }
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    await endSession(answer.headers.get("location"));
  });

  test("a request whose body never ends is aborted", async () => {
    const port = Number(new URL(server.url).port);
    const head = `POST /whep HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/sdp\r\n`;
    const closings = [
      "Content-Length: 5000\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n5\r\nv=0\r\n\r\n",
    ].map(async (rest) => {
      const closed = Promise.withResolvers<void>();
      const socket = await Bun.connect({
        ...{ hostname: "127.0.0.1", port },
        socket: { data() {}, close: () => closed.resolve() },
      });
      socket.write(head + rest);
      // The body is sent byte by byte, and never ends.
      using _sending = setInterval(() => socket.write(rest.includes("chunked") ? "1\r\na\r\n" : "a"), 1000);
      await closed.promise;
    });
    await Promise.all(closings);
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    await endSession(answer.headers.get("location"));
  }, 60_000);

  test("an offer with any line mutated is answered or refused, and the server keeps working", async () => {
    const lines = offer.split("\r\n");
    for (const [i, line] of lines.entries()) {
      for (const changed of ["", line.slice(0, 5), `${line}${"9".repeat(300)}`]) {
        const answer = await whep(lines.toSpliced(i, 1, changed).join("\r\n"));
        expect([201, 400, 406]).toContain(answer.status);
        await endSession(answer.headers.get("location"));
      }
    }
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    await endSession(answer.headers.get("location"));
  });
});

test("a flood of offers is refused with Retry-After, and shuts out only its own address", async () => {
  await using flooded = await startServer({ port: 0, trustedProxies: ["127.0.0.1"] });
  const from = (address: string) =>
    fetch(`${flooded.url}whep`, {
      ...{ method: "POST", headers: { ...SDP, "X-Forwarded-For": address }, body: offer },
    });
  const counts = new Map<number, number>();
  for (let i = 0; i < 1000; i++) {
    const answer = await from("198.51.100.7");
    counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    if (answer.status !== 503 || i % 100 !== 0) continue;
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await answer.text()).toContain("Too many WebRTC viewers are connecting at the moment. Try again");
    // Another address is admitted during the flood.
    expect((await from("203.0.113.9")).status).toBe(201);
  }
  expect([...counts.keys()].toSorted()).toEqual([201, 503]);
  expect(counts.get(201)).toBe(64);
}, 60_000);

test("a server with --no-webrtc answers both paths with 404 and an alternative", async () => {
  await using other = await startServer({ port: 0, providesWebrtc: false });
  for (const path of ["offer", "whep"]) {
    const answer = await fetch(`${other.url}${path}`, { method: "POST", headers: SDP, body: offer });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("--no-webrtc");
  }
});

test("a connected peer receives close_notify when the server stops", async () => {
  await using other = await startServer({ port: 0 });
  const { peer, sdp } = await createOffer();
  const states: string[] = [];
  for (const transport of peer.dtlsTransports)
    transport.onStateChange.subscribe((state) => states.push(state));
  const answer = await fetch(`${other.url}whep`, { method: "POST", headers: SDP, body: sdp });
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  await eventually(() => states.includes("connected"), "the peer is connected");
  await other.stop();
  await eventually(() => states.includes("closed"), "the peer has received close_notify");
  await peer.close();
});
