import type { Vec3 } from "../../geometry/coordinates.ts";
import type { Axis } from "./voxel-grid.ts";

/** What the volumes of a scene have in common. Each builder reads and updates it, in the order of the layers. */
export interface SharedSlices {
  /** Where the slices of all volumes are by default, world coordinates: the middle voxel of the first volume. */
  center?: Vec3;
  /** The slices of the first volume that shows slices; later ones show the same by default. */
  positions?: ReadonlyMap<Axis, number> | undefined;
  /** Slices of later volumes that are where those of the first one are. */
  followers?: Set<{ moveTo(positions: ReadonlyMap<Axis, number>): void }>;
  /** Whether a volume is translucent, so that later ones in the same planes are drawn after it. */
  isTranslucent: boolean;
}
