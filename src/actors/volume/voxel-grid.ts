import { Box3, Matrix4, Vector3 } from "three";
import { DataError } from "../../formats/load-error.ts";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";

export type Axis = 0 | 1 | 2;
export const AXES: readonly Axis[] = [0, 1, 2];

/** Maximum distance, in voxels, by which a voxel of an axis-aligned grid may be off its place. */
const ALIGNMENT_TOLERANCE = 0.01;

/** The voxels of a volume in the world. Integer voxel coordinates are centres; edges are half a voxel outside. */
export class VoxelGrid {
  readonly dims: readonly [number, number, number];
  readonly toWorld: Matrix4;
  readonly toVoxel: Matrix4;
  /** The corners of the volume, world coordinates. */
  readonly corners: readonly Vector3[];
  /** Bounding box of the corners. */
  readonly box: Box3;
  /** Lengths of a voxel's sides, world units. */
  readonly spacing: readonly [number, number, number];
  /** The voxel axis that is most parallel to each world axis. */
  readonly voxelAxes: readonly [Axis, Axis, Axis];
  /** Whether all voxel axes are parallel to world axes. */
  readonly isAligned: boolean;

  /**
   * @param affine row-major 4x4 matrix from voxel to world coordinates
   * @throws DataError if it cannot be inverted, or coordinates are too large for float32
   */
  constructor(dims: readonly [number, number, number], affine: readonly number[]) {
    this.dims = dims;
    this.toWorld = new Matrix4().fromArray([...affine]).transpose();
    this.toVoxel = this.toWorld.clone().invert();
    const determinant = this.toWorld.determinant();
    if (affine.length !== 16 || !Number.isFinite(determinant) || determinant === 0)
      throw new DataError("its affine matrix cannot be inverted: its voxels have no volume");
    const column = (axis: Axis): Vector3 => new Vector3().setFromMatrixColumn(this.toWorld, axis);
    this.spacing = [column(0).length(), column(1).length(), column(2).length()];
    const [i, j, k] = dims;
    this.corners = [-0.5, i - 0.5].flatMap((x) =>
      [-0.5, j - 0.5].flatMap((y) =>
        [-0.5, k - 0.5].map((z) => new Vector3(x, y, z).applyMatrix4(this.toWorld)),
      ),
    );
    this.box = new Box3().setFromPoints([...this.corners]);
    if (Math.max(...this.box.min.toArray().concat(this.box.max.toArray()).map(Math.abs)) > MAX_COORDINATE)
      throw new DataError(`its affine matrix places voxels at coordinates above ${MAX_COORDINATE}`);
    this.voxelAxes = closestAxes(AXES.map((axis) => column(axis).normalize()));
    const { voxelAxes } = this;
    this.isAligned = AXES.every((axis) =>
      AXES.every((other) => {
        const drift = Math.abs(column(axis).getComponent(other)) * dims[axis];
        return voxelAxes[other] === axis || drift <= ALIGNMENT_TOLERANCE * this.spacing[voxelAxes[other]];
      }),
    );
  }

  /**
   * Centre of the middle voxel, world coordinates. Of two in the middle, that with the larger world coordinate, so that it does not
   * depend on the order in which a file stores its voxels.
   */
  get center(): Vector3 {
    const middle = new Vector3();
    for (const [world, axis] of this.voxelAxes.entries()) {
      const isForward = (this.toWorld.elements[4 * axis + world] ?? 0) > 0;
      const half = (this.dims[axis] - 1) / 2;
      middle.setComponent(axis, isForward ? Math.ceil(half) : Math.floor(half));
    }
    return middle.applyMatrix4(this.toWorld);
  }

  /** Coordinate along a world axis of the centre of a voxel layer, in the middle of the layer. */
  worldOf(axis: Axis, voxel: number): number {
    const [i, j, k] = this.dims;
    const point = new Vector3(i - 1, j - 1, k - 1).divideScalar(2);
    return point.setComponent(this.voxelAxes[axis], voxel).applyMatrix4(this.toWorld).getComponent(axis);
  }
}

/** Assigns a voxel axis to each world axis, such that the sum of their cosines is maximal. */
function closestAxes(directions: readonly Vector3[]): [Axis, Axis, Axis] {
  const orders: [Axis, Axis, Axis][] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const fit = (order: readonly Axis[]): number =>
    order.reduce<number>((sum, axis, world) => sum + Math.abs(directions[axis]?.getComponent(world) ?? 0), 0);
  return orders.reduce((best, order) => (fit(order) > fit(best) ? order : best));
}
