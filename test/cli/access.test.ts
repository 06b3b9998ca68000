import { afterAll, describe, expect, test } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { makeCertificate } from "../support/certificate.ts";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, runUntilReady } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { expectRefusal } from "./refusals.ts";

const TOKEN = "control-the-view";
const VIEW_TOKEN = "only-see-the-view";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const model = files.write("corner.obj", cornerObj());
const certificate = makeCertificate();
const cert = files.write("cert.pem", certificate.cert);
const key = files.write("key.pem", certificate.key);
const lockedKey = files.write("locked.pem", certificate.lockedKey);
const otherKey = files.write("other.pem", makeCertificate().key);

/** Runs `serve` until it is ready. */
async function outputOf(args: readonly string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await runUntilReady(
    ["serve", "--names", "-", "--port", "0", ...args],
    env,
  );
  expect(exitCode).toBe(0);
  return { stdout, stderr };
}

describe("the announcement of serve", () => {
  test("the ready line has the control token, and the view-only link is on standard error", async () => {
    const { stdout, stderr } = await outputOf(["--token", TOKEN, "--view-token", VIEW_TOKEN]);
    const ready = /^scenecast ready (http:\/\/localhost:\d+\/)\?token=control-the-view\n$/.exec(stdout);
    expect(ready).not.toBeNull();
    expect(stderr).toContain(`View-only link: ${ready?.[1]}?token=${VIEW_TOKEN}`);
  });

  test("--json prints url and view_url, and a control token is generated for a view-only token from the environment", async () => {
    const { stdout } = await outputOf(["--json"], { SCENECAST_VIEW_TOKEN: VIEW_TOKEN });
    const { url, view_url, port, pid } = JSON.parse(stdout);
    expect(view_url).toBe(`http://localhost:${port}/?token=${VIEW_TOKEN}`);
    expect(new URL(url).searchParams.get("token")).toMatch(/^[\w-]{24}$/);
    expect(pid).toBeNumber();
  });

  test("there is no view-only link without tokens", async () => {
    const { stdout, stderr } = await outputOf(["--json"]);
    expect(Object.keys(JSON.parse(stdout))).toEqual(["url", "port", "pid"]);
    expect(stderr).not.toContain("View-only link");
  });

  test("a certificate makes the ready line and the tunnel hint use https", async () => {
    const { stdout, stderr } = await outputOf(["--tls-cert", cert, "--tls-key", key], {
      SSH_CONNECTION: "192.0.2.1 50000 192.0.2.9 22",
    });
    const url = /^scenecast ready (https:\/\/localhost:\d+\/)\n$/.exec(stdout)?.[1];
    expect(url).toBeDefined();
    expect(stderr).toContain(`   then open ${url}`);
  });

  test("the tunnel hint forwards to localhost if the server listens on all addresses", async () => {
    const { stdout, stderr } = await outputOf(["--host", "0.0.0.0", "--token", TOKEN], {
      SSH_CONNECTION: "192.0.2.1 50000 192.0.2.9 22",
    });
    const port = /:(\d+)\//.exec(stdout)?.[1];
    expect(stderr).toMatch(new RegExp(`ssh -N -L ${port}:localhost:${port} \\S+@192\\.0\\.2\\.9 `));
    expect(stderr).toContain(`   then open http://localhost:${port}/?token=${TOKEN}`);
  });
});

describe("the access options of view", () => {
  test("over TLS the control token may steer, and the view-only token may only see", async () => {
    await using app = await RunningScenecast.start(["view", model, "--size", "64x48"], {
      env: {
        SCENECAST_TLS_CERT: cert,
        SCENECAST_TLS_KEY: key,
        SCENECAST_TOKEN: TOKEN,
        SCENECAST_VIEW_TOKEN: VIEW_TOKEN,
      },
    });
    const tls = { ca: certificate.cert };
    const get = (path: string) => fetch(new URL(path, app.url), { tls });
    expect((await get("/state")).status).toBe(401);
    const snapshot = await get(`/snapshot.png?token=${VIEW_TOKEN}`);
    expect(snapshot.headers.get("content-type")).toBe("image/png");
    const page = await get(`/?token=${VIEW_TOKEN}`);
    expect(page.headers.get("set-cookie")).toEndWith("; HttpOnly; SameSite=Strict; Secure");
    const viewOnly = await SocketClient.open(app.url, `/ws?token=${VIEW_TOKEN}`, {}, tls);
    const control = await SocketClient.open(app.url, `/ws?token=${TOKEN}`, {}, tls);
    const accepted = async () => (await (await get(`/state?token=${TOKEN}`)).json()).events.accepted;
    const before = await accepted();
    viewOnly.send({ type: "weel", deltaY: 5, timestampInMs: 1 });
    expect((await viewOnly.next("error")).code).toBe("may-not-steer");
    expect(await accepted()).toBe(before);
    control.send({ type: "weel", deltaY: 5, timestampInMs: 1 });
    await control.settle();
    expect(await accepted()).toBe(before + 1);
    viewOnly.close();
    control.close();
  });

  test("viewers beyond --max-viewers are refused with 503", async () => {
    await using app = await RunningScenecast.start(["view", model, "--size", "64x48", "--max-viewers", "1"]);
    const first = await SocketClient.open(app.url);
    const refused = await app.fetch("video/mjpeg");
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain("its limit of viewers is 1");
    first.close();
  });
});

describe("invalid access options", () => {
  const TLS = (certFile: string, keyFile: string) => ["--tls-cert", certFile, "--tls-key", keyFile];
  test.each([
    [["--tls-cert", cert], 2, "--tls-cert and --tls-key belong together"],
    [["--tls-key", key], 2, "--tls-cert and --tls-key belong together"],
    [["--token", TOKEN, "--view-token", TOKEN], 2, "--token and --view-token must differ"],
    [["--view-token", "short"], 2, "8 to 256 letters"],
    [["--max-viewers", "0"], 2, "from 1 to 999999"],
    [["--max-viewers", "many"], 2, "from 1 to 999999"],
    [["--allow-origin", "hub.example.org"], 2, "Write an origin like https://hub.example.org"],
    [
      TLS(`${files.path}/none.pem`, key),
      1,
      `There is no file ${files.path}/none.pem for the TLS certificate`,
    ],
    [TLS(cert, `${files.path}/none.pem`), 1, `There is no file ${files.path}/none.pem for the TLS key`],
    [TLS(files.path, key), 1, `The TLS certificate in ${files.path} cannot be read: EISDIR`],
    [TLS(key, cert), 1, `${key} contains no certificate: it must be PEM`],
    [TLS(cert, model), 1, `${model} contains no private key: it must be PEM`],
    [TLS(cert, lockedKey), 1, `The key in ${lockedKey} is protected by a passphrase`],
    [TLS(cert, otherKey), 1, `The key in ${otherKey} does not match the certificate in ${cert}`],
  ] as [string[], 1 | 2, string][])(
    "%p end view with exit code %d and one sentence",
    async (args, code, message) => {
      await expectRefusal(["view", "--port", "0", ...args], code, message);
    },
  );
});
