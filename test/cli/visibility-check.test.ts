import { expect, test } from "bun:test";
import { VisibilityCheck } from "../../src/cli/visibility-check.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { box, frontView, showOpener } from "../scene/shows.ts";

const open = showOpener();

/** A check and the problems that it has reported; undefined: something is visible again. */
function startCheck() {
  const problems: (string | undefined)[] = [];
  const check = new VisibilityCheck(({ problem }) => problems.push(problem));
  const checkFrame = (show: ShowManager) =>
    new Promise<void>((resolve) => {
      check.checkNextFrame(show, resolve);
      show.render();
    });
  return { problems, checkFrame };
}

const NOTHING = "Nothing is visible in the picture: there is nothing in it.";

test("an empty view is reported, and the first frame in which something is visible", async () => {
  const show = open({ glBackend: "angle" });
  show.cameraState = frontView(20);
  const { problems, checkFrame } = startCheck();
  await checkFrame(show);
  show.render();
  expect(problems).toEqual([NOTHING]);
  show.add(box());
  show.render();
  show.render();
  expect(problems).toEqual([NOTHING, undefined]);
});

test("a problem that is over at the next check is reported as such", async () => {
  const show = open({ glBackend: "angle" });
  show.cameraState = frontView(20);
  const { problems, checkFrame } = startCheck();
  await checkFrame(show);
  show.add(box());
  await checkFrame(show);
  expect(problems).toEqual([NOTHING, undefined]);
});

test("a view in which something is visible is not reported", async () => {
  const show = open({ glBackend: "angle" });
  show.cameraState = frontView(20);
  show.add(box());
  const { problems, checkFrame } = startCheck();
  await checkFrame(show);
  show.scene.clear();
  show.render();
  expect(problems).toEqual([]);
});
