// scenecast on a Unix socket behind Debian's nginx, in Chromium.
import { afterAll, expect } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { launchBrowser } from "../support/browser.ts";
import { makeCertificate } from "../support/certificate.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { cornerObj } from "../support/model.ts";
import { Nginx, nginxMissing } from "../support/nginx.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { waitForMessage, waitForTransport, waitForView } from "../web/page-assertions.ts";

const TOKEN = "a-token-of-the-view";
const USER = "ann";
const PASSWORD = "a password";

const folder = new TemporaryDirectory();
afterAll(() => folder[Symbol.dispose]());
const model = folder.write("corner.obj", cornerObj());
const socket = `${folder.path}/view.sock`;

const UPGRADE = `
  map $http_upgrade $connection_upgrade { default upgrade; "" close; }`;
const FORWARD = `
      proxy_pass http://unix:${socket}:/;
      proxy_http_version 1.1;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_buffering off;`;

const view = (...args: string[]) =>
  RunningScenecast.start(["view", model, "--size", "64x48", "--socket", socket, ...args]);

testIf(nginxMissing)(
  "behind basic authentication, below a prefix, the page shows the view, steers it, and says why it ended",
  async () => {
    const port = freeTcpPort();
    const origin = `http://127.0.0.1:${port}`;
    const passwords = folder.write("passwords", `${USER}:{PLAIN}${PASSWORD}\n`);
    await using app = await view();
    await using _ = await Nginx.start(
      `events {}
http {${UPGRADE}
  server {
    listen 127.0.0.1:${port};
    auth_basic "the lab";
    auth_basic_user_file ${passwords};
    location /lab/view/ {
      proxy_set_header Host $http_host;${FORWARD}
    }
  }
}`,
      origin,
    );
    expect((await fetch(`${origin}/lab/view/`)).status).toBe(401);
    await using browser = await launchBrowser({ httpCredentials: { username: USER, password: PASSWORD } });
    const page = await browser.context.newPage();
    await page.goto(`${origin}/lab/view/?encoding=jpeg`);
    await waitForView(page);
    await waitForTransport(page, "JPEG");
    const before = await app.state<{ events: { accepted: number } }>();
    await page.mouse.wheel(0, 200);
    await app.state<{ events: { accepted: number } }>(
      ({ events }) => events.accepted > before.events.accepted,
    );
    expect((await app.stop()).exitCode).toBe(0);
    await waitForMessage(page, "The view has ended.");
    expect(await page.locator("#notice").textContent()).toContain("scenecast was stopped.");
  },
);

testIf(nginxMissing)(
  "behind https and with nginx's own Host, the cookie is secure and only the forwarded host's pages may open the WebSocket",
  async () => {
    const { cert, key } = makeCertificate();
    const port = freeTcpPort();
    const origin = `https://127.0.0.1:${port}`;
    await using app = await view("--token", TOKEN);
    await using _ = await Nginx.start(
      `events {}
http {${UPGRADE}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder.write("cert.pem", cert)};
    ssl_certificate_key ${folder.write("key.pem", key)};
    location /lab/view/ {
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;${FORWARD}
    }
  }
}`,
      origin,
    );
    await using browser = await launchBrowser({ ignoreHTTPSErrors: true });
    const page = await browser.context.newPage();
    await page.goto(`${origin}/lab/view/?encoding=jpeg&token=${TOKEN}`);
    await waitForView(page);
    await waitForTransport(page, "JPEG");
    const [cookie] = await browser.context.cookies();
    expect(cookie).toMatchObject({ path: "/lab/view", secure: true, httpOnly: true, sameSite: "Strict" });
    // By the cookie alone.
    await page.goto(`${origin}/lab/view/?encoding=jpeg`);
    await waitForView(page);

    const tls = { ca: cert };
    const status = async (headers: Record<string, string>) =>
      (
        await fetch(`${origin}/lab/view/events?viewer=a-viewer-of-nginx&sequence=1&token=${TOKEN}`, {
          ...{ method: "POST", body: "{}", headers, tls },
        })
      ).status;
    // Accepted; there is no event stream of this viewer.
    expect(await status({ origin })).toBe(404);
    expect(await status({ origin: "https://evil.example" })).toBe(403);
    const other = await SocketClient.open(`${origin}/lab/view/`, `ws?token=${TOKEN}`, { origin }, tls);
    other.close();
    await app.stop();
  },
);

testIf(nginxMissing)(
  "wrong tokens count for the address that nginx forwards, not for the socket",
  async () => {
    const port = freeTcpPort();
    await using app = await view("--token", TOKEN);
    await using _ = await Nginx.start(
      `events {}
http {
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://unix:${socket}:/;
      proxy_set_header X-Forwarded-For $http_x_test_address;
    }
  }
}`,
      `http://127.0.0.1:${port}`,
    );
    const statusFrom = async (address: string) =>
      (
        await fetch(`http://127.0.0.1:${port}/state?token=wrong-token`, {
          headers: { "x-test-address": address },
        })
      ).status;
    let attempts = 0;
    while ((await statusFrom("192.0.2.7")) === 401) attempts++;
    expect(attempts).toBeGreaterThanOrEqual(100);
    expect(await statusFrom("192.0.2.8")).toBe(401);
    await app.stop();
  },
);
