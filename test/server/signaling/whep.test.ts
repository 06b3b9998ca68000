import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../../src/page-server.ts";
import { MAX_BODY_BYTES } from "../../../src/server/access/limits.ts";
import type { ScenecastServer } from "../../../src/server/server.ts";
import { PrefixProxy } from "../../web/prefix-proxy.ts";
import { offering, offerText } from "../../webrtc/test-peer.ts";
import { eventually } from "../clients.ts";

const ALLOWED = "https://hub.example.org";
const FRAGMENT = { "Content-Type": "application/trickle-ice-sdpfrag" };
const SDP = { "Content-Type": "application/sdp" };

let server: ScenecastServer;
let offer: string;
beforeAll(async () => {
  server = await startServer({ port: 0, allowOrigins: [ALLOWED] });
  offer = await offerText();
});
afterAll(() => server.stop());

const whep = (body: string, headers: Record<string, string> = SDP) =>
  fetch(`${server.url}whep`, { method: "POST", headers, body });
const fury = (body: string) => fetch(`${server.url}offer`, { method: "POST", body });

/** Ends what an offer has made. */
async function remove(location: string | null): Promise<number> {
  return (await fetch(new URL(location ?? "", `${server.url}whep`), { method: "DELETE" })).status;
}

describe("WHEP", () => {
  test("an offer is answered 201 by SDP and the address of its session, which DELETE ends once", async () => {
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
    expect(await remove(location)).toBe(200);
    // It is gone when its sockets are closed.
    while ((await remove(location)) !== 404) await Bun.sleep(5);
  });

  test.each(["whep", "whep/"])(
    "behind a proxy prefix, the Location of a session made at /proxy/8000/%s is its URL",
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

  test("a session takes no GET, and says what it takes", async () => {
    const answer = await whep(offer);
    const address = new URL(answer.headers.get("location") ?? "", `${server.url}whep`);
    const response = await fetch(address);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("PATCH, DELETE, OPTIONS");
    expect(await remove(address.href)).toBe(200);
  });

  test("candidates that come later are taken by PATCH, those of its own ICE session alone", async () => {
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
    // ICE that begins again is a new offer's.
    expect(await patch(fragment.replace(ufrag, "a=ice-ufrag:another"))).toBe(422);
    expect(await remove(address.href)).toBe(200);
    while ((await patch(fragment)) !== 404) await Bun.sleep(5);
  });

  test("a page of an allowed origin is told that it may, before and after; one of another is refused", async () => {
    const before = await fetch(`${server.url}whep`, { method: "OPTIONS", headers: { Origin: ALLOWED } });
    expect(before.status).toBe(204);
    expect(before.headers.get("access-control-allow-origin")).toBe(ALLOWED);
    expect(before.headers.get("access-control-allow-methods")).toBe("POST, OPTIONS");
    expect(before.headers.get("access-control-allow-headers")).toContain("If-Match");
    expect(before.headers.get("accept-post")).toBe("application/sdp");
    const answer = await whep(offer, { ...SDP, Origin: ALLOWED });
    expect(answer.headers.get("access-control-allow-origin")).toBe(ALLOWED);
    expect(answer.headers.get("access-control-expose-headers")).toContain("Location");
    await remove(answer.headers.get("location"));
    for (const method of ["OPTIONS", "POST"]) {
      const headers = { ...SDP, Origin: "https://evil.example" };
      const response = await fetch(`${server.url}whep`, { method, headers });
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("ICE servers are named in Link headers to those who may look, and the token goes along", async () => {
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
    // A player may ask for them before it offers.
    const asked = async (headers: Record<string, string>) =>
      (await fetch(new URL("whep", other.url), { method: "OPTIONS", headers })).headers.get("link");
    expect(await asked({ Authorization: `Bearer ${other.token}` })).toBe(link);
    expect(await asked({ Authorization: `bearer ${other.token}` })).toBe(link);
    expect(await asked({ Authorization: "Bearer wrong" })).toBeNull();
    expect(await asked({})).toBeNull();
  }, 30_000);

  test("another type of body is answered 415", async () => {
    const answer = await whep(offer, { "Content-Type": "text/plain" });
    expect(answer.status).toBe(415);
    expect(await answer.text()).toContain("application/sdp");
  });
});

describe("FURY's offer", () => {
  test("is answered by JSON of the same form", async () => {
    const answer = await fury(JSON.stringify({ sdp: offer, type: "offer" }));
    expect(answer.status).toBe(200);
    const { sdp, type } = (await answer.json()) as { sdp: string; type: string };
    expect(type).toBe("answer");
    expect(sdp).toContain("VP8/90000");
  });

  test("that is no JSON, or of another form, is answered 400 and told the form", async () => {
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

describe("an offer that can not be answered", () => {
  const refusals: [string, () => Promise<string> | string, number, RegExp][] = [
    ["empty", () => "", 400, /no SDP offer: its first line/],
    ["noise", () => "\0\x01\xff".repeat(1000), 400, /no SDP offer/],
    ["another protocol's", () => "GET / HTTP/1.1\r\n\r\n", 400, /no SDP offer/],
    ["without a fingerprint", () => offer.replace(/a=fingerprint.*\r\n/g, ""), 400, /no "fingerprint"/],
    ["without ICE", () => offer.replace(/a=ice-(ufrag|pwd).*\r\n/g, ""), 400, /no "ice-ufrag"/],
    ["of very many lines", () => offer + "a=ssrc:1 cname:x\r\n".repeat(1000), 400, /more than 1000 lines/],
    ["of very many sections", () => offer + "m=video 9 x 96\r\n".repeat(500), 400, /more than 16 sections/],
    ["without video", () => offer.replace(/m=video[\s\S]*?(?=m=application)/, ""), 406, /has no video/],
    ["with a video that is off", () => offer.replace(/m=video \d+/, "m=video 0"), 406, /has no video/],
    ["that wants to send", () => offerText({ direction: "sendonly" }), 406, /takes no video/],
    [
      "of H.264 only",
      () => offerText({ codecs: ["H264"] }),
      406,
      /no VP8 but H264\. Here is one video in VP8/,
    ],
    ["of unknown codecs", () => offer.replaceAll("VP8", "XYZ"), 406, /no VP8 but XYZ/],
    ["that is ICE-lite as well", () => `${offer}a=ice-lite\r\n`, 406, /neither would begin/],
    ["of codecs without names", () => offer.replace(/a=rtpmap:.*\r\n/g, ""), 406, /no codec by name/],
  ];
  for (const [what, make, status, words] of refusals) {
    test(`${what}: it is answered ${status} and told what there is`, async () => {
      const answer = await whep(await make());
      expect(answer.status).toBe(status);
      const text = await answer.text();
      expect(text).toMatch(words);
      expect(text).toContain("VP8");
      expect(text.length).toBeLessThan(400);
    });
  }

  test("one of more bytes than a body may have is answered 413, also where its length is not told", async () => {
    const body = offer.padEnd(MAX_BODY_BYTES + 1, " ");
    expect((await whep(body)).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await fetch(`${server.url}whep`, { method: "POST", headers: SDP, body: stream })).status).toBe(
      413,
    );
  });

  test("of as many lines of one kind as it may have it is answered, or told why not", async () => {
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
      await remove(answer.headers.get("location"));
    }
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    await remove(answer.headers.get("location"));
  });

  test("whose body does not end it is given up", async () => {
    const port = Number(new URL(server.url).port);
    const head = `POST /whep HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/sdp\r\n`;
    const ended = ["Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nv=0\r\n\r\n"].map(
      async (rest) => {
        const closed = Promise.withResolvers<void>();
        const socket = await Bun.connect({
          ...{ hostname: "127.0.0.1", port },
          socket: { data() {}, close: () => closed.resolve() },
        });
        socket.write(head + rest);
        // Byte by byte, as if there were more to come.
        const dripping = setInterval(() => socket.write(rest.includes("chunked") ? "1\r\na\r\n" : "a"), 1000);
        await closed.promise;
        clearInterval(dripping);
      },
    );
    await Promise.all(ended);
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    await remove(answer.headers.get("location"));
  }, 60_000);

  test("changed in any line it is answered with a status that says so, and the server goes on", async () => {
    const lines = offer.split("\r\n");
    for (const [i, line] of lines.entries()) {
      for (const changed of ["", line.slice(0, 5), `${line}${"9".repeat(300)}`]) {
        const answer = await whep(lines.toSpliced(i, 1, changed).join("\r\n"));
        expect([201, 400, 406]).toContain(answer.status);
        await remove(answer.headers.get("location"));
      }
    }
    const answer = await whep(offer);
    expect(answer.status).toBe(201);
    await remove(answer.headers.get("location"));
  });
});

test("a flood of offers is refused in words, and keeps out nobody but its own address", async () => {
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
    expect(await answer.text()).toContain("Too many WebRTC viewers are connecting at this moment; try again");
    // In the middle of it.
    expect((await from("203.0.113.9")).status).toBe(201);
  }
  expect([...counts.keys()].toSorted()).toEqual([201, 503]);
  expect(counts.get(201)).toBe(64);
}, 60_000);

test("a server without WebRTC answers both addresses 404 and says what to use", async () => {
  await using other = await startServer({ port: 0, providesWebrtc: false });
  for (const path of ["offer", "whep"]) {
    const answer = await fetch(`${other.url}${path}`, { method: "POST", headers: SDP, body: offer });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("--no-webrtc");
  }
});

test("who is connected is told by DTLS when the view ends", async () => {
  const other = await startServer({ port: 0 });
  const { peer, sdp } = await offering();
  const states: string[] = [];
  for (const transport of peer.dtlsTransports)
    transport.onStateChange.subscribe((state) => states.push(state));
  const answer = await fetch(`${other.url}whep`, { method: "POST", headers: SDP, body: sdp });
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  await eventually(() => states.includes("connected"), "they are connected");
  await other.stop();
  await eventually(() => states.includes("closed"), "it is told");
  await peer.close();
});
