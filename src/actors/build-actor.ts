import type { FormatId } from "../formats/registry.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type {
  MeshStyle,
  MoleculeStyle,
  PointsStyle,
  StreamlinesStyle,
  VolumeStyle,
} from "../layers/layer-properties.ts";
import type { PreparedData } from "../loading/prepared-data.ts";
import type { Actor } from "./actor.ts";
import { type BuildOptions, buildMesh, buildPoints } from "./mesh.ts";

/** Imports the code for a file while it is read. */
export function preloadActor(format: FormatId): void {
  if (format === "gltf" || format === "glb") void import("./gltf/gltf-scene.ts");
}

/**
 * @param style checked by `checkStyle`
 * @throws DataError if the data is damaged, or does not have what the style requests
 */
export async function buildActor(
  data: PreparedData,
  style: LayerStyle = {},
  options: BuildOptions = {},
): Promise<Actor> {
  switch (data.kind) {
    case "mesh":
      return buildMesh(data, style as MeshStyle, options);
    case "points":
      return buildPoints(data, style as PointsStyle, options);
    case "streamlines":
      return (await import("./streamlines/streamlines.ts")).buildStreamlines(
        data,
        style as StreamlinesStyle,
        options,
      );
    case "volume":
      return (await import("./volume/volume.ts")).buildVolume(data, style as VolumeStyle, options.slices);
    case "molecule":
      return (await import("./molecule/molecule.ts")).buildMolecule(data, style as MoleculeStyle, options);
    case "gltf":
      return (await import("./gltf/gltf-scene.ts")).buildGltfScene(data);
  }
}
