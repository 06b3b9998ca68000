import { Mesh, MeshLambertMaterial, SphereGeometry } from "three";
import type { PixelFormat } from "../../src/memory/frame-metadata.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";

/** A red, a green and a blue sphere side by side on black, apart from each other. */
export function threeSpheres(size: readonly [number, number] = [100, 200]): ShowManager {
  const show = new ShowManager({ size, background: "#000000" });
  for (const [x, color] of [
    [-1, "#f00"],
    [0, "#0f0"],
    [1, "#00f"],
  ] as const) {
    const sphere = new Mesh(new SphereGeometry(0.2, 24, 16), new MeshLambertMaterial({ color }));
    sphere.position.x = x;
    show.add(sphere);
  }
  return show;
}

/** How many things stand apart from each other on the black of a picture. */
export function countObjects(picture: {
  width: number;
  height: number;
  data: Uint8Array;
  format: PixelFormat;
}): number {
  const { width, height, data, format } = picture;
  const components = format === "rgba" ? 4 : 3;
  const isLit = (pixel: number) => [0, 1, 2].some((c) => (data[pixel * components + c] ?? 0) > 40);
  const seen = new Uint8Array(width * height);
  let objects = 0;
  for (let start = 0; start < width * height; start++) {
    if (seen[start] || !isLit(start)) continue;
    objects++;
    const front = [start];
    seen[start] = 1;
    for (let pixel = front.pop(); pixel !== undefined; pixel = front.pop()) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      for (const [nx, ny] of [
        [x - 1, y],
        [x + 1, y],
        [x, y - 1],
        [x, y + 1],
      ] as const) {
        const next = ny * width + nx;
        if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[next] || !isLit(next)) continue;
        seen[next] = 1;
        front.push(next);
      }
    }
  }
  return objects;
}
