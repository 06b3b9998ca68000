import { describe, expect, test } from "bun:test";
import {
  BufferAttribute,
  BufferGeometry,
  DirectionalLight,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  MeshPhysicalMaterial,
  OrthographicCamera,
  PlaneGeometry,
  Points,
  PointsMaterial,
  SphereGeometry,
} from "three";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { difference, pixel } from "./images.ts";
import { box, frontView, showOpener } from "./shows.ts";

const open = showOpener();

describe("a rendered frame", () => {
  test("a frame has sRGB colors: a pixel has the color of its material", () => {
    const show = open({ background: "#336699" });
    show.add(new Mesh(new PlaneGeometry(1, 1), new MeshBasicMaterial({ color: "#80a0c0" })));
    show.camera.position.set(0, 0, 5);
    show.render();
    const frame = show.snapshot();
    expect(pixel(frame, 0.5, 0.5)).toEqual([0x80, 0xa0, 0xc0, 255]);
    expect(pixel(frame, 0.05, 0.05)).toEqual([0x33, 0x66, 0x99, 255]);
  });

  test("a frame has any opaque CSS color as background; other values are refused and quoted", () => {
    for (const [text, rgb] of [
      ["white", [255, 255, 255]],
      ["hsl(120 100% 25%)", [0, 128, 0]],
      ["lab(100% 0 0)", [255, 255, 255]],
      ["#abc", [0xaa, 0xbb, 0xcc]],
    ] as const) {
      const show = open({ background: text });
      show.render();
      expect(pixel(show.snapshot(), 0.5, 0.5).slice(0, 3)).toEqual([...rgb]);
    }
    expect(() => open({ background: "bluish" })).toThrow('background "bluish" is not a CSS color');
    expect(() => open({ background: "rgb(0 0 0 / 50%)" })).toThrow("is not opaque");
  });

  test("a frame has rows top-down in a snapshot and bottom-up in readPixelsInto", () => {
    const show = open({ background: "black" });
    const plane = new Mesh(new PlaneGeometry(4, 1), new MeshBasicMaterial({ color: "red" }));
    plane.position.y = 1;
    show.add(plane);
    show.camera.position.set(0, 0, 6);
    show.render();
    const frame = show.snapshot();
    expect(pixel(frame, 0.5, 0.2)).toEqual([255, 0, 0, 255]);
    expect(pixel(frame, 0.5, 0.8)).toEqual([0, 0, 0, 255]);
    const raw = new Uint8Array(160 * 120 * 4 + 8);
    show.readPixelsInto(raw);
    for (let row = 0; row < 120; row += 1) {
      const below = raw.subarray((119 - row) * 640, (120 - row) * 640);
      expect(Buffer.compare(below, frame.data.subarray(row * 640, (row + 1) * 640))).toBe(0);
    }
    expect(() => show.readPixelsInto(new Uint8Array(100))).toThrow("needs 76800 bytes, not 100");
  });

  test("a frame has antialiased edges with four samples and sharp edges with none", () => {
    const show = open({ background: "black" });
    const plane = new Mesh(new PlaneGeometry(1, 1), new MeshBasicMaterial({ color: "white" }));
    plane.rotation.z = 0.3;
    show.add(plane);
    show.camera.position.set(0, 0, 5);
    const countGreyComponents = (samples: 0 | 4): number => {
      show.render({ samples });
      return show.snapshot().data.filter((value) => value > 20 && value < 235).length;
    };
    expect(countGreyComponents(0)).toBe(0);
    expect(countGreyComponents(4)).toBeGreaterThan(100);
    expect(countGreyComponents(0)).toBe(0);
  });

  test("a frame is lit from the camera unless the scene has lights", () => {
    const show = open({ background: "black" });
    show.add(new Mesh(new SphereGeometry(1, 32, 16), new MeshLambertMaterial()));
    const brightness = (): number => {
      show.render();
      return pixel(show.snapshot(), 0.5, 0.5)[0] ?? 0;
    };
    show.camera.position.set(0, 0, 5);
    const front = brightness();
    expect(front).toBeGreaterThan(120);
    show.cameraState = frontView(-5);
    expect(Math.abs(brightness() - front)).toBeLessThan(6);
    const light = new DirectionalLight(0xffffff, 3);
    light.position.set(0, 0, 5);
    show.add(light);
    expect(brightness()).toBeLessThan(5);
    show.scene.remove(light);
    expect(Math.abs(brightness() - front)).toBeLessThan(6);
  });

  test("a frame shows objects behind glass in a scene without metal", () => {
    using show = new ShowManager({ size: [64, 64], background: "black" });
    const plane = new PlaneGeometry(2, 2);
    const behind = new Mesh(plane, new MeshBasicMaterial({ color: "red" }));
    behind.position.z = -1;
    const glass = new MeshPhysicalMaterial({ transmission: 1, roughness: 0, color: "white" });
    show.add(new Mesh(plane, glass), behind);
    show.cameraState = frontView(4, 20);
    show.render();
    const [red = 0, green = 0] = pixel(show.snapshot(), 0.5, 0.5);
    expect(red).toBeGreaterThan(200);
    expect(green).toBeLessThan(90);
  });

  test("a frame has parallel edges with an orthographic camera", () => {
    const show = open({ background: "black", camera: new OrthographicCamera(-1, 1, 1, -1, 0.1, 100) });
    show.add(box());
    show.frameScene("y");
    show.render();
    expect(pixel(show.snapshot(), 0.5, 0.5)[0]).toBeGreaterThan(60);
    show.style.onWheel(-500);
    show.render();
    expect(pixel(show.snapshot(), 0.5, 0.03)[0]).toBeGreaterThan(60);
  });
});

