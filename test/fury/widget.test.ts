import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Widget, type WidgetOptions } from "../../src/fury/widget.ts";
import { checkPortIsAvailable } from "../../src/fury/widget-address.ts";
import { JUPYTER_DISPLAY, type NotebookOutput } from "../../src/fury/widget-iframe.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { boxShow } from "../stream/box-show.ts";
import { lines } from "../support/lines.ts";
import { COMMAND, remaining, segmentsOf, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let show: ShowManager;
let widget: Widget | undefined;

beforeAll(() => {
  show = boxShow([160, 120]);
});
afterAll(() => show.dispose());
afterEach(async () => {
  await widget?.stop();
  widget = undefined;
});

function make(options: WidgetOptions = {}): Widget {
  widget = new Widget(show, options);
  return widget;
}

/** Child processes of a process. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** The `scenecast serve` process that a process has started. */
function serverOf(pid: number): number {
  const servers = childrenOf(pid).filter((child) =>
    readFileSync(`/proc/${child}/cmdline`, "utf8").includes("\0serve\0"),
  );
  expect(servers).toHaveLength(1);
  return servers[0] ?? 0;
}

const alive = (pid: number) => existsSync(`/proc/${pid}`);
const fetchBelow = (url: string, path: string) => {
  const address = new URL(url);
  address.pathname += path;
  return fetch(address);
};

describe("a widget", () => {
  test("start returns the URL, with FURY's query, of a page that shows the frames", async () => {
    const url = await make().start();
    expect(url).toMatch(/^http:\/\/localhost:\d+\/\?iframe=1&encoding=mjpeg$/);
    expect(url).toBe(widget?.url as string);
    expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
    const snapshot = await fetchBelow(url, "snapshot.jpg");
    expect(snapshot.headers.get("content-type")).toBe("image/jpeg");
    expect(widget?.running).toBe(true);
  });

  test("starting a widget twice is a restart at the same URL, with nothing left of the first", async () => {
    const url = await make().start();
    const [first, segments] = [serverOf(process.pid), segmentsOf(process.pid)];
    expect(await widget?.start()).toBe(url);
    expect(serverOf(process.pid)).not.toBe(first);
    expect(alive(first)).toBe(false);
    expect(remaining(segments)).toEqual([]);
    expect((await fetchBelow(url, "snapshot.jpg")).status).toBe(200);
  });

  test("stopping a widget ends its server and removes the shared memory; a second call does nothing", async () => {
    await make().start();
    const [server, segments] = [serverOf(process.pid), remaining(segmentsOf(process.pid))];
    expect(segments).not.toBeEmpty();
    expect(await widget?.stop()).toBe(true);
    expect(alive(server)).toBe(false);
    expect(remaining(segments)).toEqual([]);
    expect(await widget?.stop()).toBe(false);
    expect(widget?.running).toBe(false);
  });

  test("a widget's server that ignores SIGTERM is killed", async () => {
    await make().start();
    const server = serverOf(process.pid);
    process.kill(server, "SIGSTOP");
    await widget?.stop();
    expect(alive(server)).toBe(false);
  });

  test("cleanup of a widget removes the shared memory immediately and ends the server; a second call does nothing", async () => {
    await make().start();
    const [server, segments] = [serverOf(process.pid), remaining(segmentsOf(process.pid))];
    expect(segments).not.toBeEmpty();
    widget?.cleanup();
    expect(remaining(segments)).toEqual([]);
    widget?.cleanup();
    await until(() => !alive(server), "the server ends");
  });

  test("using and await using end a widget", async () => {
    let server: number;
    {
      await using asynchronous = new Widget(show);
      await asynchronous.start();
      server = serverOf(process.pid);
    }
    expect(alive(server)).toBe(false);
    let segments: string[];
    {
      using synchronous = new Widget(show);
      await synchronous.start();
      server = serverOf(process.pid);
      segments = remaining(segmentsOf(process.pid));
      expect(segments).not.toBeEmpty();
    }
    expect(remaining(segments)).toEqual([]);
    await until(() => !alive(server), "the server ends");
  });

  test("a widget stopped while it starts rejects and leaves nothing", async () => {
    const starting = make().start();
    const late = widget?.start();
    // The first start has its server, the second waits for the first.
    await until(() => childrenOf(process.pid).length > 0, "the server is started");
    const stopping = widget?.stop();
    late?.catch(() => {});
    await expect(starting).rejects.toMatchObject({ name: "WidgetError", code: "stopped" });
    await expect(late).rejects.toMatchObject({ code: "stopped" });
    await stopping;
    expect(childrenOf(process.pid)).toEqual([]);
    expect(await widget?.start()).toStartWith("http://localhost:");
  });
});

describe("the command", () => {
  test("the command string is one line that starts the same server in a shell", async () => {
    const url = await make({ msJpeg: 50 }).start();
    const { commandString } = widget as Widget;
    expect(commandString).not.toContain("\n");
    process.kill(serverOf(process.pid), "SIGKILL");
    await until(() => widget?.running === false, "the widget is informed");
    const shell = Bun.spawn(["sh", "-c", `exec ${commandString}`], { stdout: "pipe", stderr: "inherit" });
    for await (const line of lines(shell.stdout)) {
      expect(JSON.parse(line).port).toBe(Number(new URL(url).port));
      break;
    }
    expect((await fetchBelow(url, "snapshot.jpg")).status).toBe(200);
    shell.kill();
    await shell.exited;
  });

  test("the command string does not contain the token", async () => {
    const token = "a-token-of-this-test";
    const url = await make({ token }).start();
    expect(new URL(url).searchParams.get("token")).toBe(token);
    const server = serverOf(process.pid);
    expect(widget?.commandString).not.toContain(token);
    expect(readFileSync(`/proc/${server}/cmdline`, "utf8")).not.toContain(token);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(new URL("/state", url))).status).toBe(401);
  });

  test("a widget on a non-loopback address gets a token and keeps it over a restart", async () => {
    // Another spelling of 127.0.0.1.
    const url = await make({ host: "127.1" }).start();
    expect(new URL(url).searchParams.get("token")).toMatch(/^[\w-]{24}$/);
    expect((await fetchBelow(url, "state")).status).toBe(200);
    expect((await fetch(new URL("/state", url))).status).toBe(401);
    expect(await widget?.start()).toBe(url);
  });
});

