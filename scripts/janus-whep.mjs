// Has a Janus server pull a stream by WHEP and hand it on to any number of viewers, without decoding it. Plain Node 18:
//
//   node janus-whep.mjs http://node12:8000/whep http://127.0.0.1:8088/janus 5004
//
// Janus speaks no WHEP itself. Its NoSIP plugin offers to take the video and passes its RTP to a mountpoint of its
// Streaming plugin (5004 and, for RTCP, 5005), which viewers watch; this program carries the offer and the answer. A
// viewer's wish for a keyframe goes the same way back. The token goes in SCENECAST_TOKEN. SIGTERM and SIGINT end it; it
// fails where the stream ends, so that what started it can start it again.

const [endpoint, janus, portText = ""] = process.argv.slice(2);
const port = Number(portText);
const token = process.env.SCENECAST_TOKEN;

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Has Janus do something. */
async function call(address, request) {
  const body = JSON.stringify({ ...request, transaction: crypto.randomUUID() });
  const said = await (await fetch(address, { method: "POST", body })).json();
  if (said.error) throw new Error(`Janus refused "${request.janus}": ${said.error.reason}`);
  return said;
}

/** The next event of a session that is so. Janus ends a session of which nobody asks for events for a minute. */
async function nextEvent(session, accept) {
  for (;;) {
    const event = await (await fetch(`${session}?rid=${Date.now()}`)).json();
    if (event.error) throw new Error(`Janus has ended the session: ${event.error.reason}`);
    if (accept(event)) return event;
  }
}

/** The plugin's answer to a message. */
async function ask(session, handle, body, jsep) {
  await call(handle, { janus: "message", body, ...(jsep && { jsep }) });
  const event = await nextEvent(session, (each) => each.janus === "event");
  const { error } = event.plugindata.data;
  if (error) throw new Error(`Janus refused "${body.request}": ${error}`);
  return event;
}

/** What NoSIP is to pass the stream on to: plain RTP of VP8. */
const plainOffer = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  `m=video ${port} RTP/AVPF 96`,
  `a=rtcp:${port + 1}`,
  "a=recvonly",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 nack",
  "a=rtcp-fb:96 nack pli",
  "",
].join("\r\n");

async function pull() {
  const session = `${janus}/${(await call(janus, { janus: "create" })).data.id}`;
  const attached = await call(session, { janus: "attach", plugin: "janus.plugin.nosip" });
  const handle = `${session}/${attached.data.id}`;
  const { jsep } = await ask(session, handle, { request: "process", type: "offer", sdp: plainOffer });
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...(token && { Authorization: `Bearer ${token}` }) },
    body: jsep.sdp,
  });
  const sdp = await answer.text();
  if (answer.status !== 201) throw new Error(`${endpoint} answered ${answer.status}: ${sdp}`);
  const location = new URL(answer.headers.get("location"), endpoint);
  let leaving = false;
  const leave = async () => {
    leaving = true;
    await fetch(location, { method: "DELETE" });
    await call(session, { janus: "destroy" });
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"])
    process.once(signal, () => leave().catch((error) => fail(error.message)));
  await ask(session, handle, { request: "generate" }, { type: "answer", sdp });
  await nextEvent(session, ({ janus }) => janus === "webrtcup");
  process.stdout.write(`Janus pulls ${endpoint}.\n`);
  await nextEvent(session, ({ janus }) => janus === "hangup");
  if (!leaving) throw new Error(`${endpoint} has ended.`);
}

if (!(port > 0)) fail("Say it like: janus-whep.mjs http://node12:8000/whep http://127.0.0.1:8088/janus 5004");
pull().catch((error) => fail(error.message));
