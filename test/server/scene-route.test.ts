import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { type Json, type SceneControl, ScenePatchError } from "../../src/server/renderer/scene-control.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, SocketClient } from "./clients.ts";

const VIEW_TOKEN = "view-only-token-1";
const PATCH = "application/merge-patch+json";

/** A scene that accepts every patch and has it as its document. */
class TestScene implements SceneControl {
  document: Json = { version: 1 };
  onChange = () => {};
  failure: ScenePatchError | undefined;

  async patch(patch: Json): Promise<Json> {
    if (this.failure !== undefined) throw this.failure;
    this.document = { ...this.document, ...patch };
    this.onChange();
    return this.document;
  }
}

let scene: TestScene;
let server: ScenecastServer;
beforeEach(async () => {
  scene = new TestScene();
  server = await startServer({ port: 0, viewToken: VIEW_TOKEN, scene });
});
afterEach(() => server.stop());

async function send(
  body: string,
  {
    type = PATCH,
    token = server.token,
    query = "",
    headers = {},
  }: {
    type?: string;
    token?: string | undefined;
    query?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<[status: number, body: string]> {
  const response = await fetch(new URL(`scene?${query}`, server.url), {
    method: "PATCH",
    headers: { "content-type": type, authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return [response.status, await response.text()];
}

describe("/scene", () => {
  test("gives the document to those who may see", async () => {
    const response = await fetch(new URL(`scene?token=${VIEW_TOKEN}`, server.url));
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ version: 1 });
  });

  test("PATCH gives the changed document", async () => {
    const [status, body] = await send('{"time": 3}', { type: `${PATCH}; charset=utf-8` });
    expect([status, JSON.parse(body)]).toEqual([200, { version: 1, time: 3 }]);
  });

  test.each<[string, Parameters<typeof send>, number, RegExp]>([
    ["the view-only token", ["{}", { token: VIEW_TOKEN }], 403, /^This view can be seen but not changed/],
    [
      "a page of another site",
      ["{}", { headers: { origin: "https://evil.example" } }],
      403,
      /^A page of https:/,
    ],
    [
      "another media type",
      ["{}", { type: "application/json" }],
      415,
      /send it as application\/merge-patch\+json/,
    ],
    ["no JSON", ["{"], 400, /must be a JSON object/],
    ["no object", ["[1]"], 400, /must be a JSON object/],
    ["null", ["null"], 400, /must be a JSON object/],
    ["deep JSON", ["[".repeat(30_000)], 400, /must be a JSON object/],
    ["a large body", [JSON.stringify({ a: "x".repeat(70_000) })], 413, /may have 65536 bytes/],
  ])("PATCH is refused with a sentence: %s", async (_, request, status, message) => {
    const [actual, body] = await send(...request);
    expect(actual).toBe(status);
    expect(body).toMatch(message);
    expect(scene.document).toEqual({ version: 1 });
  });

  test("the refusal of the renderer is that of the response", async () => {
    scene.failure = new ScenePatchError(409, "a.ply: it has no array.");
    expect(await send("{}")).toEqual([409, "a.ply: it has no array.\n"]);
  });

  test("is 404 for a renderer without a document", async () => {
    await using plain = await startServer({ port: 0 });
    expect((await fetch(new URL("scene", plain.url))).status).toBe(404);
  });

  test("while a viewer drags, another one cannot move the camera, but change a color", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(70);
    server.attach(renderer.names);
    await eventually(() => server.state.frame !== null, "the frame is detected");
    const viewer = await SocketClient.open(server.url, `ws?viewer=viewer-0001&token=${server.token}`);
    viewer.send({ event_type: "pointer_down", x: 5, y: 5, button: 1, time_stamp: 1 });
    await viewer.settle();
    for (const key of ["camera", "view", "azimuth", "zoom"])
      expect((await send(`{"view": {"${key}": null}}`))[0]).toBe(409);
    expect((await send('{"view": {"view": "left"}}', { query: "viewer=viewer-0001" }))[0]).toBe(200);
    expect((await send('{"view": {"axes": true}}'))[0]).toBe(200);
    viewer.close();
    await viewer.closed;
    await eventually(async () => (await send('{"view": {"zoom": 2}}'))[0] === 200, "the drag has ended");
  });

  test("every viewer gets the document when it connects and when it changes; many changes are few messages", async () => {
    const viewers = await Promise.all(
      [server.token, VIEW_TOKEN].map((token) => SocketClient.open(server.url, `ws?token=${token}`)),
    );
    for (const viewer of viewers) expect((await viewer.next("scene")).document).toEqual({ version: 1 });
    for (let i = 1; i <= 30; i++) void scene.patch({ time: i });
    for (const viewer of viewers) {
      expect((await viewer.next("scene")).document).toEqual({ version: 1, time: 30 });
      viewer.close();
    }
  });
});