describe("the death of the server", () => {
  test("after its server has died a widget emits serverEnd, and runCommand starts another at the same URL", async () => {
    const url = await make().start();
    const segments = remaining(segmentsOf(process.pid));
    const ended = new Promise<string>((resolve) => widget?.on("serverEnd", resolve));
    const killed = serverOf(process.pid);
    process.kill(killed, "SIGKILL");
    expect(await ended).toBe("it was ended by SIGKILL");
    expect(widget?.running).toBe(false);
    expect(await widget?.runCommand()).toBe(url);
    expect(serverOf(process.pid)).not.toBe(killed);
    expect(remaining(segments)).toEqual(segments);
    expect((await fetchBelow(url, "snapshot.jpg")).status).toBe(200);
    // While the server runs, runCommand is a restart.
    const second = serverOf(process.pid);
    expect(await widget?.runCommand()).toBe(url);
    expect(alive(second)).toBe(false);
  });

  test("stopping a widget does not emit serverEnd", async () => {
    await make().start();
    const ends: string[] = [];
    widget?.on("serverEnd", (how) => ends.push(how));
    await widget?.stop();
    await widget?.start();
    await widget?.start();
    await widget?.stop();
    expect(ends).toEqual([]);
  });
});

describe("errors of a widget", () => {
  test("a server that cannot start is an error with the server's message", async () => {
    const start = make({ host: "192.0.2.1" }).start();
    await expect(start).rejects.toMatchObject({ code: "server-failed" });
    await expect(start).rejects.toThrow(/did not start: This machine has no address 192\.0\.2\.1/);
  });

  test("runCommand before start is an error that says what to do", async () => {
    await expect(make().runCommand()).rejects.toMatchObject({ code: "not-started" });
    await expect(make().runCommand()).rejects.toThrow(/call start\(\) first/);
  });

  test.each([-1, 65536, 80.5])("a widget refuses the invalid port %d", (port) => {
    expect(() => make({ port })).toThrow(RangeError);
  });

  test("an invalid advertised address is an error", () => {
    expect(() => make({ advertisedUrl: "proxy/{port}" })).toThrow(/advertisedUrl is "proxy\/\{port\}"/);
  });
});

