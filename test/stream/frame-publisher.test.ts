import { expect, test } from "bun:test";
import { Mesh, MeshBasicMaterial, TorusKnotGeometry } from "three";
import { RAW_ARRAY } from "../../src/memory/memory-backend.ts";
import { SharedImage } from "../../src/memory/shared-image.ts";
import { FramePublisher, imageShapeFor } from "../../src/stream/frame-publisher.ts";
import { boxShow } from "./box-show.ts";

test("a publisher writes a rendered frame once, and nothing before the first render", () => {
  using show = boxShow();
  using image = new SharedImage(RAW_ARRAY, imageShapeFor(show, {}));
  using publisher = new FramePublisher(show, image);
  expect([publisher.publish(), image.read()]).toEqual([false, null]);
  show.render();
  expect([publisher.publish(), publisher.publish(), image.read()?.frame]).toEqual([true, false, 1]);
});

test("an incomplete frame is published as not still, and the complete one after it as still", () => {
  using show = boxShow();
  show.add(new Mesh(new TorusKnotGeometry(1, 0.3, 4000, 60), new MeshBasicMaterial()));
  using image = new SharedImage(RAW_ARRAY, imageShapeFor(show, {}));
  using publisher = new FramePublisher(show, image);
  publisher.expectFrame({ still: true, eventTimestamp: 5 });
  const frames: unknown[] = [];
  show.on("render", ({ complete }) => {
    publisher.publish();
    frames.push([complete, image.newestFrame?.still, image.newestFrame?.eventTimestamp]);
  });
  // Longer than the minimum interval between incomplete frames.
  for (const _ of show.renderSteps(1)) Bun.sleepSync(200);
  expect(frames.length).toBeGreaterThan(1);
  expect(frames.slice(0, -1).every((frame) => Bun.deepEquals(frame, [false, false, 5]))).toBeTrue();
  expect(frames.at(-1)).toEqual([true, true, 5]);
});

test("the metadata of expectFrame is published with the next frame only", () => {
  using show = boxShow();
  using image = new SharedImage(RAW_ARRAY, imageShapeFor(show, {}));
  using publisher = new FramePublisher(show, image);
  publisher.expectFrame({ still: true, eventTimestamp: 77.5 });
  show.render();
  publisher.publish();
  expect(image.newestFrame).toMatchObject({ still: true, eventTimestamp: 77.5 });
  expect(image.newestFrame?.renderMs).toBeGreaterThan(0);
  show.render();
  publisher.publish();
  expect(image.newestFrame).toMatchObject({ still: false, eventTimestamp: null, renderMs: null });
});
