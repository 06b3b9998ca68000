import { Group } from "three";
import type { MoleculeStyle } from "../../layers/layer-properties.ts";
import { moleculeMesh } from "../../loading/molecule/molecule-mesh.ts";
import type { PreparedMolecule } from "../../loading/prepare-data.ts";
import { prepareData } from "../../loading/prepare-data.ts";
import type { Actor, Legend } from "../actor.ts";
import { type BuildOptions, buildMesh } from "../mesh.ts";

/** Builds a molecule. Its models are time steps. */
export function buildMolecule(
  molecule: PreparedMolecule,
  style: MoleculeStyle,
  options: BuildOptions,
): Actor {
  const object = new Group();
  const meshStyle = { opacity: style.opacity, color: style.color };
  const build = (mesh: PreparedMolecule["mesh"]): void => {
    object.clear();
    object.add(buildMesh(mesh, meshStyle, options).object);
  };
  build(molecule.mesh);
  const { scale } = molecule;
  const legend: Legend | undefined =
    scale && style.color === undefined ? { title: "B factor", unit: "Å²", ...scale } : undefined;
  const count = molecule.models.length + 1;
  let shown = 0;
  const show = async (step: number): Promise<void> => {
    if (step === shown) return;
    shown = step;
    const { mesh } = moleculeMesh(molecule, style, step);
    const prepared = prepareData(mesh, { path: "", format: "", drafts: true }, () => {});
    if (prepared.kind === "mesh") build(prepared);
  };
  return { object, animations: [], legend, time: count > 1 ? { count, show } : undefined };
}
