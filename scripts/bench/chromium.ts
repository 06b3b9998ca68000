import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type CDPSession, chromium } from "playwright-core";
import { readData } from "../../src/loading/read-data.ts";

/** Frames per second of headless Chromium: drawn and read back, and delivered by its screencast. */
interface ChromiumFigures {
  drawn: number;
  screencast: number;
  driver: string;
}

/** Draws an OBJ model in headless Chromium with SwiftShader and counts frames for `seconds`, without and with a screencast. */
export async function measureChromium(path: string, seconds: number): Promise<ChromiumFigures> {
  const built = await Bun.build({
    entrypoints: [resolve(import.meta.dir, "chromium-page.ts")],
    minify: true,
  });
  const [script] = built.outputs;
  if (!script) throw new Error("Cannot bundle chromium-page.ts.");
  const code = await script.text();
  const model = await readData({ path, root: undefined, drafts: true }, () => {});
  const [surface] = model.kind === "mesh" ? model.surfaces : [];
  if (!surface) throw new Error(`There is no surface in ${path}.`);
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/": () =>
        new Response('<!doctype html><body><script type="module" src="page.js"></script>', {
          headers: { "content-type": "text/html" },
        }),
      "/page.js": () => new Response(code, { headers: { "content-type": "text/javascript" } }),
      "/:array": ({ params: { array } }) =>
        new Response(surface[array as "positions" | "normals" | "indices"]?.slice()),
    },
  });
  const profile = mkdtempSync(join(tmpdir(), "scenecast-bench-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 720 },
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
    ],
  });
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await page.waitForFunction(() => (Reflect.get(globalThis, "framesDrawn")?.() ?? 0) > 5);
    const count = () => page.evaluate(() => Reflect.get(globalThis, "framesDrawn")() as number);
    const before = await count();
    await Bun.sleep(seconds * 1000);
    const drawn = ((await count()) - before) / seconds;
    const screencast = await countScreencast(await context.newCDPSession(page), seconds);
    const driver = await page.evaluate(() => Reflect.get(globalThis, "driver")() as string);
    return { drawn, screencast, driver };
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

async function countScreencast(session: CDPSession, seconds: number): Promise<number> {
  let frames = 0;
  session.on("Page.screencastFrame", ({ sessionId }) => {
    frames++;
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => {});
  });
  await session.send("Page.startScreencast", { format: "jpeg", quality: 80 });
  await Bun.sleep(seconds * 1000);
  await session.send("Page.stopScreencast");
  return frames / seconds;
}
