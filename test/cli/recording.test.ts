import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { RecordingRequest, RecordingStatus } from "../../src/protocol/recording.ts";
import { decodeWebm, missingFilmPrograms, psnr } from "../film/decoded-film.ts";
import { cubeObj } from "../formats/samples.ts";
import { decodePng, type RgbaImage } from "../support/images.ts";
import { RunningScenecast, until as waitUntil } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";

// On a busy machine.
setDefaultTimeout(60_000);

const TOKEN = "control-token-1";
const VIEW_TOKEN = "view-only-token-1";

let files: TemporaryDirectory;
let cube: string;
/** The folder for temporary files of the server, in which nothing ever has a name. */
let temporary: TemporaryDirectory;
let view: RunningScenecast;
beforeAll(async () => {
  files = new TemporaryDirectory();
  temporary = new TemporaryDirectory();
  cube = files.write("cube.obj", cubeObj());
  view = await startView();
  await fetchFrom(view, "snapshot.jpg");
});
afterAll(async () => {
  await view.stop();
  files[Symbol.dispose]();
  temporary[Symbol.dispose]();
});

function startView(): Promise<RunningScenecast> {
  const args = ["view", cube, "--size", "160x120", "--token", TOKEN, "--view-token", VIEW_TOKEN];
  return RunningScenecast.start(args, { env: { TMPDIR: temporary.path } });
}

function fetchFrom(
  server: RunningScenecast,
  path: string,
  init: RequestInit = {},
  token = TOKEN,
): Promise<Response> {
  return server.fetch(path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
}

async function start(request: RecordingRequest, server = view): Promise<RecordingStatus> {
  const response = await fetchFrom(server, "record", { method: "POST", body: JSON.stringify(request) });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as RecordingStatus;
}

/** Polls a recording until the condition holds. */
async function until(
  { id }: RecordingStatus,
  accept: (status: RecordingStatus) => boolean,
  server = view,
): Promise<RecordingStatus> {
  for (;;) {
    const response = await fetchFrom(server, `record/${id}`);
    if (!response.ok) throw new Error(await response.text());
    const status = (await response.json()) as RecordingStatus;
    if (accept(status)) return status;
    if (status.state === "failed") throw new Error(status.error);
    await Bun.sleep(20);
  }
}

async function download(status: RecordingStatus, name: string): Promise<string> {
  const response = await fetchFrom(view, `record/${status.id}/film`);
  return files.write(name, Buffer.from(await response.arrayBuffer()));
}

async function record(request: RecordingRequest, name: string): Promise<string> {
  return download(await until(await start(request), ({ state }) => state === "done"), name);
}

async function snapshot(): Promise<RgbaImage> {
  return decodePng(await (await fetchFrom(view, "snapshot.png")).bytes());
}

function at<T>(items: readonly T[], n: number): T {
  const item = items.at(n);
  if (item === undefined) throw new Error(`There is no item ${n}.`);
  return item;
}

async function patchView(change: object): Promise<void> {
  const response = await fetchFrom(view, "scene", {
    method: "PATCH",
    body: JSON.stringify({ view: change }),
    headers: { "Content-Type": "application/merge-patch+json" },
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Files without a name in the folder for temporary files that the server has open. */
function temporaryFilesOf({ pid }: RunningScenecast): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .flatMap((name) => {
      try {
        return readlinkSync(`${folder}/${name}`);
      } catch {
        return []; // closed meanwhile
      }
    })
    .filter((path) => path.startsWith(`${temporary.path}/scenecast-`));
}

/** Processes that the server has started for recordings. */
function recordingProcesses(server: RunningScenecast): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`__recording\0${server.pid}\0`);
      } catch {
        // It has ended.
        return false;
      }
    });
}

async function untilNoProcess(server: RunningScenecast): Promise<void> {
  while (recordingProcesses(server).length > 0) await Bun.sleep(20);
}

