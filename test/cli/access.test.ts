import { afterAll, describe, expect, test } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { makeCertificate } from "../support/certificate.ts";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, runScenecast, runUntilReady } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const TOKEN = "steers-the-view";
const VIEW_TOKEN = "looks-at-the-view";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const model = files.write("corner.obj", cornerObj());
const certificate = makeCertificate();
const cert = files.write("cert.pem", certificate.cert);
const key = files.write("key.pem", certificate.key);
const lockedKey = files.write("locked.pem", certificate.lockedKey);
const otherKey = files.write("other.pem", makeCertificate().key);

/** What `serve` prints on standard output until it is ready, and says on standard error. */
async function announced(args: readonly string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await runUntilReady(
    ["serve", "--names", "-", "--port", "0", ...args],
    env,
  );
  expect(exitCode).toBe(0);
  return { printed: stdout, said: stderr };
}

describe("what is announced", () => {
  test("the ready line is as ever, and the address to look by is said beside it", async () => {
    const { printed, said } = await announced(["--token", TOKEN, "--view-token", VIEW_TOKEN]);
    const ready = /^scenecast ready (http:\/\/localhost:\d+\/)\?token=steers-the-view\n$/.exec(printed);
    expect(ready).not.toBeNull();
    expect(said).toContain(`View-only link: ${ready?.[1]}?token=${VIEW_TOKEN}`);
  });

  test("with --json it is view_url; a view-only token makes the other one up, and either may be in the environment", async () => {
    const { printed } = await announced(["--json"], { SCENECAST_VIEW_TOKEN: VIEW_TOKEN });
    const { url, view_url, port, pid } = JSON.parse(printed);
    expect(view_url).toBe(`http://localhost:${port}/?token=${VIEW_TOKEN}`);
    expect(new URL(url).searchParams.get("token")).toMatch(/^[\w-]{24}$/);
    expect(pid).toBeNumber();
  });

  test("where nothing is needed there is no second address", async () => {
    const { printed, said } = await announced(["--json"]);
    expect(Object.keys(JSON.parse(printed))).toEqual(["url", "port", "pid"]);
    expect(said).not.toContain("View-only link");
  });

  test("with a certificate it is https, also for the tunnel", async () => {
    const { printed, said } = await announced(["--tls-cert", cert, "--tls-key", key], {
      SSH_CONNECTION: "192.0.2.1 50000 192.0.2.9 22",
    });
    const url = /^scenecast ready (https:\/\/localhost:\d+\/)\n$/.exec(printed)?.[1];
    expect(url).toBeDefined();
    expect(said).toContain(`   then open ${url}`);
  });

  test("the tunnel leads to localhost, wherever the server listens besides", async () => {
    const { printed, said } = await announced(["--host", "0.0.0.0", "--token", TOKEN], {
      SSH_CONNECTION: "192.0.2.1 50000 192.0.2.9 22",
    });
    const port = /:(\d+)\//.exec(printed)?.[1];
    expect(said).toMatch(new RegExp(`ssh -N -L ${port}:localhost:${port} \\S+@192\\.0\\.2\\.9 `));
    expect(said).toContain(`   then open http://localhost:${port}/?token=${TOKEN}`);
  });
});

describe("view", () => {
  test("over TLS, with a view-only token, is whole: who has the one steers, who has the other looks", async () => {
    await using app = await RunningScenecast.start(["view", model, "--size", "64x48"], {
      env: {
        SCENECAST_TLS_CERT: cert,
        SCENECAST_TLS_KEY: key,
        SCENECAST_TOKEN: TOKEN,
        SCENECAST_VIEW_TOKEN: VIEW_TOKEN,
      },
    });
    const tls = { ca: certificate.cert };
    const ask = (path: string) => fetch(new URL(path, app.url), { tls });
    expect((await ask("/state")).status).toBe(401);
    const picture = await ask(`/snapshot.png?token=${VIEW_TOKEN}`);
    expect(picture.headers.get("content-type")).toBe("image/png");
    const page = await ask(`/?token=${VIEW_TOKEN}`);
    expect(page.headers.get("set-cookie")).toEndWith("; HttpOnly; SameSite=Strict; Secure");
    const looks = await SocketClient.open(app.url, `/ws?token=${VIEW_TOKEN}`, {}, tls);
    const steers = await SocketClient.open(app.url, `/ws?token=${TOKEN}`, {}, tls);
    const accepted = async () => (await (await ask(`/state?token=${TOKEN}`)).json()).events.accepted;
    const before = await accepted();
    looks.send({ type: "weel", deltaY: 5, timestampInMs: 1 });
    expect((await looks.next("error")).code).toBe("may-not-steer");
    expect(await accepted()).toBe(before);
    steers.send({ type: "weel", deltaY: 5, timestampInMs: 1 });
    await steers.settle();
    expect(await accepted()).toBe(before + 1);
    looks.close();
    steers.close();
  });

  test("lets in as many as --max-viewers says", async () => {
    await using app = await RunningScenecast.start(["view", model, "--size", "64x48", "--max-viewers", "1"]);
    const first = await SocketClient.open(app.url);
    const refused = await app.fetch("video/mjpeg");
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain("its limit of viewers is 1");
    first.close();
  });
});

describe("what can not be is one sentence", () => {
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
  ])("%p", async (args, code, says) => {
    const { exitCode, stdout, stderr } = await runScenecast(["view", "--port", "0", ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toStartWith("scenecast: ");
    expect(stderr).toContain(says);
    expect(stderr.length).toBeLessThan(600);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});
