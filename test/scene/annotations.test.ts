import { describe, expect, test } from "bun:test";
import { Box3, BoxGeometry, Mesh, MeshBasicMaterial, Vector3 } from "three";
import type { Legend } from "../../src/actors/actor.ts";
import { renderTiles } from "../../src/cli/picture-tiles.ts";
import { type AnnotatedScene, Annotations } from "../../src/scene/annotations/annotations.ts";
import { lettersOf } from "../../src/scene/annotations/directions.ts";
import { formatTick, niceBelow, niceTicks } from "../../src/scene/annotations/nice-numbers.ts";
import { blankFrameReason } from "../../src/scene/blank-frame.ts";
import { viewpoint } from "../../src/scene/camera/viewpoint.ts";
import { pixel } from "./images.ts";
import { showOpener } from "./shows.ts";

const open = showOpener();

const FRONT = { position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 } as const;

const LEGEND: Legend = { title: "FA", colormap: "viridis", range: [0, 1] };

function annotated(scene: Partial<AnnotatedScene>, size: readonly [number, number] = [640, 480]) {
  const show = open({ size, background: "black" });
  const bounds = new Box3(new Vector3(-1, -1, -1), new Vector3(1, 1, 1));
  show.overlay = new Annotations({
    style: {},
    space: "unknown",
    bounds,
    legends: () => [],
    background: () => [0, 0, 0],
    ...scene,
  });
  return show;
}

/** Number of bright pixels in a part of the frame, given in shares of its size. */
function inkIn(show: ReturnType<typeof annotated>, [x0, y0, x1, y1]: readonly number[]): number {
  const { width, height, data } = show.snapshot();
  let count = 0;
  for (let y = Math.floor(height * (y0 ?? 0)); y < height * (y1 ?? 1); y += 1) {
    for (let x = Math.floor(width * (x0 ?? 0)); x < width * (x1 ?? 1); x += 1) {
      if ((data[4 * (y * width + x)] ?? 0) > 128) count += 1;
    }
  }
  return count;
}