describe("POST /record", () => {
  testIf(missingFilmPrograms)(
    "a turntable begins with the picture that the view shows, and reports its progress",
    async () => {
      const begun = await start({ kind: "turntable", frames: 6, fps: 12 });
      expect(begun).toMatchObject({ kind: "turntable", format: "webm", state: "rendering" });
      const done = await until(begun, ({ state }) => state === "done");
      const film = await decodeWebm(await download(done, "turn.webm"));
      expect(done).toMatchObject({ fraction: 1, frame: 6, frames: 6 });
      expect(film).toMatchObject({ width: 160, height: 120, duration: 0.5 });
      expect(film.times).toEqual([0, 83, 167, 250, 333, 417]);
      expect(psnr(at(film.frames, 0), await snapshot())).toBeGreaterThan(33);
      expect(psnr(at(film.frames, 1), await snapshot())).toBeLessThan(30);
    },
  );

  test("a picture has the pixels of the view, or another size and no background", async () => {
    const picture = decodePng(readFileSync(await record({ kind: "picture" }, "view.png")));
    expect(Buffer.compare(picture.data, (await snapshot()).data)).toBe(0);
    const clear = decodePng(
      readFileSync(
        await record({ kind: "picture", size: [320, 240], view: { background: "transparent" } }, "clear.png"),
      ),
    );
    expect([clear.width, clear.height, clear.data[3]]).toEqual([320, 240, 0]);
  });

  testIf(missingFilmPrograms)(
    "what is done in the view becomes a film of full pictures, in its size",
    async () => {
      const before = await snapshot();
      const capturing = await start({ kind: "live", fps: 10, size: [160, 120] });
      expect(capturing.state).toBe("capturing");
      await patchView({ azimuth: 100, background: "white" });
      const after = await snapshot();
      await fetchFrom(view, `record/${capturing.id}/stop`, { method: "POST" });
      const done = await until(capturing, ({ state }) => state === "done");
      const { frames } = await decodeWebm(await download(done, "live.webm"));
      expect(frames.length).toBeGreaterThan(1);
      expect(psnr(at(frames, 0), before)).toBeGreaterThan(30);
      expect(psnr(at(frames, -1), after)).toBeGreaterThan(30);
      await patchView({ azimuth: null, background: null });
    },
  );

  test("a recording can be fetched in parts, until another one replaces it", async () => {
    const first = await until(
      await start({ kind: "picture", format: "jpeg" }),
      ({ state }) => state === "done",
    );
    const response = await fetchFrom(view, `record/${first.id}/film`, { headers: { Range: "bytes=0-1" } });
    expect(response.headers.get("content-type")).toBe("image/jpeg");
    expect([response.status, ...(await response.bytes())]).toEqual([206, 0xff, 0xd8]);
    const second = await start({ kind: "picture" });
    expect((await fetchFrom(view, `record/${first.id}/film`)).status).toBe(404);
    await until(second, ({ state }) => state === "done");
    expect(readdirSync(temporary.path)).toEqual([]);
  });

  test("one recording at a time; a cancelled one leaves no process and no file", async () => {
    const status = await start({ kind: "turntable", frames: 18_000 });
    expect((await fetchFrom(view, `record/${status.id}/film`)).status).toBe(409);
    const second = await fetchFrom(view, "record", { method: "POST", body: '{"kind": "picture"}' });
    expect([second.status, await second.text()]).toEqual([
      409,
      "Something is being recorded; wait for its end, or cancel it.\n",
    ]);
    await until(status, ({ frame }) => frame > 0);
    expect(recordingProcesses(view)).toHaveLength(1);
    expect((await fetchFrom(view, `record/${status.id}`, { method: "DELETE" })).status).toBe(204);
    await untilNoProcess(view);
    expect((await fetchFrom(view, `record/${status.id}`)).status).toBe(404);
    expect(readdirSync(temporary.path)).toEqual([]);
  });

  test.each([
    [{ kind: "cartoon" }, "kind: "],
    [{ kind: "path" }, "two or more views"],
    [{ kind: "picture", format: "webm" }, "A picture is"],
    [{ kind: "turntable", format: "png" }, "A film is"],
    [{ kind: "picture", size: [8193, 1] }, "size.0"],
    [{ kind: "turntable", frames: 0 }, "frames"],
    [{ kind: "picture", view: { colour: "red" } }, "view.colour is unknown"],
    [{ kind: "picture", format: "jpeg", view: { background: "transparent" } }, "cannot be transparent"],
    [{ kind: "picture", output: "/etc/passwd" }, "output"],
  ])("%j is refused", async (request, message) => {
    const response = await fetchFrom(view, "record", { method: "POST", body: JSON.stringify(request) });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(message);
  });

  test("a viewer who may only see can neither record nor fetch what others have recorded", async () => {
    const status = await until(await start({ kind: "picture" }), ({ state }) => state === "done");
    for (const [method, path] of [
      ["POST", "record"],
      ["GET", "record"],
      ["GET", `record/${status.id}`],
      ["GET", `record/${status.id}/film`],
      ["POST", `record/${status.id}/stop`],
      ["DELETE", `record/${status.id}`],
    ] as const) {
      const body = method === "POST" ? '{"kind": "picture"}' : null;
      const response = await fetchFrom(view, path, { method, body }, VIEW_TOKEN);
      expect(`${method} ${path} ${response.status}`).toBe(`${method} ${path} 403`);
    }
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "%s of the view during a recording leaves no process and no file",
    async (signal) => {
      const server = await startView();
      const status = await start({ kind: "turntable", frames: 18_000 }, server);
      await until(status, ({ frame }) => frame > 0, server);
      await (signal === "SIGKILL" ? server.kill() : server.stop(signal));
      await untilNoProcess(server);
      expect(readdirSync(temporary.path)).toEqual([]);
    },
  );

  test("a file that can't be loaded fails with a sentence that does not say where it is", async () => {
    const content = readFileSync(cube);
    try {
      files.write("cube.obj", "v 0 0 nonsense\nf 1 2 3\n");
      const status = await start({ kind: "picture" });
      const error = await until(status, ({ state }) => state === "done").catch(
        (reason: Error) => reason.message,
      );
      expect(error).toContain("cube.obj");
      expect(error).not.toContain(files.path);
      // What was written of it may fill the disk.
      await waitUntil(() => temporaryFilesOf(view).length === 0, "its file is closed");
    } finally {
      files.write("cube.obj", content);
    }
  });
});
