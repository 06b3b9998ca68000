import { expect, test } from "bun:test";
import {
  BoxGeometry,
  BufferGeometry,
  DataTexture,
  Float32BufferAttribute,
  Group,
  InstancedMesh,
  Line,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  MeshPhysicalMaterial,
  Points,
  PointsMaterial,
  type Scene,
  SphereGeometry,
  TorusKnotGeometry,
} from "three";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { difference, pixel } from "./images.ts";
import { frontView, showOpener } from "./shows.ts";

const open = showOpener();

/** Time budget of a step, ms: less than any driver needs for a large object. */
const STEP_MS = 1;

/** Adds objects of every kind, with more vertices than one step draws. */
function addObjects(scene: Scene): void {
  const parts = new Group();
  parts.add(new Mesh(new TorusKnotGeometry(1, 0.3, 2000, 60), new MeshLambertMaterial({ color: "#c84" })));
  const large = new SphereGeometry(0.9, 300, 200);
  const groups = [new MeshLambertMaterial({ color: "#48c" }), new MeshLambertMaterial({ color: "#4c8" })];
  large.addGroup(0, 90_000, 0);
  large.addGroup(90_000, Number.POSITIVE_INFINITY, 1);
  const twoColors = new Mesh(large, groups);
  twoColors.position.set(-1.5, 0.8, -1);
  const texture = new DataTexture(new Uint8Array([255, 0, 0, 255, 0, 0, 255, 255]), 2, 1);
  texture.needsUpdate = true;
  const textured = new Mesh(new BoxGeometry(1, 1, 1, 90, 90, 90), new MeshBasicMaterial({ map: texture }));
  textured.position.set(1.6, 0.8, 0);
  const vertices = Array.from({ length: 90_000 }, (_, i) => 1.8 * Math.sin(i * 0.7 + (i % 3) * 2));
  const scattered = new BufferGeometry().setAttribute("position", new Float32BufferAttribute(vertices, 3));
  const points = new Points(
    scattered,
    new PointsMaterial({ size: 3, sizeAttenuation: false, color: "#ff8" }),
  );
  const segments = new LineSegments(scattered, new LineBasicMaterial({ color: "#8f8" }));
  segments.scale.setScalar(0.2);
  const strip = new Line(scattered, new LineBasicMaterial({ color: "#f8f" }));
  strip.scale.setScalar(0.3);
  strip.position.set(1, -1, 0.5);
  const instances = new InstancedMesh(new SphereGeometry(0.1, 32, 16), new MeshLambertMaterial(), 50);
  for (let i = 0; i < 50; i += 1)
    instances.setMatrixAt(i, new Matrix4().makeTranslation(Math.cos(i), Math.sin(i) - 0.5, 1));
  for (const z of [0.4, 1.2, 0.8]) {
    const glass = new Mesh(
      new SphereGeometry(0.7, 200, 100),
      new MeshLambertMaterial({ color: z > 1 ? "#f44" : "#44f", transparent: true, opacity: 0.4 }),
    );
    glass.position.set(z, 0, z);
    parts.add(glass);
  }
  parts.add(twoColors, textured, points, segments, strip, instances);
  scene.add(parts);
}

function renderInSteps(show: ShowManager): { snapshot: Snapshot; steps: number[] } {
  const steps = [...show.renderSteps(STEP_MS)];
  return { snapshot: show.snapshot(), steps };
}

for (const glBackend of ["mesa", "angle"] as const) {
  test(`a progressive frame equals one drawn in one pass (${glBackend})`, () => {
    const show = open({ glBackend, background: "#203040" });
    addObjects(show.scene);
    show.cameraState = frontView(7);
    const { snapshot, steps } = renderInSteps(show);
    expect(steps.length).toBeGreaterThan(2);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    // SwiftShader draws only lines of one pixel, which are too thin for supersampling.
    show.render(glBackend === "mesa" ? { samples: 0, scale: 2 } : { samples: 4 });
    expect(difference(snapshot, show.snapshot())).toEqual({ mean: 0, strong: 0 });
    // The previous frame has no effect.
    show.render({ samples: 0, scale: 0.5 });
    expect(difference(renderInSteps(show).snapshot, snapshot)).toEqual({ mean: 0, strong: 0 });
  });
}

