import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { Janus, OWN_ADDRESS, whyNoJanus } from "./janus.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoJanus();
if (whyNot) console.error(`skipped: a media server that pulls by WHEP, because ${whyNot}`);
const withJanus = test.skipIf(whyNot !== "");

const TOKEN = "correct-horse-battery";
const SIZE = [320, 180] as const;

let browser: TestBrowser;
let janus: Janus;
beforeAll(async () => {
  if (whyNot) return;
  browser = await launchBrowser();
  janus = await Janus.start();
});
afterAll(async () => {
  if (whyNot) return;
  await janus[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

let renderer: PatternRenderer;
let server: ScenecastServer;
beforeEach(async () => {
  if (whyNot) return;
  renderer = new PatternRenderer();
  server = await startServer({ port: 0, host: OWN_ADDRESS ?? "", token: TOKEN });
  server.attach(renderer.names);
});
afterEach(async () => {
  if (whyNot) return;
  await server.stop();
  renderer[Symbol.dispose]();
});

const endpoint = () => new URL("whep", server.url.replace(/\?.*$/, "")).href;

withJanus("Janus pulls a view once and hands it on, also at rest, to all who come and go", async () => {
  renderer.draw(RED, SIZE);
  await using pull = await janus.pull(endpoint(), TOKEN);
  {
    // Nothing moves: what they see is a keyframe that Janus asked for when they came.
    await using first = await janus.watch(browser);
    await first.shows(RED);
    await using second = await janus.watch(browser);
    await second.shows(RED);
    renderer.draw(GREEN, SIZE);
    await Promise.all([first.shows(GREEN), second.shows(GREEN)]);
    expect(server.state.viewers).toMatchObject([{ transport: "webrtc" }]);
  }
  renderer.draw(BLUE, SIZE);
  await using third = await janus.watch(browser);
  await third.shows(BLUE);
  expect(server.state.viewers).toHaveLength(1);
  expect(await pull.stop()).toBe(0);
  await eventually(() => server.state.viewers.length === 0, "nobody is there any more");
});

withJanus("who watches by Janus sees the view again when it was started again", async () => {
  renderer.draw(RED, SIZE);
  await using pull = await janus.pull(endpoint(), TOKEN);
  await using viewer = await janus.watch(browser);
  await viewer.shows(RED);
  await server.stop();
  expect(await pull.ended).toBe(1);
  renderer.draw(BLUE, SIZE);
  server = await startServer({ port: 0, host: OWN_ADDRESS ?? "", token: TOKEN });
  server.attach(renderer.names);
  await using _again = await janus.pull(endpoint(), TOKEN);
  await viewer.shows(BLUE);
});