describe("annotations of a view", () => {
  test("measurements are drawn between their points with their values, also from behind the camera", () => {
    const measurements = [
      {
        points: [
          [-1, 0.5, 0],
          [1, 0.5, 0],
        ],
      },
    ] as const;
    const yellow = (show: ReturnType<typeof annotated>, x: number, y: number) => {
      const [red = 0, , blue = 0] = pixel(show.snapshot(), x, y);
      return red - blue > 120;
    };
    const show = annotated({ style: { measurements }, unit: "mm" });
    show.setOrthographic(true);
    show.cameraState = { ...FRONT, parallelScale: 1.5 };
    show.render({ samples: 4 });
    // The view is 4 x 3; y of 0.5 is a third of its half height.
    const y = 0.5 - 0.5 / 3;
    for (const x of [0.3, 0.5, 0.7]) expect(yellow(show, x, y)).toBe(true);
    expect(yellow(show, 0.1, y)).toBe(false);
    // "2 mm" is above the middle.
    expect(inkIn(show, [0.45, y - 0.06, 0.56, y - 0.015])).toBeGreaterThan(20);
    show.setOrthographic(false);
    // The first point is behind the camera.
    show.cameraState = { position: [0, 0.5, 0.5], focalPoint: [1, 0.5, 0], viewUp: [0, 1, 0], viewAngle: 60 };
    show.render({ samples: 4 });
    expect(yellow(show, 0.48, 0.5) || yellow(show, 0.45, 0.5)).toBe(true);
  });

  test("a crosshair is drawn along the axes, with a gap at its place", () => {
    const show = annotated({ style: { crosshair: [0, 0, 0] } });
    show.setOrthographic(true);
    show.cameraState = { ...FRONT, parallelScale: 1.5 };
    show.render({ samples: 4 });
    const isLine = (x: number, y: number) => (pixel(show.snapshot(), x, y)[2] ?? 0) > 100;
    expect(isLine(0.4, 0.5) || isLine(0.4, 0.499)).toBe(true);
    expect(isLine(0.5, 0.3) || isLine(0.499, 0.3)).toBe(true);
    expect(isLine(0.5, 0.5)).toBe(false);
    // The lines are as long as the scene.
    expect(isLine(0.9, 0.5)).toBe(false);
  });

  test("a scalar bar has the colors of its colormap, the lowest value below", () => {
    const show = annotated({ legends: () => [LEGEND] });
    show.frameScene();
    show.render({ samples: 4 });
    const frame = show.snapshot();
    const column = Array.from({ length: 640 }, (_, x) => pixel(frame, (x + 0.5) / 640, 0.5)).findLastIndex(
      // The middle of viridis is green.
      ([red = 0, green = 0, blue = 0]) => green > red + 50 && green > 100 && blue > 100,
    );
    expect(column).toBeGreaterThan(0.8 * 640);
    const at = (y: number) => pixel(frame, (column - 3) / 640, y).slice(0, 3);
    const [low, high] = [at(0.675), at(0.325)];
    expect(low[2]).toBeGreaterThan(low[1] ?? 0);
    expect(high[0]).toBeGreaterThan(200);
    expect(high[2]).toBeLessThan(100);
  });

  test("in a view that is higher than wide, a scalar bar lies above the scene, the lowest value at the left", () => {
    const show = annotated(
      { legends: () => [LEGEND, { ...LEGEND, title: "MD", colormap: "gray" }] },
      [400, 800],
    );
    show.frameScene();
    show.render({ samples: 4 });
    const frame = show.snapshot();
    const row = Array.from({ length: 200 }, (_, y) => pixel(frame, 0.5, (y + 0.5) / 800)).findIndex(
      // The middle of viridis is green.
      ([red = 0, green = 0, blue = 0]) => green > red + 50 && green > 100 && blue > 100,
    );
    expect(row).toBeGreaterThan(10);
    const at = (x: number) => pixel(frame, x, (row + 3) / 800).slice(0, 3);
    const [low, high] = [at(0.22), at(0.78)];
    expect(low[2]).toBeGreaterThan(low[1] ?? 0);
    expect(high[0]).toBeGreaterThan(200);
    expect(high[2]).toBeLessThan(100);
    // The second one is below it, and nothing is in the lower three quarters.
    expect(inkIn(show, [0.5, (row + 30) / 800, 0.8, 0.25])).toBeGreaterThan(300);
    expect(inkIn(show, [0, 0.25, 1, 1])).toBe(0);
  });

  test("a title is at the top, a scale bar at the lower right, the axes at the lower left", () => {
    const parts = {
      title: [0.2, 0, 0.8, 0.12],
      // Above the page's buttons, which cover 50 px.
      scaleBar: [0.6, 0.75, 1, 0.9],
      axes: [0, 0.7, 0.25, 1],
    } as const;
    for (const [name, part] of Object.entries(parts)) {
      const show = annotated({ style: { [name]: name === "title" ? "A head" : true } });
      show.cameraState = { position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
      show.render({ samples: 4 });
      expect(inkIn(show, part), name).toBeGreaterThan(30);
      expect(inkIn(show, [0, 0, 1, 1]) - inkIn(show, part), name).toBe(0);
    }
  });

  test("in a view that is higher than wide, the lower letter is above the page's buttons", () => {
    const show = annotated({ space: "ras" }, [400, 800]);
    show.frameScene(viewpoint("z", { space: "ras", view: "front" }));
    show.render({ samples: 4 });
    expect(inkIn(show, [0.45, 0.85, 0.55, 1 - 50 / 800])).toBeGreaterThan(10);
    expect(inkIn(show, [0, 1 - 50 / 800, 1, 1])).toBe(0);
  });

  test("letters of the body's directions are shown for anatomy only, unless they are switched off", () => {
    const inks = [
      annotated({ space: "ras" }),
      annotated({ space: "unknown" }),
      annotated({ space: "ras", style: { letters: false } }),
    ].map((show) => {
      show.frameScene(viewpoint("z", { space: "ras", view: "front" }));
      show.render({ samples: 4 });
      return inkIn(show, [0, 0, 1, 1]);
    });
    expect(inks[0]).toBeGreaterThan(50);
    expect(inks.slice(1)).toEqual([0, 0]);
  });

  test("a title covers no letter", () => {
    for (const size of [
      [640, 480],
      [320, 240],
    ] as const) {
      const inks = [{ title: "W" }, {}, { title: "W", letters: false }].map((style) => {
        const show = annotated({ space: "ras", style }, size);
        show.frameScene(viewpoint("z", { space: "ras", view: "front" }));
        show.render({ samples: 4 });
        return inkIn(show, [0, 0, 1, 0.5]);
      });
      const [both = 0, letters = 0, title = 0] = inks;
      expect(both).toBeGreaterThan(title);
      // A few pixels of antialiasing differ with the position.
      expect(Math.abs(both - letters - title)).toBeLessThan(0.1 * letters);
    }
  });

  test("letters name the nearest directions of the body, the main one first", () => {
    expect(lettersOf(new Vector3(1, 0, 0))).toBe("R");
    expect(lettersOf(new Vector3(-1, 0.1, 0).normalize())).toBe("L");
    expect(lettersOf(new Vector3(0.5, -0.8, 0.1).normalize())).toBe("PR");
    expect(lettersOf(new Vector3(-1, 1.1, -1.2).normalize())).toBe("IAL");
  });

  test("a view with annotations but without visible data is still reported as blank", () => {
    const show = annotated({ space: "ras", style: { title: "nothing" } });
    show.cameraState = { position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    show.render();
    expect(blankFrameReason(show)).toBe("there is nothing in it");
    show.add(new Mesh(new BoxGeometry(), new MeshBasicMaterial({ color: "white" })));
    show.render();
    expect(blankFrameReason(show)).toBeUndefined();
  });

  test("a picture in tiles and a frame in steps have the same annotations as one in one pass", () => {
    const show = annotated({ space: "ras", legends: () => [LEGEND], style: { axes: true, title: "A head" } });
    show.add(new Mesh(new BoxGeometry(), new MeshBasicMaterial({ color: "gray" })));
    show.frameScene();
    show.render({ samples: 4 });
    const whole = show.snapshot().data;
    const tiled = new Uint8Array(whole.length);
    let end = whole.length;
    for (const { data } of renderTiles(show, [200, 128], () => {})) {
      // Strips are bottom-up, from the top of the picture.
      for (let row = 0; row < data.length; row += 2560) {
        tiled.set(data.subarray(row, row + 2560), whole.length - end + (data.length - 2560 - row));
      }
      end -= data.length;
    }
    const differing = whole.filter((value, i) => Math.abs(value - (tiled[i] ?? 0)) > 8).length;
    // Edges of the box in two tiles differ by rounding.
    expect(differing).toBeLessThan(40);
    for (const _ of show.renderSteps()) {
      // Each iteration is a step.
    }
    const stepped = show.snapshot().data;
    expect(whole.filter((value, i) => Math.abs(value - (stepped[i] ?? 0)) > 64).length).toBeLessThan(2000);
  });
});

describe("round numbers", () => {
  test("ticks are multiples of a round step within the range", () => {
    expect(niceTicks(0, 1, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => expect.closeTo(value, 9)));
    expect(niceTicks(-3, 12, 5)).toEqual([0, 5, 10]);
    expect(niceTicks(5, 5, 6)).toEqual([5]);
    for (const [min, max] of [
      [1e-30, 3e-30],
      [-1e299, 1e299],
      [1e9, 1e9 + 7],
    ] as const) {
      const ticks = niceTicks(min, max, 6);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(
        ticks.every((tick) => tick >= min - 1e-9 * (max - min) && tick <= max + 1e-9 * (max - min)),
      ).toBeTrue();
    }
  });

  test("numbers have as many digits as their spacing needs", () => {
    expect(formatTick(0.25, 0.25)).toBe("0.25");
    expect(formatTick(0.2, 0.2)).toBe("0.2");
    expect(formatTick(1200, 200)).toBe("1200");
    expect(formatTick(-2, 1)).toBe("\u22122");
    expect(formatTick(3e-7, 1e-7)).toBe("3e\u22127");
    expect(formatTick(2e299, 1e299)).toBe("2e299");
  });

  test("a scale bar is the longest of 1, 2 and 5 times a power of ten that fits", () => {
    expect([niceBelow(7), niceBelow(0.03), niceBelow(1.9), niceBelow(400)]).toEqual([5, 0.02, 1, 200]);
  });
});

describe("sides of a scene", () => {
  const side = (options: Parameters<typeof viewpoint>[1], up: Parameters<typeof viewpoint>[0] = "z") => {
    const { direction, viewUp } = viewpoint(up, options);
    return [direction, viewUp].map((vector) =>
      vector.toArray().map((value) => Math.round(value * 100) / 100 || 0),
    );
  };

  test("the sides of anatomy are those of the body in RAS+ coordinates", () => {
    expect(side({ space: "ras", view: "left" })).toEqual([
      [-1, 0, 0],
      [0, 0, 1],
    ]);
    expect(side({ space: "ras", view: "front" })).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(side({ space: "ras", view: "top" })).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
  });

  test("the sides of other data follow from its up axis: the front is -y with z up, +z with y up", () => {
    expect(side({ view: "front" })).toEqual([
      [0, -1, 0],
      [0, 0, 1],
    ]);
    expect(side({ view: "right" })).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect(side({ view: "front" }, "y")).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
    expect(side({ view: "right" }, "y")).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(side({ view: "top" })).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
  });

  test("azimuth rotates the camera to the right, elevation upwards, and never to a pole", () => {
    expect(side({ view: "front", azimuth: 90 })).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const [direction = []] = side({ view: "front", elevation: 30 });
    expect(direction[2]).toBeCloseTo(0.5);
    const { direction: pole, viewUp } = viewpoint("z", { view: "front", elevation: 90 });
    expect(pole.angleTo(viewUp)).toBeGreaterThan(1e-4);
  });

  test("an orthographic view stays one when it is reset, and zoom magnifies the fitted view", () => {
    const heights = [1, 2].map((zoom) => {
      const show = open();
      show.add(new Mesh(new BoxGeometry(2, 2, 2), new MeshBasicMaterial()));
      show.frameScene(viewpoint("y", { orthographic: true, zoom }));
      show.view.dolly(3, 1);
      show.resetView();
      return show.cameraState.parallelScale ?? 0;
    });
    expect(heights[0]).toBeGreaterThan(1);
    expect(heights[1]).toBeCloseTo((heights[0] ?? 0) / 2);
  });
});
