import { Vector3 } from "three";
import type { ClipHandles } from "../clip-handles.ts";
import type { AnnotatedView } from "./annotations.ts";
import type { Drawing, Rgba } from "./drawing.ts";

/** Radius of a handle and length of its arrow, px. */
const RADIUS = 8;
const ARROW = 34;

const CORNERS = 20;

/** Draws a disc on each clip plane, with an arrow to the side that is cut off. */
export function drawClipHandles(
  drawing: Drawing,
  { camera, width, height, scale, font }: AnnotatedView,
  { handles }: ClipHandles,
): void {
  for (const { normal, middle } of handles) {
    const projected = middle.clone().project(camera);
    if (!(Math.abs(projected.z) <= 1)) continue;
    const [x, y] = [((projected.x + 1) / 2) * width, ((projected.y + 1) / 2) * height];
    const direction = new Vector3().copy(normal).transformDirection(camera.matrixWorldInverse);
    const tip = [x + direction.x * ARROW * scale, y + direction.y * ARROW * scale] as const;
    const length = Math.hypot(direction.x, direction.y);
    for (const [margin, color] of [
      [2 * scale, font.halo],
      [0, font.color],
    ] as const) {
      drawing.line([x, y], tip, 3 * scale + 2 * margin, color);
      if (length > 0.3)
        drawHead(drawing, tip, [direction.x / length, direction.y / length], 7 * scale + margin, color);
      drawDisc(drawing, [x, y], RADIUS * scale + margin, color);
    }
  }
}

function drawDisc(drawing: Drawing, [x, y]: readonly [number, number], radius: number, color: Rgba): void {
  const corner = (i: number) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)] as const;
  };
  for (let i = 0; i < CORNERS; i += 1) drawing.triangle([[x, y], corner(i), corner(i + 1)], color);
}

function drawHead(
  drawing: Drawing,
  [x, y]: readonly [number, number],
  [dx, dy]: readonly [number, number],
  size: number,
  color: Rgba,
): void {
  drawing.triangle(
    [
      [x + dx * size, y + dy * size],
      [x - dy * size, y + dx * size],
      [x + dy * size, y - dx * size],
    ],
    color,
  );
}
