import { DataError } from "../../formats/load-error.ts";
import type { MoleculeStyle } from "../../layers/layer-properties.ts";
import type { PreparedMolecule } from "../../loading/prepare-data.ts";
import type { Actor } from "../actor.ts";

export function buildMolecule(_molecule: PreparedMolecule, _style: MoleculeStyle): Actor {
  throw new DataError("molecules cannot be shown yet");
}
