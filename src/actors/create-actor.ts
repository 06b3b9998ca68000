import type { Mesh, Molecule, Points, Streamlines, Volume } from "../formats/data-kinds.ts";
import type { LayerStyle } from "../layers/layer.ts";
import { checkData } from "../loading/check-data.ts";
import { prepareLayer } from "../loading/prepare-layer.ts";
import { readFile } from "../loading/read-data.ts";
import type { Actor } from "./actor.ts";
import { buildActor } from "./build-actor.ts";

/** What only files have. */
type OfFiles = "warnings" | "steps" | "sampled";

type Given<Data, Optional extends keyof Data> = Omit<Data, OfFiles | Optional> &
  Partial<Pick<Data, Optional>>;

/**
 * Data of a program. Default of `origin`: 0, 0, 0. Of a mesh: no lines, no points. Of streamlines and volumes: unknown space; no arrays
 * and no groups; one time step of one component, slope 1 and intercept 0. Of a molecule: no models and no assemblies.
 */
export type ActorData =
  | Given<Mesh, "origin" | "lines" | "points">
  | Given<Points, "origin">
  | Given<Streamlines, "origin" | "space" | "pointArrays" | "streamlineArrays" | "groups">
  | Given<Volume, "origin" | "space" | "frames" | "components" | "slope" | "intercept">
  | Given<Molecule, "origin" | "models" | "assemblies" | "trajectories">;

/**
 * Makes three.js objects that show data of a program, as `loadScene` does for the data of a file. The actor uses the arrays as they are:
 * do not change them afterwards.
 *
 * @param style properties of the kind's layers, such as `{ colorBy: "fa", colormap: "magma" }`; paths in it are read
 * @returns the actor; add its `object` to a scene
 * @throws RangeError if arrays do not fit together; LoadError or DataError if the style does not fit the data, or nothing is left to draw
 */
export async function createActor(data: ActorData, style: LayerStyle = {}): Promise<Actor> {
  const complete = withDefaults(data);
  checkData(complete);
  const options = {
    path: data.kind,
    format: data.kind,
    drafts: true,
    style,
    overlayStyles: [],
    readVolume: (path: string) => readFile(path, undefined),
  };
  const prepared = await prepareLayer(complete, options, () => {});
  const actor = await buildActor(prepared, style);
  return { ...actor, warnings: [...new Set([...prepared.warnings, ...(actor.warnings ?? [])])] };
}

function withDefaults(data: ActorData): Mesh | Points | Streamlines | Volume | Molecule {
  const metadata = { origin: [0, 0, 0] as const, warnings: [] };
  switch (data.kind) {
    case "mesh":
      return { ...metadata, lines: undefined, points: undefined, ...data };
    case "points":
      return { ...metadata, ...data };
    case "streamlines":
      return { ...metadata, space: "unknown", pointArrays: [], streamlineArrays: [], groups: [], ...data };
    case "volume":
      return {
        ...metadata,
        ...{ space: "unknown", frames: 1, components: 1, slope: 1, intercept: 0 },
        ...data,
      };
    case "molecule":
      return { ...metadata, models: [], assemblies: [], ...data };
  }
}
