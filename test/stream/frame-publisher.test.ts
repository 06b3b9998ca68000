import { expect, test } from "bun:test";
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
