import { afterAll, describe, expect, test } from "bun:test";
import { showDocument } from "../../src/scene/show-document.ts";
import { differingShare } from "../support/images.ts";
import { cornerObj } from "../support/model.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { showOpener } from "./shows.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const model = files.write("corner.obj", cornerObj());
const figure = files.write(
  "figure.scenecast.json",
  '{"version": 1, "layers": [{"file": "corner.obj", "color": "orange"}], "view": {"view": "left", "background": "navy"}}',
);

const open = showOpener();

function picture(show: ReturnType<typeof open>) {
  show.render({ samples: 4 });
  return show.snapshot();
}

describe("a scene document in the library", () => {
  test("is shown, and given back with the camera of the show", async () => {
    const show = open();
    expect(show.document).toBeUndefined();
    await showDocument(show, figure);
    expect(show.document).toEqual({
      version: 1,
      layers: [{ id: "corner", file: model, color: "orange" }],
      view: { view: "left", background: "navy", camera: show.cameraState },
    });
    show.view.azimuth(30);
    const { document } = show;
    if (document === undefined) throw new Error("there is no document");
    expect(document.view.camera).toEqual(show.cameraState);
    const other = open();
    await showDocument(other, document);
    expect(differingShare(picture(show), picture(other), 2)).toBeLessThan(0.002);
  });

  test("changes by further calls, one after another, and keeps the camera unless the document moves it", async () => {
    const show = open();
    await showDocument(show, figure);
    const before = show.cameraState;
    const [layer] = show.document?.layers ?? [];
    const changes = ["red", "lime", "blue"].map((color) =>
      showDocument(show, {
        version: 1,
        layers: [{ ...layer, id: "a", file: model, color }],
        view: { view: "left" },
      }),
    );
    await Promise.all(changes);
    expect(show.document?.layers).toEqual([{ id: "a", file: model, color: "blue" }]);
    expect(show.cameraState).toEqual(before);
    const fresh = open();
    await showDocument(fresh, {
      version: 1,
      layers: [{ id: "a", file: model, color: "blue" }],
      view: { view: "left" },
    });
    expect(differingShare(picture(show), picture(fresh), 2)).toBeLessThan(0.002);
    await showDocument(show, { version: 1, layers: [], view: { view: "top", orthographic: true } });
    expect(show.cameraState.parallelScale).toBeGreaterThan(0);
  });

  test("that cannot be shown is refused, and everything stays as it was", async () => {
    const show = open();
    await showDocument(show, figure);
    const [before, shown] = [show.document, picture(show)];
    const layer = { id: "a", file: model };
    const wrong: [unknown, string][] = [
      [
        { version: 1, layers: [{ ...layer, opacity: Number.NaN }], view: {} },
        "opacity must be a number from 0 to 1",
      ],
      [
        { version: 1, layers: [{ ...layer, opcity: 1 }], view: {} },
        "opcity is unknown; did you mean opacity?",
      ],
      [{ version: 1, layers: [{ id: "a", file: "/nowhere.obj" }], view: {} }, "there is no such file"],
      [{ version: 1, layers: [{ ...layer, kind: "points" }], view: {} }, "the file is shown as mesh"],
      [{ version: 1, layers: [layer], view: {}, time: 2 }, "there is no time step 2"],
      [{ version: 1, layers: [], view: {}, time: 2 }, "The scene is empty, and so there is no time step 2"],
      ["/nowhere.scenecast.json", "there is no such file"],
    ];
    for (const [document, message] of wrong)
      expect(showDocument(show, document as string)).rejects.toThrow(message);
    await showDocument(show, figure);
    expect(show.document).toEqual(before);
    expect(differingShare(shown, picture(show), 0)).toBe(0);
  });
});
