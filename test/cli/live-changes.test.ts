import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, unlinkSync } from "node:fs";
import { documentOf } from "../../src/document/document-layers.ts";
import type { SceneDocument } from "../../src/document/scene-document.ts";
import type { LayerStyle } from "../../src/layers/layer.ts";
import { type LoadedShow, loadShow } from "../../src/scene/load-show.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { sampleLayers } from "../scene/sample-layers.ts";
import { showOpener } from "../scene/shows.ts";
import { differingShare, type RgbaImage } from "../support/images.ts";
import { cornerObj } from "../support/model.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const open = showOpener();

const { mesh: surface, points, streamlines, volume, molecule } = sampleLayers(files);
const plain = files.write("plain.obj", cornerObj());
const other = files.write("other.nrrd", readFileSync(volume));

/** Number of points of `surface`. */
const POINTS = 13 * 13;

/** A GIFTI file of values from 0 to 168 for the points, in one order or the other. */
function overlayOf(number: number): string {
  const values = Array.from({ length: POINTS }, (_, i) => (number === 0 ? i : POINTS - 1 - i));
  const data = Buffer.from(new Float32Array(values).buffer).toString("base64");
  return files.write(
    `overlay${number}.shape.gii`,
    `<?xml version="1.0"?><GIFTI Version="1.0" NumberOfDataArrays="1"><DataArray Intent="NIFTI_INTENT_SHAPE" DataType="NIFTI_TYPE_FLOAT32" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="${values.length}" Encoding="Base64Binary" Endian="LittleEndian" ExternalFileName="" ExternalFileOffset=""><Data>${data}</Data></DataArray></GIFTI>`,
  );
}

interface Shown {
  readonly show: ShowManager;
  readonly scene: LoadedShow;
  picture(): RgbaImage;
}

async function shown(document: SceneDocument): Promise<Shown> {
  const show = open({ size: [240, 200], background: "#102030" });
  const scene = await loadShow(show, document);
  scene.frame("still");
  return {
    show,
    scene,
    picture: () => {
      show.render({ samples: 4 });
      return show.snapshot();
    },
  };
}

const FRONT = { view: "front", elevation: 20, azimuth: 30 } as const;

/** A document of one file for each style. */
function document(layers: readonly (readonly [path: string, style: LayerStyle])[]): SceneDocument {
  return { ...documentOf(layers.map(([path, style]) => ({ path, style }))), view: FRONT };
}

/** The first style, and those to which it changes in place. */
const LIVE: readonly (readonly [what: string, path: string, styles: readonly LayerStyle[]])[] = [
  ["colors of a surface", plain, [{ color: "red" }, { color: "lime" }, { color: "#123456", opacity: 0.5 }]],
  ["the opacity of a surface", plain, [{}, { opacity: 0.3 }, { opacity: 0.8 }, {}]],
  ["a colormap", surface, [{}, { colormap: "hot" }, { colormap: "jet-r" }, {}]],
  ["a range", surface, [{}, { range: [20, 40] }, { range: [-100, 5000] }, { range: [70, 71] }, {}]],
  [
    "a requested range",
    surface,
    [
      { range: [10, 20], colormap: "gray" },
      { range: [0, 144], colormap: "hot" },
    ],
  ],
  ["contour lines in another range", surface, [{ contours: 5 }, { contours: 5, range: [0, 30] }]],
  ["the number of contour lines", surface, [{}, { contours: 5 }, { contours: 9, range: [0, 90] }, {}]],
  ["a threshold", surface, [{ threshold: [10, 100] }, { threshold: [50, 60] }, { threshold: [0, 500] }]],
  ["a threshold and a range", surface, [{ threshold: [1, 9] }, { threshold: [20, 90], range: [30, 60] }]],
  [
    "a surface with edges",
    surface,
    [
      { edges: true, opacity: 0.5 },
      { edges: true, opacity: 1, range: [0, 9] },
    ],
  ],
  ["points", points, [{}, { colormap: "hot", pointSize: 9 }, { opacity: 0.5, range: [0, 10] }, {}]],
  ["the first threshold", surface, [{}, { threshold: [10, 100] }, { threshold: [50, 60], opacity: 0.5 }]],
  ["a color instead of values", surface, [{}, { color: "red" }, { color: "lime" }, {}]],
  ["a color instead of the colors of points", points, [{}, { color: "red" }, {}]],
  [
    "the width of edges",
    surface,
    [{ edges: true, lineWidth: 2 }, { edges: true, lineWidth: 6, color: "red" }, { edges: true }],
  ],
  ["a molecule", molecule, [{}, { opacity: 0.5 }, { opacity: 0.5, color: "red" }, { color: "lime" }, {}]],
  ["a volume", volume, [{}, { range: [50, 100] }, { colormap: "hot" }, { window: [90, 20] }, {}]],
  ["the threshold of a volume", volume, [{}, { threshold: [50, 100] }, { color: "red" }, {}]],
  ["slices", volume, [{ slice: "x=2,y=5" }, { slice: "y=7,x=9" }, { slice: "x,y=3vox" }]],
  ["all slices", volume, [{}, { slice: "x=2,y=5,z=1" }, {}]],
  ["a translucent volume", volume, [{ opacity: 0.4 }, { opacity: 0.7, range: [0, 50] }]],
  ["negative colors", volume, [{ negativeColormap: "hot" }, { negativeColormap: "jet", range: [5, 60] }]],
  ["ray casting", volume, [{ volume: true }, { volume: true, colormap: "hot", opacityCurve: "0.3,0,1,0.9" }]],
  ["maximum intensity", volume, [{ mip: true }, { mip: true, color: "red", opacity: 0.5 }]],
  [
    "streamlines by values",
    streamlines,
    [
      { colorBy: "height" },
      { colorBy: "height", colormap: "hot", range: [9, 40] },
      { colorBy: "height", opacity: 0.5 },
      { colorBy: "height" },
    ],
  ],
  [
    "lines",
    streamlines,
    [{ tubes: "off" }, { tubes: "off", lineWidth: 6 }, { tubes: "off", opacity: 0.4 }, { tubes: "off" }],
  ],
  ["streamlines in one color", streamlines, [{ color: "red" }, { color: "lime", opacity: 0.7 }]],
];

