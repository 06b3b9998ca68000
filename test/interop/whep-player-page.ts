import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { TestBrowser } from "../support/browser.ts";
import { waitForColor } from "../web/page-assertions.ts";
import type { Color } from "../web/pattern-renderer.ts";

const PROGRAM = fileURLToPath(new URL("programs/whep-players.ts", import.meta.url));

/** Stubs for React, which one of the players imports for a component that is not used. */
const NO_REACT = {
  react: "export default {}; export const useCallback = 0, useEffect = 0, useRef = 0, useState = 0",
  "react/jsx-runtime": "export const jsx = 0, jsxs = 0",
};

/** See programs/whep-players.ts. */
export const PLAYERS = ["@eyevinn/webrtc-player", "whip-whep", "mediamtx-webrtc-react"] as const;
export type PlayerName = (typeof PLAYERS)[number];

/** A web site with WHEP players of other projects, on an origin of its own. */
export class PlayerSite implements AsyncDisposable {
  readonly origin: string;
  readonly #server: Bun.Server<undefined>;

  private constructor(script: string) {
    const imports = Object.fromEntries(
      Object.entries(NO_REACT).map(([name, text]) => [
        name,
        `data:text/javascript,${encodeURIComponent(text)}`,
      ]),
    );
    const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
      <script type="module" src="players.js"></script><video muted autoplay playsinline></video>`;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => {
        const isScript = url.endsWith("/players.js");
        return new Response(isScript ? script : page, {
          headers: { "Content-Type": isScript ? "text/javascript" : "text/html" },
        });
      },
    });
    this.origin = `http://127.0.0.1:${this.#server.port}`;
  }

  static async start(): Promise<PlayerSite> {
    const { outputs } = await Bun.build({
      entrypoints: [PROGRAM],
      target: "browser",
      external: Object.keys(NO_REACT),
    });
    return new PlayerSite((await Promise.all(outputs.map((output) => output.text()))).join("\n"));
  }

  /** Opens the site and starts a player with a WHEP endpoint. `prepare` is called before the page loads. */
  async open(
    browser: TestBrowser,
    name: PlayerName,
    endpoint: string,
    token: string,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<PlayerPage> {
    const page = await browser.context.newPage();
    await prepare(page);
    await page.goto(this.origin);
    return PlayerPage.start(page, name, endpoint, token);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

/** Globals of the page: see programs/whep-players.ts. */
interface Players {
  players: Record<
    string,
    (
      video: HTMLVideoElement,
      endpoint: string,
      token: string,
      onError: (error: string) => void,
    ) => Promise<() => Promise<void> | void>
  >;
  errors: string[];
  stop: () => Promise<void> | void;
}

export class PlayerPage implements AsyncDisposable {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async start(page: Page, name: PlayerName, endpoint: string, token: string): Promise<PlayerPage> {
    await page.waitForFunction(() => "players" in globalThis);
    await page.evaluate(
      async ([name, endpoint, token]) => {
        const page = globalThis as unknown as Players;
        const video = document.querySelector("video");
        const player = page.players[name];
        if (video === null || player === undefined) throw new Error(`There is no player ${name}.`);
        page.errors = [];
        page.stop = await player(video, endpoint, token, (error) => page.errors.push(error));
      },
      [name, endpoint, token] as const,
    );
    return new PlayerPage(page);
  }

  /** Errors that the player has reported. */
  errors(): Promise<string[]> {
    return this.#page.evaluate(() => (globalThis as unknown as Players).errors);
  }

  /** Waits until the video shows this color. */
  shows(color: Color): Promise<void> {
    return waitForColor(this.#page, color, "video");
  }

  /** Stops the player. */
  async stop(): Promise<void> {
    await this.#page.evaluate(() => (globalThis as unknown as Players).stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
  }
}
