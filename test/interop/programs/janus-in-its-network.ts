import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "../../../src/page-server.ts";
import type { ScenecastServer } from "../../../src/server/server.ts";
import { eventually } from "../../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../../support/browser.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "../../web/pattern-renderer.ts";
import { ADDRESS, Janus } from "../janus.ts";

// janus.test.ts runs this file, in a network namespace.

setDefaultTimeout(60_000);

const TOKEN = "correct-horse-battery";
const SIZE = [320, 180] as const;

let browser: TestBrowser;
let janus: Janus;
beforeAll(async () => {
  browser = await launchBrowser();
  janus = await Janus.start();
});
afterAll(async () => {
  await janus[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

let renderer: PatternRenderer;
let server: ScenecastServer;
beforeEach(async () => {
  renderer = new PatternRenderer();
  server = await startServer({ port: 0, host: ADDRESS, token: TOKEN });
  server.attach(renderer.names);
});
afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

const endpoint = () => new URL("whep", server.url.replace(/\?.*$/, "")).href;

test("Janus receives a view once and relays it, also while it is still, to viewers that join and leave", async () => {
  renderer.draw(RED, SIZE);
  await using relay = await janus.relay(endpoint(), TOKEN);
  {
    // The view is still: each viewer shows the keyframe that Janus requests when it joins.
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
  expect(await relay.stop()).toBe(0);
  await eventually(() => server.state.viewers.length === 0, "Janus is disconnected");
});

test("a viewer of Janus shows the view again after the server and the relay were restarted", async () => {
  renderer.draw(RED, SIZE);
  await using relay = await janus.relay(endpoint(), TOKEN);
  await using viewer = await janus.watch(browser);
  await viewer.shows(RED);
  await server.stop();
  expect(await relay.ended).toBe(1);
  renderer.draw(BLUE, SIZE);
  server = await startServer({ port: 0, host: ADDRESS, token: TOKEN });
  server.attach(renderer.names);
  await using _restarted = await janus.relay(endpoint(), TOKEN);
  await viewer.shows(BLUE);
});
