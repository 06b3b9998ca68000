import { Group } from "three";
import { changedKeys } from "../../layers/changed-keys.ts";
import type { LayerStyle } from "../../layers/layer.ts";
import type { MoleculeStyle } from "../../layers/layer-properties.ts";
import { framePositions, stepCount } from "../../loading/molecule/frame-positions.ts";
import { moleculeMesh } from "../../loading/molecule/molecule-mesh.ts";
import { prepareData } from "../../loading/prepare-data.ts";
import type { PreparedMolecule } from "../../loading/prepared-data.ts";
import type { Actor, Legend } from "../actor.ts";
import { disposeObject } from "../dispose-object.ts";
import { setLayerOrder } from "../layer-order.ts";
import { type BuildOptions, buildMesh } from "../mesh.ts";
import { atomFacts } from "../picking/atom-facts.ts";

/** Builds a molecule. Its models, or the frames of its trajectories, are time steps. */
export function buildMolecule(
  molecule: PreparedMolecule,
  style: MoleculeStyle,
  options: BuildOptions,
): Actor {
  const object = new Group();
  let current = style;
  let shown: Actor | undefined;
  const build = (mesh: PreparedMolecule["mesh"]): void => {
    disposeObject(object);
    object.clear();
    shown = buildMesh(mesh, { opacity: current.opacity, color: current.color }, options);
    setLayerOrder(shown.object, object.renderOrder);
    object.add(shown.object);
  };
  const update = (next: LayerStyle): boolean => {
    const isLive = changedKeys(current, next).every((key) => key === "opacity" || key === "color");
    const { opacity, color }: MoleculeStyle = next;
    if (!isLive || !shown?.update?.({ opacity, color })) return false;
    current = next;
    return true;
  };
  build(molecule.mesh);
  const { scale } = molecule;
  const factors: Legend | undefined = scale && {
    ...{ title: "B factor", unit: "Å²", range: scale.range, colormap: scale.colormap },
  };
  const count = stepCount(molecule);
  let wanted = 0;
  const show = async (step: number): Promise<void> => {
    if (step === wanted) return;
    wanted = step;
    const positions = await framePositions(molecule, step);
    // Latest wins: a step that was left before it was read is skipped.
    if (step !== wanted) return;
    const { mesh } = moleculeMesh(molecule, style, positions);
    const prepared = prepareData(mesh, { path: "", format: "", drafts: true }, () => {});
    if (prepared.kind === "mesh") build(prepared);
  };
  const [seconds, ...others] = molecule.trajectories?.map((trajectory) => trajectory.seconds) ?? [];
  const time = { count, show, seconds: others.length === 0 ? seconds : undefined };
  return {
    ...{ object, animations: [], unit: "Å", time: count > 1 ? time : undefined, update },
    get legend() {
      return current.color === undefined ? factors : undefined;
    },
    pick(query, hit) {
      const found = shown?.pick?.(query, hit);
      return found && { ...found, facts: atomFacts(molecule, found.facts) };
    },
  };
}
