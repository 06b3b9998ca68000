import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bindLayerOptions } from "../../src/cli/layer-options.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { documentOfArguments } from "../../src/cli/scene-arguments.ts";
import { optionName } from "../../src/cli/view-options.ts";
import { formatDocument, readDocument } from "../../src/document/document-file.ts";
import { layersOf } from "../../src/document/document-layers.ts";
import { LAYER_PROPERTIES } from "../../src/layers/layer-properties.ts";
import type { Properties, Property } from "../../src/layers/property.ts";
import { valuesOf } from "../document/documents.ts";
import { holdsForAllAsync } from "../model/property.ts";
import { decodePng, differingShare } from "../support/images.ts";
import { cornerObj } from "../support/model.ts";
import { runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const model = files.write("corner.obj", cornerObj());
const other = files.write("other.obj", cornerObj());

/** Renders a small picture. */
async function render(name: string, args: readonly string[], env: Record<string, string> = {}) {
  const output = join(files.path, name);
  const size = ["-o", output, "--size", "96x72", "--gl-backend", "angle"];
  const { exitCode, stderr } = await runScenecast(["render", ...args, ...size], env);
  return { exitCode, stderr, bytes: exitCode === 0 ? readFileSync(output) : Buffer.alloc(0) };
}

function writeDocument(name: string, document: object): string {
  return files.write(`${name}.scenecast.json`, JSON.stringify({ version: 1, ...document }));
}

/** A value as it is written on the command line. */
function argumentOf(property: Property, value: unknown): string {
  return property.type === "boolean" ? "" : `=${[value].flat().join(",")}`;
}

const EVERY_PROPERTY = Object.entries<Properties>(LAYER_PROPERTIES).flatMap(([kind, properties]) =>
  Object.entries(properties).map(([name, property]) => [kind, name, property] as const),
);

describe("the options of the command line as a document", () => {
  test.each(EVERY_PROPERTY)(
    "%s: the option of %s becomes the same property",
    async (kind, name, property) => {
      const command = buildProgram().commands.find((candidate) => candidate.name() === "render");
      if (command === undefined) throw new Error("there is no command render");
      await holdsForAllAsync(valuesOf(property), 10, async (value) => {
        if (property.type === "boolean" && value !== true) return;
        const option = `--${optionName(name)}${argumentOf(property, value)}`;
        const { args, styles } = bindLayerOptions(command, [model, option]);
        const document = await documentOfArguments(args, { styles });
        const layers = document.layers.map((layer) => ({ ...layer, kind }));
        const written = formatDocument({ ...document, layers } as typeof document, files.path);
        const read = readDocument(files.write("option.scenecast.json", written));
        expect(layersOf(read)).toEqual([{ path: model, style: styles[0] ?? {}, overlays: [] }]);
      });
    },
  );

  test("has the values of the view, and the given ones precede the configured ones", async () => {
    const document = await documentOfArguments([model, other], {
      given: { axes: true, time: 3, background: "red" },
      configured: { background: "blue", title: "x" },
      styleDefaults: { opacity: 0.5, colormap: "hot" },
      styles: [{ opacity: 1 }, {}],
    });
    expect(document).toEqual({
      version: 1,
      layers: [
        { id: "corner", file: model, opacity: 1, colormap: "hot" },
        { id: "other", file: other, opacity: 0.5, colormap: "hot" },
      ],
      view: { axes: true, background: "red", title: "x" },
      time: 3,
    });
  });
});

describe("render with a scene document", () => {
  const figure = writeDocument("figure", {
    layers: [
      { file: "corner.obj", kind: "mesh", color: "orange", opacity: 0.8 },
      { file: "other.obj", visible: false },
    ],
    view: { view: "left", title: "Title", axes: true, background: "navy" },
  });
  const view = ["--view", "left", "--title", "Title", "--axes", "--background", "navy"];

  test("gives the same picture as the options, and configured defaults do not change it", async () => {
    const config = files.write("config.json", '{"background": "white", "color": "blue", "zoom": 3}');
    const [document, options] = await Promise.all([
      render("document.png", [figure], { SCENECAST_CONFIG: config }),
      render("options.png", [model, "--color", "orange", "--opacity", "0.8", ...view]),
    ]);
    expect(document).toMatchObject({ exitCode: 0, stderr: "" });
    expect(document.bytes.equals(options.bytes)).toBe(true);
  });

  test("options precede it", async () => {
    const [changed, expected] = await Promise.all([
      render("changed.png", [figure, "--color", "lime", "--background", "black"]),
      render("expected.png", [
        model,
        "--color",
        "lime",
        "--opacity",
        "0.8",
        ...view,
        "--background",
        "black",
      ]),
    ]);
    expect(changed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(differingShare(decodePng(changed.bytes), decodePng(expected.bytes), 0)).toBe(0);
  });

  test.each([
    [["--slice", "x"], /^scenecast: No layer of wrong\.scenecast\.json has the option --slice\.\n$/],
    [[], /wrong\.scenecast\.json: scene document: layers\[0\]\.colr is unknown; did you mean color\?\n$/],
    [["kind"], /corner\.obj: the scene document says points, and the file is shown as mesh\n$/],
    [["missing"], /nowhere\.obj: there is no such file\n$/],
    [["twice"], /^scenecast: Give one scene document; further files become layers of it\.\n$/],
  ])("%j: a wrong one is refused with a sentence", async (args, message) => {
    const [first = ""] = args;
    const layer = {
      kind: { file: "corner.obj", kind: "points" },
      missing: { file: "nowhere.obj" },
      "--slice": { file: "corner.obj", kind: "mesh" },
      twice: { file: "corner.obj" },
    }[first] ?? { file: "corner.obj", colr: "red" };
    const wrong = writeDocument("wrong", { layers: [layer] });
    const options = first === "--slice" ? args : first === "twice" ? [wrong] : [];
    const { exitCode, stderr } = await render("wrong.png", [wrong, ...options]);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
  });

  test("info describes its files", async () => {
    const { exitCode, stdout } = await runScenecast(["info", "--json", figure]);
    expect(exitCode).toBe(0);
    const summaries = JSON.parse(stdout) as { file: string; kind: string }[];
    expect(summaries.map(({ file, kind }) => [file, kind])).toEqual([
      [model, "mesh"],
      [other, "mesh"],
    ]);
  });
});
