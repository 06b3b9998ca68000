// scenecast.view and scenecast.render.
import { expect, test } from "bun:test";
import { cornerObj } from "../support/model.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

interface Results {
  text: string;
  html: string;
  url: string;
  is_open: boolean;
  /** Pixels that differ from the background. */
  visible: number;
  /** Red pixels, of the snapshot and of the rendered picture. */
  red: number[];
  /** Mean difference of these two. */
  same: number;
  errors: (string | null)[];
}

test("view() and render() give the pictures of files, and every mistake is an exception with a sentence", async () => {
  using folder = new TemporaryDirectory();
  const model = folder.write("corner.obj", cornerObj());
  await using python = PythonModuleProgram.start("view_and_render.py", model, folder.path);
  const { html, url, visible, red, same, errors, ...results } = await python.next<Results>();
  expect(results).toEqual({
    text: `<scenecast.View ${url}>`,
    is_open: true,
    picture: [[120, 160, 3], "uint8"],
    file: true,
    transparent: [
      [120, 160, 4],
      [0, 0, 0, 0],
    ],
    snapshot: [[120, 160, 3], "uint8"],
    shown: true,
    closed: "<scenecast.View, ended>",
    // EBML, of which WebM is a form.
    film: "1a45dfa3",
  } as unknown as typeof results);
  expect(visible).toBeGreaterThan(1000);
  expect(Math.min(...red)).toBeGreaterThan(1000);
  expect(same).toBeLessThan(1);
  expect(url).toMatch(/^http:\/\/localhost:\d+\/\?token=[0-9a-f]{36}$/);
  expect(html).toContain(`<a href="${url}"`);
  expect(html).toContain('<img src="data:image/jpeg;base64,');
  expect(errors.map((message) => message?.replaceAll(folder.path, "…"))).toEqual([
    "ScenecastError: scenecast has ended: it was closed.",
    "ScenecastError: The view has ended: …/broken.obj: OBJ: line 1: vertex 1 does not exist: there are 0",
    "ScenecastError: scenecast has ended: …/broken.obj: OBJ: line 1: vertex 1 does not exist: there are 0",
    "ScenecastError: …/broken.obj: OBJ: line 1: vertex 1 does not exist: there are 0",
    "TypeError: render requires a file.",
    "ScenecastError: Cannot write the film film.gif: its name must end with .webm or .webp.",
    expect.stringMatching(/^TypeError: A file is a path, or a tuple .*; it is a ndarray\./),
    "ScenecastError: scenecast did not start: /no/such.obj: there is no such file",
    "ScenecastError: scenecast did not start: unknown option 'colour'; did you mean 'color'?",
    expect.stringMatching(/^TypeError: json is not an option here/),
    expect.stringMatching(/^TypeError: socket is not an option here/),
    "ValueError: height must be above 0 px; it is 0.",
  ]);
  expect(await python.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("a Stream shows itself in a notebook: its page, and its newest frame if there is one", async () => {
  await using python = PythonModuleProgram.start("stream_bundle.py");
  const [before, after] = await python.next<{ keys: string[]; html: string; equal?: boolean }[]>();
  expect(before?.keys).toEqual(["text/plain", "text/html"]);
  expect(before?.html).toContain("<iframe srcdoc=");
  expect(before?.html).toMatch(/http:\/\/localhost:\d+\/\?token=[0-9a-f]{36}/);
  expect(after?.keys).toEqual(["text/plain", "text/html", "image/png"]);
  expect(after?.html).toContain('<img src="data:image/jpeg;base64,');
  expect(after?.equal).toBeTrue();
  expect(await python.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("scene gives the document of a view, and a changed one is shown", async () => {
  using folder = new TemporaryDirectory();
  const model = folder.write("corner.obj", cornerObj());
  await using python = PythonModuleProgram.start("scene.py", model);
  const { scenes, red, white, same, errors, picked } = await python.next<{
    scenes: { layers: object[]; view: { camera: object } }[];
    red: number;
    white: number;
    same: boolean;
    errors: string[];
    picked: unknown[];
  }>();
  const [first, second, third] = scenes;
  expect(first).toEqual({
    version: 1,
    layers: [{ id: "corner", file: "corner.obj", kind: "mesh" }],
    view: { view: "left", camera: expect.anything() },
  } as never);
  expect(second).toMatchObject({
    layers: [{ color: "red" }],
    view: { background: "white", camera: first?.view.camera },
  });
  expect(third?.view).toEqual({ view: "top", camera: expect.anything() } as never);
  expect(third?.view.camera).not.toEqual(first?.view.camera as object);
  expect(red).toBeGreaterThan(1000);
  expect(white).toBeGreaterThan(1000);
  expect(same).toBe(true);
  expect(picked).toEqual([
    expect.objectContaining({ layer: "corner", label: "corner.obj", kind: "mesh", point: expect.anything() }),
    { layer: null, facts: [] },
  ]);
  expect(errors).toEqual([
    "ScenecastError: The scene would not be valid: layers[0].colr is unknown; did you mean color?",
    expect.stringMatching(/^ScenecastError: A change may use the files that scenecast was started with/),
    "ScenecastError: corner.obj: there is no time step 9: there are 1, counted from 0.",
    expect.stringMatching(/^ValueError: Out of range float values are not JSON compliant/),
    expect.stringMatching(/^ScenecastError: x and y must be fractions of the view/),
    "ScenecastError: scenecast has ended: it was closed.",
  ]);
  expect(await python.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});
