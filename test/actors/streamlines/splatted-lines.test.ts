import { expect, test } from "bun:test";
import { Mesh, MeshBasicMaterial, SphereGeometry } from "three";
import { buildStreamlines } from "../../../src/actors/streamlines/streamlines.ts";
import type { LayerStyle } from "../../../src/layers/layer.ts";
import { prepareStreamlines } from "../../../src/loading/prepare-streamlines.ts";
import { blankFrameReason } from "../../../src/scene/blank-frame.ts";
import { boundsOf } from "../../../src/scene/scene-bounds.ts";
import type { ShowManager } from "../../../src/scene/show-manager.ts";
import type { Snapshot } from "../../../src/scene/show-options.ts";
import { pixel } from "../../scene/images.ts";
import { frontView, showOpener } from "../../scene/shows.ts";
import { arcs, objectOf, tractogram } from "./tractogram.ts";

const open = showOpener();

/** The strongest color near a place, fractions of width and height. */
function colorNear(picture: Snapshot, x: number, y: number): number[] {
  const found = [-2, -1, 0, 1, 2].flatMap((dx) =>
    [-2, -1, 0, 1, 2].map((dy) =>
      pixel(picture, x + dx / picture.width, y + dy / picture.height).slice(0, 3),
    ),
  );
  return found.toSorted((a, b) => Math.max(...b) - Math.max(...a))[0] ?? [];
}

function litPixels({ data }: Snapshot): number {
  let count = 0;
  for (let i = 0; i < data.length; i += 4)
    if ((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0) > 60) count += 1;
  return count;
}

const pictures: Readonly<Record<string, (show: ShowManager) => void>> = {
  "a draft": (show) => show.render({ draft: true, samples: 0 }),
  "a full view": (show) => {
    for (const _ of show.renderSteps());
  },
};

for (const [kind, draw] of Object.entries(pictures)) {
  test(`lines along x, y and z are red, green and blue in ${kind}`, async () => {
    const show = open({ size: [240, 240], background: "black" });
    const data = tractogram([
      [
        [-1, 0.5, 0],
        [0, 0.5, 0],
        [1, 0.5, 0],
      ],
      [
        [0, -1, 0],
        [0, 0.3, 0],
      ],
      // Towards the eye; as seen in perspective, it has a length in the picture.
      [
        [0.6, -0.4, -1],
        [0.6, -0.4, 1],
      ],
    ]);
    show.add(await objectOf(data));
    show.cameraState = frontView(5);
    draw(show);
    const picture = show.snapshot();
    const at = (x: number, y: number) => colorNear(picture, 0.5 + x / 2.68, 0.5 - y / 2.68);
    for (const [color, strongest] of [
      [at(-0.5, 0.5), 0],
      [at(0, -0.3), 1],
      [at(0.6, -0.4), 2],
    ] as const) {
      expect(color[strongest]).toBeGreaterThan(90);
      for (const other of [0, 1, 2].filter((i) => i !== strongest)) expect(color[other]).toBeLessThan(20);
    }
    expect(show.gl.getError()).toBe(0);
  });
}

test("a picture that is drawn in parts equals one drawn in one pass, even with other frames in between", async () => {
  const object = await objectOf(tractogram(arcs(6000)));
  const [whole, parts, interrupted] = [0, 1, 2].map((mode) => {
    const show = open({ size: [320, 240] });
    show.add(object);
    show.cameraState = frontView(4);
    if (mode === 0) show.render({ samples: 0, scale: 2 });
    else {
      let steps = 0;
      for (const _ of show.renderSteps(0.5)) {
        steps += 1;
        if (mode === 2 && steps === 3) show.render({ draft: true, samples: 0 });
      }
      expect(steps).toBeGreaterThan(2);
    }
    const picture = show.snapshot();
    show.scene.remove(object);
    return picture;
  });
  if (whole === undefined || parts === undefined || interrupted === undefined) throw new Error("no pictures");
  expect(parts.data).toEqual(whole.data);
  expect(interrupted.data).toEqual(whole.data);
});