/** Changes for which the file is loaded again. */
const REBUILT: readonly (readonly [what: string, path: string, before: LayerStyle, after: LayerStyle])[] = [
  ["the values that were not shown", surface, { color: "red" }, {}],
  ["no threshold", surface, { threshold: [1, 9] }, {}],
  ["another array", surface, { colorBy: "height" }, {}],
  ["flat shading", plain, {}, { flat: true }],
  ["a range that Float32 cannot resolve", surface, {}, { range: [50, 50.0001] }],
  ["a range of a point", surface, {}, { range: [50, 50] }],
  ["a translucent volume", volume, {}, { opacity: 0.5 }],
  ["other slices", volume, {}, { slice: "x=3" }],
  ["the choice of streamlines", streamlines, {}, { every: 2 }],
  ["streamlines from directions to a color", streamlines, {}, { color: "red" }],
  ["the bricks of a volume", volume, { mip: true }, { mip: true, range: [0, 10] }],
];

describe("a change of a layer", () => {
  test.each(LIVE)("is shown in place: %s", async (_, path, styles) => {
    const [first = {}] = styles;
    const changed = await shown(document([[path, first]]));
    changed.picture();
    for (const style of styles.slice(1)) {
      const next = document([[path, style]]);
      expect(await changed.scene.change(next)).toBe("live");
      const picture = changed.picture();
      const fresh = await shown(next);
      expect(differingShare(fresh.picture(), picture, 3)).toBeLessThan(0.003);
    }
  });

  test.each(REBUILT)("is shown by new objects: %s", async (_, path, before, after) => {
    const changed = await shown(document([[path, before]]));
    changed.picture();
    const next = document([[path, after]]);
    expect(await changed.scene.change(next)).toBe("loaded");
    const picture = changed.picture();
    expect(differingShare((await shown(next)).picture(), picture, 3)).toBeLessThan(0.003);
  });

  test("of two layers is taken back if one of them cannot be shown", async () => {
    const changed = await shown(
      document([
        [surface, { opacity: 0.5 }],
        [volume, {}],
      ]),
    );
    const picture = changed.picture();
    const next = document([
      [surface, { opacity: 0.9 }],
      [volume, { slice: "w=3" }],
    ]);
    expect(changed.scene.change(next)).rejects.toThrow('the slice "w=3" is not valid');
    await changed.scene.change(
      document([
        [surface, { opacity: 0.5 }],
        [volume, {}],
      ]),
    );
    expect(differingShare(picture, changed.picture(), 0)).toBe(0);
  });

  test("of the styles of overlays is shown in place", async () => {
    const overlays = (styles: readonly object[]): SceneDocument => ({
      version: 1,
      layers: [
        {
          ...{ id: "surface", file: surface, color: "gray" },
          overlays: styles.map((style, i) => ({ id: `${i}`, file: overlayOf(i), ...style })),
        },
      ],
      view: FRONT,
    });
    const changed = await shown(overlays([{}, { threshold: [100, 160] }]));
    changed.picture();
    for (const styles of [
      [{ colormap: "hot" }, { threshold: [40, 160] }],
      [{ range: [20, 40] }, { threshold: [40, 160], opacity: 0.5, colormap: "coolwarm" }],
      [{}, { threshold: [0, 30], range: [0, 100] }],
    ]) {
      const next = overlays(styles);
      expect(await changed.scene.change(next)).toBe("live");
      const fresh = await shown(next);
      expect(differingShare(fresh.picture(), changed.picture(), 3)).toBeLessThan(0.003);
    }
  });

  test("of the order of layers draws the later ones over the earlier ones", async () => {
    const [red, blue] = [
      { id: "red", file: plain, color: "red", opacity: 0.5 },
      { id: "blue", file: plain, color: "blue", opacity: 0.5 },
    ];
    const base: SceneDocument = { version: 1, layers: [red, blue], view: FRONT };
    const changed = await shown(base);
    const before = changed.picture();
    await changed.scene.change({ ...base, layers: [blue, red] });
    const after = changed.picture();
    expect(differingShare(before, after, 20)).toBeGreaterThan(0.05);
    const fresh = await shown({ ...base, layers: [blue, red] });
    expect(differingShare(fresh.picture(), after, 3)).toBeLessThan(0.003);
    await changed.scene.change(base);
    expect(differingShare(before, changed.picture(), 0)).toBe(0);
  });

  test("of layers that are added, removed and reordered loads only those that are new", async () => {
    const file = files.write("once.vtk", readFileSync(surface));
    const [a, b, c] = [
      { id: "a", file, opacity: 0.5 },
      { id: "b", file: volume },
      { id: "c", file: plain, color: "red" },
    ];
    const base: SceneDocument = { version: 1, layers: [a], view: FRONT };
    const changed = await shown(base);
    changed.picture();
    // What is shown already needs its file no more.
    unlinkSync(file);
    const orders = [[a, b], [b, a], [b, { ...a, opacity: 0.8 }, c], [c, a], [a]];
    for (const layers of orders) {
      expect(await changed.scene.change({ ...base, layers })).toBe("loaded");
      expect(Object.keys(changed.scene.kinds)).toEqual(layers.map(({ id }) => id));
      files.write("once.vtk", readFileSync(surface));
      const fresh = await shown({ ...base, layers });
      unlinkSync(file);
      fresh.show.cameraState = changed.show.cameraState;
      changed.show.resetCameraClippingRange();
      expect(differingShare(fresh.picture(), changed.picture(), 3)).toBeLessThan(0.003);
    }
  });

  test("of a time step that does not exist is refused, and the rest of the change is taken back", async () => {
    const before = document([[surface, { opacity: 0.5 }]]);
    const changed = await shown(before);
    const picture = changed.picture();
    const wrong = { ...document([[surface, { opacity: 0.9 }]]), time: 3 };
    expect(changed.scene.change(wrong)).rejects.toThrow("there is no time step 3");
    await changed.scene.change(before);
    expect(differingShare(picture, changed.picture(), 0)).toBe(0);
  });

  test("of the slices of the first volume moves those of the others, which have none of their own", async () => {
    const two = (slice: string) =>
      document([
        [volume, { slice }],
        [other, { colormap: "hot", opacity: 0.6 }],
      ]);
    const changed = await shown(two("x=2,y=3,z=4"));
    expect(await changed.scene.change(two("x=8,y=9,z=10"))).toBe("live");
    const fresh = await shown(two("x=8,y=9,z=10"));
    expect(differingShare(fresh.picture(), changed.picture(), 3)).toBeLessThan(0.003);
  });

  test("of what is visible and of annotations is shown in place", async () => {
    const base = document([
      [surface, {}],
      [plain, {}],
    ]);
    const [first, second] = base.layers;
    if (first === undefined || second === undefined) throw new Error("there are no layers");
    const changed = await shown(base);
    const views = [
      { layers: [{ ...first, visible: false }, second], view: { ...FRONT, axes: true, title: "Title" } },
      {
        layers: [first, { ...second, visible: false }],
        view: { ...FRONT, scalarBar: false, boundingBox: true },
      },
      { layers: [first, second], view: FRONT },
    ];
    for (const each of views) {
      const next: SceneDocument = { ...base, ...each };
      expect(await changed.scene.change(next)).toBe("live");
      const fresh = await shown(next);
      fresh.show.cameraState = changed.show.cameraState;
      changed.show.resetCameraClippingRange();
      expect(differingShare(fresh.picture(), changed.picture(), 3)).toBeLessThan(0.003);
    }
  });
});
