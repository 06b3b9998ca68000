import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { BLUE, PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { PLAYERS, PlayerSite } from "./whep-player-page.ts";

setDefaultTimeout(60_000);

let browser: TestBrowser;
let site: PlayerSite;
beforeAll(async () => {
  browser = await launchBrowser();
  site = await PlayerSite.start();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

for (const name of PLAYERS) {
  test(`${name} on a page of another origin shows the view and its changes`, async () => {
    using renderer = new PatternRenderer();
    renderer.draw(RED, [320, 180]);
    await using server = await startServer({
      ...{ port: 0, token: "correct-horse-battery", allowOrigins: [site.origin] },
    });
    server.attach(renderer.names);
    const endpoint = new URL("whep", server.url);
    endpoint.search = "";
    await using player = await site.open(browser, name, endpoint.href, "correct-horse-battery");
    await player.shows(RED);
    renderer.draw(BLUE, [320, 180]);
    await player.shows(BLUE);
    expect(await player.errors()).toEqual([]);
    expect(server.state.viewers).toHaveLength(1);
    await player.stop();
    await eventually(() => server.state.viewers.length === 0, "the player is disconnected");
  });
}
