import { DataError } from "../../formats/load-error.ts";
import type { VolumeStyle } from "../../layers/layer-properties.ts";
import type { PreparedVolume } from "../../loading/prepare-data.ts";
import type { Actor } from "../actor.ts";

export function buildVolume(_volume: PreparedVolume, _style: VolumeStyle): Actor {
  throw new DataError("volumes cannot be shown yet");
}