/** A show with a large red object. */
function openLarge(): ShowManager {
  const show = open({ background: "#203040" });
  show.add(new Mesh(new TorusKnotGeometry(1, 0.3, 4000, 60), new MeshBasicMaterial({ color: "red" })));
  show.cameraState = frontView(7);
  return show;
}

test("an incomplete frame shows the previous frame where it is not drawn yet", () => {
  const show = openLarge();
  const material = new MeshBasicMaterial({ color: "lime" });
  show.scene.overrideMaterial = material;
  show.render({ scale: 0.5 });
  show.scene.overrideMaterial = null;
  const greenPixels = ({ data }: Snapshot) => {
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if ((data[i + 1] ?? 0) > 200) count += 1;
    return count;
  };
  const green = [greenPixels(show.snapshot())];
  for (const _ of show.renderSteps(STEP_MS)) {
    green.push(greenPixels(show.snapshot()));
    expect(pixel(show.snapshot(), 0.02, 0.02)).toEqual([0x20, 0x30, 0x40, 255]);
  }
  green.push(greenPixels(show.snapshot()));
  expect(green.at(-1)).toBe(0);
  expect(green[1]).toBeGreaterThan(1000);
  expect(green.slice(1)).toEqual(green.slice(1).toSorted((a, b) => b - a));
});

test("an incomplete frame with transparent objects shows only the previous frame", () => {
  const show = openLarge();
  show.add(
    new Mesh(
      new BoxGeometry(9, 9, 0.1),
      new MeshBasicMaterial({ color: "blue", transparent: true, opacity: 0.5 }),
    ),
  );
  const renders: boolean[] = [];
  show.render();
  const before = show.snapshot();
  show.on("render", ({ complete }) => renders.push(complete));
  for (const _ of show.renderSteps(STEP_MS)) expect(show.snapshot().data).toEqual(before.data);
  expect(renders).toEqual([true]);
});

test("a scene with transmissive objects is drawn in one pass, since they need all opaque objects", () => {
  const show = openLarge();
  const glass = new MeshPhysicalMaterial({ transmission: 1, roughness: 0 });
  const pane = new Mesh(new BoxGeometry(1, 1, 0.1), glass);
  pane.position.z = 2;
  show.add(pane);
  const { snapshot, steps } = renderInSteps(show);
  expect(steps).toEqual([]);
  show.render({ samples: 4 });
  expect(difference(snapshot, show.snapshot())).toEqual({ mean: 0, strong: 0 });
});

test("a progressive frame restarts if its buffer was used between steps, and has the new size after a resize", () => {
  const show = openLarge();
  const expected = renderInSteps(show).snapshot;
  const frame = show.renderSteps(STEP_MS);
  frame.next();
  frame.next();
  show.render({ scale: 0.5 });
  expect([...frame].length).toBeGreaterThan(0);
  expect(difference(show.snapshot(), expected)).toEqual({ mean: 0, strong: 0 });
  const resized = show.renderSteps(STEP_MS);
  resized.next();
  resized.next();
  show.resize(80, 60);
  for (const _ of resized);
  expect(show.snapshot()).toMatchObject({ width: 80, height: 60 });
});

test("a small scene is drawn in one pass, and objects can be added and removed between steps", () => {
  const small = open();
  small.add(new Mesh(new BoxGeometry(), new MeshBasicMaterial()));
  expect([...small.renderSteps()]).toEqual([]);
  const show = openLarge();
  addObjects(show.scene);
  const frame = show.renderSteps(STEP_MS);
  frame.next();
  frame.next();
  for (const child of [...show.scene.children]) if (!("isLight" in child)) child.removeFromParent();
  expect([...frame].length).toBeLessThan(2);
});

test("a progressive frame with a transparent background has the alpha of one drawn in one pass", () => {
  const show = open({ background: "transparent" });
  show.add(new Mesh(new TorusKnotGeometry(1, 0.3, 4000, 60), new MeshBasicMaterial({ color: "red" })));
  show.cameraState = frontView(7);
  show.render();
  const { snapshot, steps } = renderInSteps(show);
  expect(steps.length).toBeGreaterThan(1);
  show.render({ samples: 0, scale: 2 });
  expect(snapshot.data).toEqual(show.snapshot().data);
});