describe("the address", () => {
  test("a widget whose port is in use uses another port, and the given one again after it is free", async () => {
    using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("other") });
    const port = other.port ?? 0;
    const url = await make({ port }).start();
    expect(Number(new URL(url).port)).not.toBe(port);
    expect((await fetchBelow(url, "snapshot.jpg")).headers.get("content-type")).toBe("image/jpeg");
    await other.stop(true);
    expect(await widget?.start()).toContain(`:${port}/`);
  });

  test("the URL of a widget is known before the start, as in FURY, and does not change", async () => {
    const { url } = make();
    expect(url).toMatch(/^http:\/\/localhost:\d+\/\?iframe=1&encoding=mjpeg$/);
    expect(widget?.url).toBe(url);
    expect(widget?.returnIframe()).toContain(url.replaceAll("&", "&amp;"));
    expect(await widget?.start()).toBe(url);
    const shared = new Widget(show, { host: "127.1" });
    expect(shared.url).toMatch(/&token=[\w-]{24}$/);
    expect(new URL(shared.url).searchParams.get("token")).toBe(new URL(shared.url).searchParams.get("token"));
  });

  test("the command string of a widget is known before the start and serves the show when run by hand", async () => {
    const { commandString, url } = make();
    const before = remaining(segmentsOf(process.pid));
    expect(commandString).toContain(`--port ${new URL(url).port}`);
    expect(before.some((name) => commandString.includes(name))).toBe(true);
    expect(await widget?.start()).toBe(url);
    expect(widget?.commandString).toBe(commandString);
    await widget?.stop();
    expect(remaining(before)).toEqual([]);
    // Without a start, stop removes the shared memory too.
    expect(make().commandString).toContain("--image-buffers");
    const opened = remaining(segmentsOf(process.pid));
    expect(await widget?.stop()).toBe(false);
    expect(remaining(opened)).toEqual([]);
  });
});

describe("notebook output", () => {
  test("display starts a widget and returns its iframe for a JavaScript kernel", async () => {
    const output = await make().display();
    expect(await output[JUPYTER_DISPLAY]()).toEqual({ "text/html": widget?.returnIframe(150) as string });
    expect(Symbol.keyFor(JUPYTER_DISPLAY)).toBe("Jupyter.display");
    const server = serverOf(process.pid);
    const taller = await (await (widget as Widget).display(321))[JUPYTER_DISPLAY]();
    expect(taller["text/html"]).toContain('height="321"');
    expect(serverOf(process.pid)).toBe(server);
  });

  test("a widget as the value of a notebook cell is displayed, started or not", async () => {
    const value: NotebookOutput = make();
    const bundle = await value[JUPYTER_DISPLAY]();
    expect(bundle["text/html"]).toBe((widget as Widget).returnIframe(150));
    expect(await value[JUPYTER_DISPLAY]()).toEqual(bundle);
  });
});

describe("programs with a widget", () => {
  const PROGRAM = join(import.meta.dir, "programs/widget-program.ts");
  const run = (command: readonly string[], path = process.env.PATH) =>
    Bun.spawn([...command], { env: { ...process.env, PATH: path }, stdout: "pipe", stderr: "inherit" });

  async function firstLine(stream: ReadableStream<Uint8Array>) {
    for await (const line of lines(stream)) return JSON.parse(line);
  }

  test("the server of a killed program ends and removes the program's segments", async () => {
    const program = run([process.execPath, PROGRAM]);
    const { url } = await firstLine(program.stdout);
    expect((await fetchBelow(url, "snapshot.jpg")).status).toBe(200);
    const [server, segments] = [serverOf(program.pid), remaining(segmentsOf(program.pid))];
    expect(segments).not.toBeEmpty();
    program.kill("SIGKILL");
    await program.exited;
    await until(() => !alive(server), "the server ends");
    expect(remaining(segments)).toEqual([]);
  });

  test("a compiled program uses the scenecast on the PATH, with an error if there is none", async () => {
    using folder = new TemporaryDirectory();
    const compiled = join(folder.path, "program");
    const build = Bun.spawn([process.execPath, "build", "--compile", `--outfile=${compiled}`, PROGRAM], {
      cwd: folder.path,
      stdout: "ignore",
      stderr: "inherit",
    });
    expect(await build.exited).toBe(0);
    const withoutScenecast = run([compiled], "/usr/bin:/bin");
    expect((await firstLine(withoutScenecast.stdout)).error).toMatch(
      /program scenecast, which is not on the PATH/,
    );
    expect(await withoutScenecast.exited).toBe(1);

    const bin = join(folder.path, "bin");
    await Bun.write(join(bin, "scenecast"), `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
    await Bun.$`chmod +x ${join(bin, "scenecast")}`.quiet();
    const program = run([compiled], `${bin}${delimiter}${process.env.PATH}`);
    const { url, commandString } = await firstLine(program.stdout);
    expect(commandString).toStartWith(`${bin}/scenecast serve `);
    expect((await fetchBelow(url, "snapshot.jpg")).status).toBe(200);
    const server = serverOf(program.pid);
    program.kill("SIGKILL");
    await program.exited;
    await until(() => !alive(server), "the server ends");
  });
});

test("a widget chooses another free port if its last one is in use", async () => {
  const url = await make().start();
  const port = Number(new URL(url).port);
  await widget?.stop();
  expect(checkPortIsAvailable("localhost", port)).toBe(true);
  using _other = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response("other") });
  const next = await widget?.start();
  expect(Number(new URL(next ?? "").port)).not.toBe(port);
});
