import { describe, expect, test } from "bun:test";
import type { RendererConfig } from "../../src/cli/renderer-protocol.ts";
import { StartConfig } from "../../src/cli/start-config.ts";
import { documentOf } from "../../src/document/document-layers.ts";
import { MAX_CONTROLS } from "../../src/protocol/panel.ts";

const [bunny, brain] = [documentOf([{ path: "/data/bunny.ply" }]), documentOf([{ path: "/data/brain.nii" }])];

function startConfig(changes: Partial<RendererConfig> = {}): StartConfig {
  return new StartConfig({
    document: bunny,
    size: [640, 480],
    maxSize: [1920, 1080],
    glBackend: "auto",
    logLevel: "error",
    ...changes,
  });
}

describe("what the next renderer starts with", () => {
  test("the size and the camera of the renderer that ended, or as before if it had no frame", () => {
    const start = startConfig();
    const before = start.value;
    start.keepView(undefined);
    expect(start.value).toBe(before);
    const camera = { position: [1, 2, 3], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 } as const;
    start.keepView({ size: [320, 200], camera });
    expect(start.value.size).toEqual([320, 200]);
    expect(start.value.document).toEqual({ ...bunny, view: { ...bunny.view, camera } });
  });

  test("the newest document, and the one before it after two crashes", () => {
    const start = startConfig();
    expect(start.canRevert).toBe(false);
    start.keepDocument(brain, performance.now());
    expect(start.canRevert).toBe(true);
    expect(start.onCrash(1)).toBeUndefined();
    expect(start.value.document).toBe(brain);
    expect(start.onCrash(2)).toBe(bunny);
    expect(start.value.document).toBe(bunny);
    expect(start.canRevert).toBe(false);
  });

  test("the document before one that could not be loaded", () => {
    const start = startConfig();
    start.keepDocument(brain, performance.now());
    start.onUnloadable();
    expect(start.onCrash(1)).toBe(bunny);
  });

  test("the values that viewers have set, as the program has changed them since, and no others", () => {
    const start = startConfig({ module: "/data/scene.ts" });
    start.keepControl({ type: "control", control: "run" });
    expect(start.value.controlValues).toBeUndefined();
    start.keepControl({ type: "control", control: "radius", value: 2 });
    start.updateControls({ radius: 3, count: 7 });
    expect(start.value.controlValues).toEqual({ radius: 3 });
  });

  test("the newest values only, if a program has more controls than a panel", () => {
    const start = startConfig({ module: "/data/scene.ts" });
    for (let i = 0; i <= MAX_CONTROLS; i++)
      start.keepControl({ type: "control", control: `c${i}`, value: i });
    // Set again, so that it is the newest.
    start.keepControl({ type: "control", control: "c1", value: -1 });
    start.keepControl({ type: "control", control: "last", value: 0 });
    const values = start.value.controlValues ?? {};
    expect(Object.keys(values)).toHaveLength(MAX_CONTROLS);
    expect(values).toMatchObject({ c1: -1, last: 0 });
    expect(values).not.toHaveProperty("c2");
  });
});

describe("messages", () => {
  test("viewers see no folders of files, of requested files, and of the module", () => {
    const start = startConfig({ module: "/home/ada/scene.ts" });
    start.onRequested(brain);
    expect(start.withoutFolders("/data/bunny.ply, /data/brain.nii and /home/ada/lib/mesh.ts")).toBe(
      "bunny.ply, brain.nii and lib/mesh.ts",
    );
  });

  test("a message of the module names a file once", () => {
    const start = startConfig({ module: "/home/ada/scene.ts" });
    expect(start.aboutModule("/home/ada/mesh.ts:3: no vertices")).toBe("/home/ada/mesh.ts:3: no vertices");
    expect(start.aboutModule("it crashed (SIGSEGV)")).toBe("/home/ada/scene.ts: it crashed (SIGSEGV)");
  });
});
