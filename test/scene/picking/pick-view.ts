import type { CameraState } from "../../../src/protocol/camera-state.ts";
import type { PickedPlace, PickFact, PickResult } from "../../../src/protocol/pick.ts";
import { showDocument } from "../../../src/scene/show-document.ts";
import { ShowManager } from "../../../src/scene/show-manager.ts";

export const SIDE = 200;

/** A parallel view along -z of the square from -1 to 1 in x and y. */
export const FRONT: CameraState = {
  ...{ position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
  parallelScale: 1,
};

interface Options {
  readonly view?: object;
  /** Default: a complete frame is rendered. */
  readonly render?: (show: ShowManager) => void;
}

/** Shows layers, seen from the front. */
export async function open(layers: readonly object[], { view = {}, render = complete }: Options = {}) {
  const show = new ShowManager({ size: [SIDE, SIDE], glBackend: "mesa" });
  await showDocument(show, {
    version: 1,
    layers,
    view: { camera: FRONT, orthographic: true, ...view },
  } as never);
  render(show);
  return show;
}

export function complete(show: ShowManager): void {
  for (const _ of show.renderSteps());
}

/** What is at x, y of the world in the view {@link FRONT}. */
export function at(show: ShowManager, x: number, y: number): PickResult {
  return show.pick((x + 1) / 2, (1 - y) / 2);
}

export function placeOf(result: PickResult): PickedPlace {
  if (!("point" in result)) throw new Error("nothing is there");
  return result;
}

export function factOf(
  { facts }: { readonly facts: readonly PickFact[] },
  name: string,
): PickFact["value"] | undefined {
  return facts.find((fact) => fact.name === name)?.value;
}

/** Two triangles at a height z, with values of vertices and faces. */
export function square(z = 0, [x, y] = [0, 0], type = "float"): string {
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([dx = 0, dy = 0], i) => `${x + dx} ${y + dy} ${z} ${10 * i}`);
  return `ply
format ascii 1.0
element vertex 4
property ${type} x
property ${type} y
property ${type} z
property float heat
element face 2
property list uchar int vertex_indices
property uchar zone
end_header
${corners.join("\n")}
3 0 1 2 7
3 0 2 3 8
`;
}
