import type { Properties, StyleOf } from "./property.ts";
import { COMMON, LABELS, SCALARS } from "./shared-properties.ts";
import { LINES } from "./streamlines-properties.ts";
import { SHAPES, SURFACES } from "./surface-properties.ts";
import { VOXELS } from "./volume-properties.ts";

/** Properties of molecules. */
const ATOMS = {
  representation: {
    label: "Representation",
    folder: "Shape",
    type: "choice",
    choices: ["cartoon", "ball-and-stick", "spheres"],
    description:
      "how to draw molecules (default: cartoon for proteins and nucleic acids, else ball-and-stick)",
  },
  assembly: {
    label: "Assembly",
    folder: "Selection",
    names: "assemblies",
    type: "text",
    description: "name of the biological assembly to show, such as 1",
  },
} as const satisfies Properties;

/** Properties of a layer by the kind of its data, in the order of help texts. */
export const LAYER_PROPERTIES = {
  mesh: { ...COMMON, ...SCALARS, ...LABELS, ...SHAPES, ...SURFACES },
  points: { ...COMMON, ...SCALARS, ...SHAPES },
  streamlines: { ...COMMON, ...SCALARS, ...LINES },
  volume: {
    ...COMMON,
    colormap: SCALARS.colormap,
    range: SCALARS.range,
    threshold: SCALARS.threshold,
    ...VOXELS,
  },
  molecule: {
    ...COMMON,
    colorBy: SCALARS.colorBy,
    colormap: SCALARS.colormap,
    range: SCALARS.range,
    ...ATOMS,
  },
  gltf: {},
} as const satisfies Record<string, Properties>;

/** Properties of a file with values for the file before it. */
export const OVERLAY_PROPERTIES = {
  opacity: COMMON.opacity,
  ...SCALARS,
  ...LABELS,
} as const satisfies Properties;

export type LayerKind = keyof typeof LAYER_PROPERTIES;

export type ScalarStyle = StyleOf<typeof SCALARS>;
export type OverlayStyle = StyleOf<typeof OVERLAY_PROPERTIES>;
export type MeshStyle = StyleOf<(typeof LAYER_PROPERTIES)["mesh"]>;
export type PointsStyle = StyleOf<(typeof LAYER_PROPERTIES)["points"]>;
export type StreamlinesStyle = StyleOf<(typeof LAYER_PROPERTIES)["streamlines"]>;
export type VolumeStyle = StyleOf<(typeof LAYER_PROPERTIES)["volume"]>;
export type MoleculeStyle = StyleOf<(typeof LAYER_PROPERTIES)["molecule"]>;
