import type { Vec3 } from "../../geometry/coordinates.ts";
import type { GltfDocument, GltfNode } from "./gltf-document.ts";

/** Affine transformation: the first three rows of a 4x4 matrix, row by row. */
export type Transform = readonly number[];

const IDENTITY: Transform = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

/** A mesh in a scene. */
export interface PlacedMesh {
  readonly mesh: number;
  readonly transform: Transform;
}

/**
 * Lists the meshes of the displayed scene, without animation and skins.
 *
 * @param document with nodes that `checkNodes` has checked
 */
export function placedMeshes(document: GltfDocument): PlacedMesh[] {
  const { nodes = [], scenes = [], scene = 0 } = document;
  const placed: PlacedMesh[] = [];
  // A damaged scene can list a node several times.
  const visited = new Set<number>();
  const visit = (index: number, parent: Transform): void => {
    const node = nodes[index];
    if (node === undefined || visited.has(index)) return;
    visited.add(index);
    const transform = multiply(parent, localTransform(node));
    if (node.mesh !== undefined && node.skin === undefined) placed.push({ mesh: node.mesh, transform });
    for (const child of node.children ?? []) visit(child, transform);
  };
  for (const root of (scenes[scene] ?? scenes[0])?.nodes ?? []) visit(root, IDENTITY);
  return placed;
}

export function applyTransform(transform: Transform, [x, y, z]: Vec3): [x: number, y: number, z: number] {
  const row = (start: number): number => {
    const [a = 0, b = 0, c = 0, d = 0] = transform.slice(start, start + 4);
    return a * x + b * y + c * z + d;
  };
  return [row(0), row(4), row(8)];
}

/** Transformation of a node relative to its parent (glTF 2.0, section 3.5.3). */
function localTransform({ matrix, translation, rotation, scale }: GltfNode): Transform {
  // Matrices of glTF are stored column by column.
  if (matrix !== undefined)
    return Array.from({ length: 12 }, (_, i) => matrix[4 * (i % 4) + Math.floor(i / 4)] ?? 0);
  const [x = 0, y = 0, z = 0, w = 1] = rotation ?? [];
  const [sx = 1, sy = 1, sz = 1] = scale ?? [];
  const [tx = 0, ty = 0, tz = 0] = translation ?? [];
  return [
    ...[sx * (1 - 2 * (y * y + z * z)), sy * 2 * (x * y - z * w), sz * 2 * (x * z + y * w), tx],
    ...[sx * 2 * (x * y + z * w), sy * (1 - 2 * (x * x + z * z)), sz * 2 * (y * z - x * w), ty],
    ...[sx * 2 * (x * z - y * w), sy * 2 * (y * z + x * w), sz * (1 - 2 * (x * x + y * y)), tz],
  ];
}

function multiply(a: Transform, b: Transform): Transform {
  return Array.from({ length: 12 }, (_, i) => {
    const [row, column] = [4 * Math.floor(i / 4), i % 4];
    const sum = [0, 1, 2].reduce((sum, k) => sum + (a[row + k] ?? 0) * (b[4 * k + column] ?? 0), 0);
    return column === 3 ? sum + (a[row + 3] ?? 0) : sum;
  });
}
