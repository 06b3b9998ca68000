import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { launchBrowser } from "../support/browser.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { Nginx, nginxMissing } from "../support/nginx.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { EXAMPLES } from "./example-program.ts";

const example = (name: string) => readFileSync(`${EXAMPLES}/${name}`, "utf8");

describe("examples of configuration", () => {
  test("img-page.html shows the view", async () => {
    await using view = await RunningScenecast.start(["view"]);
    using folder = new TemporaryDirectory();
    const page = folder.write(
      "img-page.html",
      example("img-page.html").replace("http://localhost:8000/", view.url),
    );
    await using browser = await launchBrowser();
    const tab = await browser.context.newPage();
    await tab.goto(`file://${page}`, { waitUntil: "commit" });
    const size = await tab.waitForFunction(() => {
      const image = document.querySelector("img");
      return image !== null && image.naturalWidth > 0 && [image.naturalWidth, image.naturalHeight];
    });
    expect(await size.jsonValue()).toEqual([640, 360]);
  });

  test("prometheus.yml names an address and a kind of authorization that scenecast accepts", async () => {
    const { scrape_configs } = Bun.YAML.parse(example("prometheus.yml")) as {
      scrape_configs: { metrics_path: string; authorization: { credentials: string } }[];
    };
    const [job] = scrape_configs;
    if (job === undefined) throw new Error("prometheus.yml has no job.");
    const token = "a-token-for-prometheus";
    await using view = await RunningScenecast.start(["view"], { env: { SCENECAST_TOKEN: token } });
    const scrape = (credentials: string) =>
      fetch(new URL(job.metrics_path, view.url), { headers: { authorization: `Bearer ${credentials}` } });
    expect((await scrape(job.authorization.credentials)).status).toBe(401);
    const metrics = await scrape(job.authorization.credentials.replace("TOKEN", token));
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).toContain("scenecast_");
  });

  // Not installed for the tests: Debian's package conflicts with those of others.
  const kubectlMissing = Bun.which("kubectl") === null ? "kubectl is not installed" : "";
  testIf(kubectlMissing)("kubectl reads the folder kubernetes", async () => {
    const kinds = (await Bun.$`kubectl kustomize ${EXAMPLES}/kubernetes`.text()).match(/^kind: .+$/gm);
    expect(kinds?.sort()).toEqual(["kind: Deployment", "kind: Secret", "kind: Service"]);
  });

  testIf(nginxMissing)("nginx.conf forwards the page, MJPEG and the WebSocket", async () => {
    await using view = await RunningScenecast.start(["view", "--trusted-proxy", "127.0.0.1"]);
    const port = freeTcpPort();
    const base = `http://127.0.0.1:${port}/view/`;
    const configuration = example("nginx.conf")
      .replace("listen 8080", `listen 127.0.0.1:${port}`)
      .replace("localhost:8000", new URL(view.url).host);
    await using _ = await Nginx.start(configuration, base);
    expect((await fetch(base)).status).toBe(200);
    expect((await fetch(`${base}snapshot.png`)).status).toBe(200);

    const stream = await fetch(`${base}video/mjpeg`);
    expect(stream.headers.get("content-type")).toContain("multipart/x-mixed-replace");
    expect((await stream.body?.getReader().read())?.value?.length).toBeGreaterThan(0);

    const socket = new WebSocket(`${base.replace("http", "ws")}ws?viewer=example-viewer-1`);
    const message = await new Promise<MessageEvent>((received, failed) => {
      socket.onmessage = received;
      socket.onerror = () => failed(new Error("nginx does not forward the WebSocket."));
    });
    expect(JSON.parse(String(message.data)).type).toBeString();
    socket.close();
  });
});