test("a draft of a large tractogram shows a fair sample of its streamlines", async () => {
  const show = open({ size: [320, 240] });
  // In the order of the file, the second half lies on the right side.
  const lines = arcs(40_000).map((line, i) =>
    line.map(([x, y, z]) => [x + (i < 20_000 ? -1 : 1), y, z] as const),
  );
  show.add(await objectOf(tractogram(lines)));
  show.cameraState = frontView(8);
  for (let i = 0; i < 5; i += 1) show.render({ draft: true, samples: 0 });
  const { width, height, data } = show.snapshot();
  const sides = [0, 0];
  for (let i = 0; i < width * height; i += 1) {
    const isLit = (data[4 * i] ?? 0) + (data[4 * i + 1] ?? 0) + (data[4 * i + 2] ?? 0) > 120;
    if (isLit) sides[i % width < width / 2 ? 0 : 1] = (sides[i % width < width / 2 ? 0 : 1] ?? 0) + 1;
  }
  const [left = 0, right = 0] = sides;
  expect(left).toBeGreaterThan(1000);
  expect(left / right).toBeGreaterThan(0.9);
  expect(left / right).toBeLessThan(1.1);
});

test("the points are drawn from the arrays of the file, without a copy", async () => {
  const show = open({ size: [160, 120], background: "black" });
  const data = tractogram(arcs(50));
  show.add(await objectOf(data));
  show.cameraState = frontView(5);
  show.render({ samples: 0 });
  const before = litPixels(show.snapshot());
  data.positions.fill(0);
  show.render({ samples: 0 });
  expect(before).toBeGreaterThan(100);
  expect(litPixels(show.snapshot())).toBeLessThan(5);
});

test("lines and surfaces occlude each other", async () => {
  const show = open({ size: [240, 240], background: "black" });
  const line = (z: number) =>
    [
      [-1, z / 2, z],
      [1, z / 2, z],
    ] as const;
  show.add(await objectOf(tractogram([line(1), line(-1)])));
  show.add(new Mesh(new SphereGeometry(0.8), new MeshBasicMaterial({ color: "#000064" })));
  show.cameraState = { ...frontView(5), parallelScale: 1.5 };
  show.render({ samples: 0 });
  const picture = show.snapshot();
  expect(colorNear(picture, 0.5, 0.5 - 0.5 / 3)[0]).toBeGreaterThan(120);
  expect(colorNear(picture, 0.5, 0.5 + 0.5 / 3)).toEqual([0, 0, 100]);
});

test("bounds and blank pictures of streamlines are those of their points", async () => {
  const show = open({ size: [160, 120] });
  const object = await objectOf(tractogram(arcs(20), { origin: [100, 0, 0] }));
  show.add(object);
  const { box } = boundsOf(object);
  expect(box.min.x).toBeGreaterThan(98.9);
  expect(box.max.x).toBeLessThan(101.1);
  show.frameScene("z");
  show.render();
  expect(blankFrameReason(show)).toBeUndefined();
  show.cameraState = { ...frontView(5), focalPoint: [0, 0, 50] };
  show.render();
  expect(blankFrameReason(show)).toBe("everything lies outside of the view");
});

test("the bounds are those of what is selected: the view is framed to it", async () => {
  const lines = [0, 10, 20].map(
    (x) =>
      [
        [x, 0, 0],
        [x + 1, 2, 3],
        [x + 2, -1, 5],
      ] as const,
  );
  const groups = [{ name: "second", streamlines: new Uint32Array([1]), arrays: [] }];
  const boxOf = async (style: LayerStyle) => {
    const { min, max } = boundsOf(
      await objectOf(tractogram(lines, { groups }), { tubes: "off", ...style }),
    ).box;
    return [...min, ...max];
  };
  expect(await boxOf({})).toEqual([0, -1, 0, 22, 2, 5]);
  expect(await boxOf({ groups: "second" })).toEqual([10, -1, 0, 12, 2, 5]);
  expect(await boxOf({ slab: "z=4:3" })).toEqual([1, -1, 3, 22, 2, 5]);
});

test("streamlines without a segment are left out with a warning, and lines end at points that are not finite", async () => {
  const data = tractogram([[[0, 0, 0]], [], ...arcs(5)]);
  const prepared = prepareStreamlines(data);
  expect(prepared.order.toSorted()).toEqual(new Uint32Array([2, 3, 4, 5, 6]));
  expect(prepared.counts.lines).toBe(5);
  expect(prepared.warnings).toEqual(["2 streamlines have less than two points and are not drawn"]);
  data.positions[3 * 30] = Number.NaN;
  expect(prepareStreamlines(data).warnings.at(-1)).toBe(
    "1 points have coordinates that are not finite numbers; lines end there",
  );
});

test("a tractogram without a segment is an empty layer with a warning", () => {
  const prepared = prepareStreamlines(tractogram([[[0, 0, 0]]]));
  expect(prepared.warnings).toEqual(["1 streamlines have less than two points and are not drawn"]);
  expect(buildStreamlines(prepared, {}).object.children).toEqual([]);
  expect(buildStreamlines(prepareStreamlines(tractogram([])), {}).object.children).toEqual([]);
});
