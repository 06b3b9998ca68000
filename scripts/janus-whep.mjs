// Makes a Janus server receive a stream by WHEP and relay it to any number of viewers, without decoding it. For Node 18, without
// packages:
//
//   node janus-whep.mjs http://node12:8000/whep http://127.0.0.1:8088/janus 5004
//
// Janus itself does not support WHEP. Its NoSIP plugin makes an offer to receive the video, and passes its RTP to a mountpoint of
// its Streaming plugin (port 5004, and 5005 for RTCP), which viewers watch; this program exchanges the offer and the answer. Keyframe
// requests of viewers pass in the opposite direction. The token is read from SCENECAST_TOKEN. SIGTERM and SIGINT end it; it fails when
// the stream ends, so that a service manager can restart it.

const [endpoint, janus, portText = ""] = process.argv.slice(2);
const port = Number(portText);
const token = process.env.SCENECAST_TOKEN;

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Sends a request to Janus. */
async function call(address, request) {
  const body = JSON.stringify({ ...request, transaction: crypto.randomUUID() });
  const response = await (await fetch(address, { method: "POST", body })).json();
  if (response.error) throw new Error(`Janus refused "${request.janus}": ${response.error.reason}`);
  return response;
}

/** The next matching event of a session. Janus ends a session whose events are not requested for a minute. */
async function nextEvent(session, accept) {
  for (;;) {
    const event = await (await fetch(`${session}?rid=${Date.now()}`)).json();
    if (event.error) throw new Error(`Janus has ended the session: ${event.error.reason}`);
    if (accept(event)) return event;
  }
}

/** Sends a message to the plugin. @returns its answer */
async function sendMessage(session, handle, body, jsep) {
  await call(handle, { janus: "message", body, ...(jsep && { jsep }) });
  const event = await nextEvent(session, (each) => each.janus === "event");
  const { error } = event.plugindata.data;
  if (error) throw new Error(`Janus refused "${body.request}": ${error}`);
  return event;
}

/** The target of the NoSIP plugin: plain RTP with VP8. */
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
  const { jsep } = await sendMessage(session, handle, { request: "process", type: "offer", sdp: plainOffer });
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...(token && { Authorization: `Bearer ${token}` }) },
    body: jsep.sdp,
  });
  const sdp = await answer.text();
  if (answer.status !== 201) throw new Error(`${endpoint} answered with status ${answer.status}: ${sdp}`);
  const location = new URL(answer.headers.get("location"), endpoint);
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    await fetch(location, { method: "DELETE" });
    await call(session, { janus: "destroy" });
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"])
    process.once(signal, () => stop().catch((error) => fail(error.message)));
  await sendMessage(session, handle, { request: "generate" }, { type: "answer", sdp });
  await nextEvent(session, ({ janus }) => janus === "webrtcup");
  process.stdout.write(`Janus receives ${endpoint}.\n`);
  await nextEvent(session, ({ janus }) => janus === "hangup");
  if (!isStopping) throw new Error(`The stream of ${endpoint} has ended.`);
}

if (!(port > 0)) fail("Usage: janus-whep.mjs http://node12:8000/whep http://127.0.0.1:8088/janus 5004");
pull().catch((error) => fail(error.message));
