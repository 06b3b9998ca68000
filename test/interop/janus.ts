import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { TestBrowser } from "../support/browser.ts";
import { freeTcpPort, freeUdpPortPair } from "../support/free-ports.ts";
import { lines } from "../support/lines.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForColor } from "../web/page-assertions.ts";
import type { Color } from "../web/pattern-renderer.ts";

const JANUS = "/usr/bin/janus";
const WHEP_CLIENT = fileURLToPath(new URL("../../scripts/janus-whep.mjs", import.meta.url));
const MOUNTPOINT = 1;

/** Address of scenecast and Janus in the network namespace; Janus does not support loopback addresses. */
export const ADDRESS = "10.9.9.1";

/** The reason why Janus cannot run on this machine; empty if it can. */
export function missingJanus(): string {
  return existsSync(JANUS) ? "" : "janus is not installed";
}

interface JanusEvent {
  janus: string;
  data: { id: number };
  error?: { reason: string };
  plugindata?: { data: { error?: string } };
  jsep?: RTCSessionDescriptionInit;
}

/** A Janus server with one mountpoint, configured as documented. */
export class Janus implements AsyncDisposable {
  readonly url: string;
  /** RTP port of the mountpoint; its RTCP port is the next one. */
  readonly rtpPort: number;
  readonly #child: Bun.Subprocess;
  readonly #folder: TemporaryDirectory;

  private constructor(child: Bun.Subprocess, folder: TemporaryDirectory, url: string, rtpPort: number) {
    this.#child = child;
    this.#folder = folder;
    this.url = url;
    this.rtpPort = rtpPort;
  }

  static async start(): Promise<Janus> {
    const folder = new TemporaryDirectory();
    const [httpPort, rtpPort] = [freeTcpPort(), await freeUdpPortPair()];
    const files = {
      "janus.jcfg": `general: { configs_folder = "${folder.path}" }\nnat: { ice_enforce_list = "${ADDRESS}" }`,
      "janus.transport.http.jcfg": `general: { http = true, ip = "127.0.0.1", port = ${httpPort} }`,
      "janus.plugin.nosip.jcfg": 'general: { local_ip = "127.0.0.1" }',
      "janus.plugin.streaming.jcfg": `scenecast: { type = "rtp", id = ${MOUNTPOINT}, media = (
        { type = "video", mid = "v", codec = "vp8", pt = 96, iface = "127.0.0.1", port = ${rtpPort}, rtcpport = ${rtpPort + 1} }
      ) }`,
    };
    for (const [name, text] of Object.entries(files)) folder.write(name, text);
    const log = folder.write("janus.log", "");
    const child = Bun.spawn([JANUS, "--configs-folder", folder.path, "--disable-colors"], {
      stdin: "ignore",
      stdout: Bun.file(log),
      stderr: "inherit",
    });
    const janus = new Janus(child, folder, `http://127.0.0.1:${httpPort}/janus`, rtpPort);
    const deadline = performance.now() + 20_000;
    while (!(await janus.#isUp())) {
      if (performance.now() > deadline) throw new Error("Janus did not answer within 20 s.");
      if (child.exitCode !== null) throw new Error(`Janus ended: ${await Bun.file(log).text()}`);
      await Bun.sleep(20);
    }
    return janus;
  }

  /** Starts relaying the stream of a WHEP endpoint. */
  relay(endpoint: string, token: string): Promise<JanusWhepClient> {
    return JanusWhepClient.start(endpoint, token, this.url, this.rtpPort);
  }

  /** Opens a page that shows the mountpoint. */
  async watch(browser: TestBrowser): Promise<JanusViewer> {
    const session = `${this.url}/${(await call(this.url, { janus: "create" })).data.id}`;
    const { data } = await call(session, { janus: "attach", plugin: "janus.plugin.streaming" });
    const handle = `${session}/${data.id}`;
    await call(handle, { janus: "message", body: { request: "watch", id: MOUNTPOINT } });
    const { jsep: offer } = await nextEvent(session, ({ jsep }) => jsep !== undefined);
    if (offer?.sdp === undefined) throw new Error("Janus made no offer.");
    const viewer = await JanusViewer.open(await browser.context.newPage(), session, offer.sdp);
    const jsep = { type: "answer", sdp: viewer.answer };
    await call(handle, { janus: "message", body: { request: "start" }, jsep });
    return viewer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    this.#folder[Symbol.dispose]();
  }

  async #isUp(): Promise<boolean> {
    return fetch(`${this.url}/info`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

/** A viewer of Janus in Chromium. */
export class JanusViewer implements AsyncDisposable {
  readonly answer: string;
  readonly #page: Page;
  readonly #session: string;

  private constructor(page: Page, session: string, answer: string) {
    this.#page = page;
    this.#session = session;
    this.answer = answer;
  }

  static async open(page: Page, session: string, offer: string): Promise<JanusViewer> {
    const answer = await page.evaluate(async (sdp) => {
      const video = document.createElement("video");
      Object.assign(video, { muted: true, autoplay: true });
      document.body.append(video);
      const connection = new RTCPeerConnection();
      connection.addEventListener("track", ({ track }) => {
        video.srcObject = new MediaStream([track]);
      });
      await connection.setRemoteDescription({ type: "offer", sdp });
      await connection.setLocalDescription();
      // No candidates are needed: Janus learns the address from the ICE checks.
      return connection.localDescription?.sdp ?? "";
    }, offer);
    return new JanusViewer(page, session, answer);
  }

  /** Waits until the video shows this color. */
  shows(color: Color): Promise<void> {
    return waitForColor(this.#page, color, "video");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await call(this.#session, { janus: "destroy" });
    await this.#page.close();
  }
}

/** scripts/janus-whep.mjs, run by Node. */
export class JanusWhepClient implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;

  private constructor(child: Bun.Subprocess<"ignore", "pipe", "inherit">) {
    this.#child = child;
  }

  /** Starts the script, and waits until the stream is received. */
  static async start(
    endpoint: string,
    token: string,
    janus: string,
    rtpPort: number,
  ): Promise<JanusWhepClient> {
    const child = Bun.spawn(["node", WHEP_CLIENT, endpoint, janus, `${rtpPort}`], {
      env: { ...process.env, SCENECAST_TOKEN: token },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    if ((await lines(child.stdout).next()).done)
      throw new Error("Janus receives no stream; the output of the script is above.");
    return new JanusWhepClient(child);
  }

  /** Exit code of the script. */
  get ended(): Promise<number> {
    return this.#child.exited;
  }

  /** Ends the script. @returns its exit code */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function call(address: string, request: object): Promise<JanusEvent> {
  const body = JSON.stringify({ ...request, transaction: crypto.randomUUID() });
  return checked((await (await fetch(address, { method: "POST", body })).json()) as JanusEvent);
}

async function nextEvent(session: string, accept: (event: JanusEvent) => boolean): Promise<JanusEvent> {
  for (;;) {
    const event = checked((await (await fetch(session)).json()) as JanusEvent);
    if (accept(event)) return event;
  }
}

function checked(event: JanusEvent): JanusEvent {
  const reason = event.error?.reason ?? event.plugindata?.data.error;
  if (reason !== undefined) throw new Error(`Janus refused: ${reason}`);
  return event;
}
