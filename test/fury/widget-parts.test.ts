import { describe, expect, test } from "bun:test";
import { AdvertisedAddress, checkPortIsAvailable } from "../../src/fury/widget-address.ts";
import { iframeHtml } from "../../src/fury/widget-iframe.ts";
import { shellLine, WidgetError } from "../../src/fury/widget-server.ts";

describe("the advertised address", () => {
  const ADDRESSES: [string, string][] = [
    ["/user/me/proxy/{port}/", "/user/me/proxy/8123/?iframe=1"],
    ["/user/maria%40example.org/proxy/{port}/", "/user/maria%40example.org/proxy/8123/?iframe=1"],
    ["https://code.example.org/proxy/{port}/", "https://code.example.org/proxy/8123/?iframe=1"],
    ["https://code.example.org/proxy/{{port}}/", "https://code.example.org/proxy/8123/?iframe=1"],
    ["https://{port}--main.example.org", "https://8123--main.example.org/?iframe=1"],
    ["http://tunnel.example:9000/?lab=3", "http://tunnel.example:9000/?lab=3&iframe=1"],
  ];
  test.each(ADDRESSES)("the advertised address %s with port 8123 is %s", (template, address) => {
    expect(new AdvertisedAddress(template).of(8123, { iframe: "1" })).toBe(address);
  });

  test("a token is escaped in the advertised address", () => {
    expect(new AdvertisedAddress("/p/{port}/").of(1, { token: "a&b=c" })).toBe("/p/1/?token=a%26b%3Dc");
  });

  test("the advertised address has an origin unless it is a path", () => {
    expect(new AdvertisedAddress("https://Code.example.org/proxy/{port}/").origin).toBe(
      "https://code.example.org",
    );
    expect(new AdvertisedAddress("/proxy/{port}/").origin).toBeUndefined();
  });

  const INVALID = [
    "",
    "proxy/{port}/",
    "./proxy/{port}",
    "//evil.example/{port}/",
    "/\\evil.example/{port}/",
    "\\\\evil.example/",
    "javascript:alert({port})",
    "ftp://example.org/{port}",
    "https://",
    "https://me:secret@example.org/{port}/",
    "https://example.org/{port}/#part",
    "/user/a b/{port}/",
    "/user/me\n/{port}/",
    "http://example.org:{port}99999/",
  ];
  test.each(INVALID)(
    "the advertised address %j is refused with a message that says what it must be",
    (template) => {
      const create = () => new AdvertisedAddress(template);
      expect(create).toThrow(WidgetError);
      expect(create).toThrow(/advertisedUrl is .* must be an http\(s\) URL or a path/);
    },
  );

  test("the advertised address on a JupyterHub is made from its environment variable", () => {
    const of = (prefix?: string) =>
      AdvertisedAddress.ofEnvironment({ JUPYTERHUB_SERVICE_PREFIX: prefix })?.of(8123, {});
    expect(of("/user/me/")).toBe("/user/me/proxy/8123/");
    expect(of("/user/me/lab1")).toBe("/user/me/lab1/proxy/8123/");
    expect(of("")).toBeUndefined();
    expect(of(undefined)).toBeUndefined();
    expect(() => of("//evil.example/")).toThrow(/JUPYTERHUB_SERVICE_PREFIX/);
  });

  test("the advertised address in code-server is made from its environment variable, unless there is a JupyterHub", () => {
    const env = { VSCODE_PROXY_URI: "https://code.example.org/proxy/{{port}}/" };
    expect(AdvertisedAddress.ofEnvironment(env)?.of(8123, {})).toBe("https://code.example.org/proxy/8123/");
    const inBoth = AdvertisedAddress.ofEnvironment({ ...env, JUPYTERHUB_SERVICE_PREFIX: "/user/me/" });
    expect(inBoth?.of(8123, {})).toBe("/user/me/proxy/8123/");
    expect(() => AdvertisedAddress.ofEnvironment({ VSCODE_PROXY_URI: "proxy" })).toThrow(
      /^VSCODE_PROXY_URI is/,
    );
  });
});

describe("iframeHtml", () => {
  test("the iframe has the requested height and an escaped URL", () => {
    const html = iframeHtml(`/p/?a=1&b="><script>'`, 320);
    expect(html).toStartWith(
      '<iframe src="/p/?a=1&amp;b=&quot;&gt;&lt;script&gt;&#x27;" width="100%" height="320"',
    );
    expect(html).toEndWith("</iframe>");
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a height of %d px is refused", (height) => {
    expect(() => iframeHtml("/", height)).toThrow(RangeError);
  });
});

test("a quoted command line is parsed by a shell into the same words", async () => {
  const words = ["plain", "/a/b.ts", "with space", "it's", '"$HOME"', "`id`", "a;b", "", "é\n", "--port=1"];
  const shell = Bun.spawn(["sh", "-c", `printf '%s\\0' ${shellLine(words)}`], { stdout: "pipe" });
  expect((await new Response(shell.stdout).text()).split("\0").slice(0, -1)).toEqual(words);
});

describe("checkPortIsAvailable", () => {
  test("checkPortIsAvailable is false for a port of another program and true after that has closed it", async () => {
    const program =
      "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1], flush=True); sys.stdin.read()";
    const other = Bun.spawn(["python3", "-c", program], { stdin: "pipe", stdout: "pipe" });
    const { value } = await other.stdout.getReader().read();
    const port = Number(new TextDecoder().decode(value));
    for (const host of ["localhost", "127.0.0.1", "0.0.0.0"]) {
      expect(checkPortIsAvailable(host, port)).toBe(false);
    }
    other.stdin.end();
    await other.exited;
    expect(checkPortIsAvailable("localhost", port)).toBe(true);
    // The check itself did not occupy it.
    expect(checkPortIsAvailable("localhost", port)).toBe(true);
  });

  test("checkPortIsAvailable is false for a port of this program", async () => {
    using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = server.port ?? 0;
    expect(checkPortIsAvailable("localhost", port)).toBe(false);
    await server.stop(true);
    expect(checkPortIsAvailable("localhost", port)).toBe(true);
  });

  test("checkPortIsAvailable is true for an address that this machine does not have", () => {
    expect(checkPortIsAvailable("192.0.2.1", 8000)).toBe(true);
  });

  test.each([-1, 65536, 1.5, Number.NaN])("checkPortIsAvailable refuses the invalid port %d", (port) => {
    expect(() => checkPortIsAvailable("localhost", port)).toThrow(RangeError);
  });
});