describe("a frame at a reduced scale", () => {
  /** Box filter to half the width and height: the expected frame at scale 0.5. */
  function halved({ width, height, data }: Snapshot): Snapshot {
    const half = new Uint8Array((width * height * 4) / 4);
    for (let at = 0; at < half.length; at++) {
      const [pixelIndex, component] = [at >> 2, at & 3];
      const [x, y] = [2 * (pixelIndex % (width / 2)), 2 * Math.floor(pixelIndex / (width / 2))];
      const sample = (dx: number, dy: number) => data[((y + dy) * width + x + dx) * 4 + component] ?? 0;
      half[at] = (sample(0, 0) + sample(1, 0) + sample(0, 1) + sample(1, 1)) / 4;
    }
    return { width: width / 2, height: height / 2, data: half };
  }

  test("a reduced frame shows the same scene with points of the same relative size, and the next full-size frame is identical", () => {
    const show = open({ background: "#223344" });
    const points = new BufferGeometry();
    points.setAttribute("position", new BufferAttribute(new Float32Array([-2, 1, 0, 2, -1, 0]), 3));
    show.add(
      box(0xff8800),
      new Points(points, new PointsMaterial({ color: "white", size: 0.8 })),
      new Points(points.clone().scale(1, -1, 1), new PointsMaterial({ size: 12, sizeAttenuation: false })),
    );
    show.camera.position.set(2, 3, 7);
    show.camera.lookAt(0, 0, 0);
    const sizes: unknown[] = [];
    show.on("render", ({ width, height }) => sizes.push([width, height]));
    show.render();
    const full = show.snapshot();
    show.render({ scale: 0.5 });
    const half = show.snapshot();
    expect([half.width, half.height, show.frameSize, show.size]).toEqual([80, 60, [80, 60], [160, 120]]);
    expect(difference(half, halved(full)).mean).toBeLessThan(3);
    show.render();
    expect(show.snapshot()).toEqual(full);
    expect(sizes).toEqual([
      [160, 120],
      [80, 60],
      [160, 120],
    ]);
  });

  test("a reduced frame has a size rounded to whole pixels, at least 1, and follows a resize of the show", () => {
    const show = open({ size: [161, 1] });
    show.render({ scale: 0.5, samples: 4 });
    expect(show.frameSize).toEqual([81, 1]);
    show.resize(50, 30);
    expect([show.size, show.frameSize]).toEqual([
      [50, 30],
      [50, 30],
    ]);
    show.render({ scale: 0.75, samples: 0 });
    expect(show.frameSize).toEqual([38, 23]);
    show.resize(38, 23);
    show.render({ samples: 4 });
    expect([show.size, show.snapshot().width]).toEqual([[38, 23], 38]);
  });

  test("a reduced frame is rendered on all of its area", () => {
    const show = open({ size: [161, 121], background: "#336699" });
    show.add(new Mesh(new PlaneGeometry(100, 100), new MeshBasicMaterial({ color: "red" })));
    show.camera.position.set(0, 0, 5);
    for (const scale of [0.75, 0.5, 1]) {
      show.render({ scale });
      const { width, height, data } = show.snapshot();
      expect([width, height]).toEqual([Math.round(161 * scale), Math.round(121 * scale)]);
      const otherPixels = data.filter((value, i) => i % 4 === 0 && value !== 255);
      expect(otherPixels.length).toBe(0);
    }
  });
});
