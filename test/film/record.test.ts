import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BoxGeometry, Mesh, MeshBasicMaterial } from "three";
import { record } from "../../src/film/record.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { decodeWebm, missingFilmPrograms, psnr } from "./decoded-film.ts";

let files: TemporaryDirectory;
let show: ShowManager;
const box = new Mesh(new BoxGeometry(2, 1, 1), new MeshBasicMaterial({ color: "white" }));
beforeAll(() => {
  files = new TemporaryDirectory();
  show = new ShowManager({ size: [96, 64], background: "black" });
  show.add(box);
  show.frameScene();
});
afterAll(() => {
  show.dispose();
  files[Symbol.dispose]();
});

const path = (name: string) => join(files.path, name);

describe("record", () => {
  testIf(missingFilmPrograms)(
    "a film of a program's own scene has the pictures of its frames, and leaves the camera where it was",
    async () => {
      const before = show.cameraState;
      const reported: number[] = [];
      await record(show, path("box.webm"), {
        ...{ frames: 4, fps: 4, turntable: 90 },
        onFrame: (_, seconds) => void box.scale.setY(1 + seconds),
        onProgress: ({ frame }) => reported.push(frame),
      });
      expect(show.cameraState).toEqual(before);
      expect([Math.min(...reported), Math.max(...reported)]).toEqual([1, 4]);
      const film = await decodeWebm(path("box.webm"));
      expect(film.times).toEqual([0, 250, 500, 750]);
      show.view.azimuth((90 * 2) / 4);
      show.resetCameraClippingRange();
      box.scale.setY(1.5);
      for (const _ of show.renderSteps());
      const frame = film.frames.at(2) ?? { width: 0, height: 0, data: new Uint8Array() };
      expect(psnr(frame, show.snapshot())).toBeGreaterThan(33);
      show.cameraState = before;
    },
  );

  test("a film that is cancelled, or whose frames fail, leaves no file", async () => {
    const controller = new AbortController();
    const onProgress = ({ frame }: { frame: number }) => frame > 1 && controller.abort();
    const before = readdirSync(files.path);
    await expect(
      record(show, path("cut.webm"), { frames: 1000, signal: controller.signal, onProgress }),
    ).rejects.toThrow("aborted");
    const onFrame = () => {
      throw new Error("no such wave");
    };
    await expect(record(show, path("cut.webp"), { onFrame })).rejects.toThrow("no such wave");
    expect(readdirSync(files.path)).toEqual(before);
  });

  test.each([
    ["a.gif", {}, "must end with .webm or .webp"],
    ["a.webm", { frames: 1.5 }, "frames must be a whole number"],
    ["a.webm", { fps: 0 }, "fps must be a number"],
    ["a.webm", { turntable: 10, path: [] }, "not both"],
    ["a.webm", { path: [] }, "needs a view"],
  ])("%s with %j is refused", async (name, options, message) => {
    await expect(record(show, path(name), options)).rejects.toThrow(message);
  });
});
