// scenecast.view in Debian's JupyterHub 3, whose users' servers are reached through its proxy alone.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser } from "../support/browser.ts";
import { cornerObj } from "../support/model.ts";
import { segmentsOf } from "../support/scenecast.ts";
import { HAS_HUB, JupyterHub } from "./jupyter-hub.ts";
import { notebookWithCell } from "./jupyter-notebook.ts";
import { expectEnded, NotebookPage } from "./notebook-page.ts";

const SNIPPET = readFileSync(join(import.meta.dir, "snippet.py"), "utf8");

/** The programs of Jupyter start slowly on a busy machine. */
const TIMEOUT_MS = 180_000;

const skipped = HAS_HUB ? "" : " (skipped: jupyterhub is not installed)";

describe.skipIf(!HAS_HUB)(`the live view in Debian's JupyterHub${skipped}`, () => {
  test(
    "the frame is reached through the hub, a drag rotates the view, and it ends with the hub",
    async () => {
      const hub = await JupyterHub.start();
      let shown: { server: number; renderer: number } | undefined;
      let segments: string[] = [];
      try {
        hub.write("bunny.obj", cornerObj());
        hub.write("view.ipynb", notebookWithCell(SNIPPET));
        await using browser = await launchBrowser({
          // A name of another host: the browser is not on the machine of the hub.
          hostRules: "MAP hub.test 127.0.0.1",
          viewport: { width: 1000, height: 800 },
        });
        const page = await browser.context.newPage();
        await page.route(/^http:\/\/(localhost|127\.0\.0\.1)[:/]/, (route) => route.abort());
        await page.goto(`http://hub.test:${hub.port}${hub.loginPath("view.ipynb")}`);
        await page.locator("#username_input").fill(hub.user);
        await page.locator("#password_input").fill("any");
        await page.locator("#login_submit").click();
        await page.waitForURL(`**/user/${hub.user}/notebooks/view.ipynb`);
        const notebook = new NotebookPage(page);
        await notebook.kernelIsIdle();
        const { url, ...processes } = await notebook.run();
        shown = processes;
        segments = segmentsOf(processes.server);
        const { host, pathname } = new URL(url);
        const port = /^\/user\/ada\/proxy\/(\d+)\/$/.exec(pathname)?.[1];
        expect(host).toBe(`hub.test:${hub.port}`);
        // Another user of the same machine.
        expect((await fetch(`http://localhost:${port}/state`)).status).toBe(401);
        await notebook.drag();
      } finally {
        await hub[Symbol.asyncDispose]();
      }
      await expectEnded(shown, segments);
    },
    TIMEOUT_MS,
  );
});
