import {
  type Box3,
  BufferAttribute,
  BufferGeometry,
  type Camera,
  DataTexture,
  FloatType,
  LOD,
  Matrix4,
  Mesh,
  RedFormat,
  RGBAFormat,
  type ShaderMaterial,
  Sphere,
  Vector3,
  Vector4,
  type WebGLRenderer,
} from "three";
import type { PreparedVolume } from "../../loading/prepared-data.ts";
import { sliceVolume } from "../../native/volume-kernels.ts";
import { recolorSlice, sliceMaterial } from "./slice-material.ts";
import { cutVolume, type SlicePlane } from "./slice-plane.ts";
import type { VolumeColors } from "./volume-colors.ts";
import type { Axis, VoxelGrid } from "./voxel-grid.ts";

export interface SliceOptions {
  /** World coordinate of each slice to show. */
  readonly positions: ReadonlyMap<Axis, number>;
  /** Interpolate between voxels. */
  readonly linear: boolean;
  /** 0 to 1. */
  readonly opacity: number;
  /** Whether another volume in the same planes is translucent, so that this one is drawn after it. */
  readonly isTranslucent: boolean;
}

/**
 * Slices of a volume at constant x, y and z. Each is a textured rectangle that is resampled when it moves.
 *
 * Translucent slices that cross each other are divided where they do, and drawn back to front. It extends LOD because three.js calls
 * the `update` of such an object, and of no other, before it sorts.
 */
export class VolumeSlices extends LOD {
  readonly #volume: PreparedVolume;
  readonly #grid: VoxelGrid;
  #colors: VolumeColors;
  readonly #linear: boolean;
  readonly #slices: ReadonlyMap<Axis, Slice>;
  #positions: ReadonlyMap<Axis, number>;
  #step = 0;

  constructor(volume: PreparedVolume, grid: VoxelGrid, colors: VolumeColors, options: SliceOptions) {
    super();
    this.#volume = volume;
    this.#grid = grid;
    this.#colors = colors;
    this.#linear = options.linear;
    this.#positions = options.positions;
    const parameters = options.isTranslucent ? { transparent: true } : {};
    this.#slices = new Map(
      [...options.positions.keys()].map((axis) => {
        const slice = new Slice(sliceMaterial(colors, options, parameters), grid);
        return [axis, slice];
      }),
    );
    for (const { pieces } of this.#slices.values()) this.add(...pieces);
    this.#resample();
  }

  /** World coordinate of each slice. */
  get positions(): ReadonlyMap<Axis, number> {
    return this.#positions;
  }

  /** Whether a voxel of a slice is drawn. @param index of its first value in the array of the volume */
  isVisibleAt(index: number): boolean {
    const { scale, offset, labelNumbers, threshold, mirror, defines } = this.#colors;
    const texel = Float32Array.of(scale * Number(this.#volume.values[index] ?? Number.NaN) + offset);
    labelNumbers?.(texel);
    const [value = Number.NaN] = texel;
    if (labelNumbers !== undefined) return value >= 0 && (this.#volume.labels?.[value]?.color[3] ?? 1) > 0;
    if (!Number.isFinite(value) || "RGB" in defines) return Number.isFinite(value);
    const shown = "NEGATIVE" in defines && value < 0.5 * mirror ? mirror - value : value;
    return shown >= threshold[0] && shown <= threshold[1];
  }

  /** The axes of the slices. */
  get axes(): ReadonlySet<Axis> {
    return new Set(this.#slices.keys());
  }

  /** Moves slices. @param positions world coordinates; those of other slices, and of slices that are not shown, stay */
  moveTo(positions: ReadonlyMap<Axis, number>): void {
    const moved = [...this.#positions].map(([axis, at]) => [axis, positions.get(axis) ?? at] as const);
    const changed = moved.filter(([axis, at]) => at !== this.#positions.get(axis)).map(([axis]) => axis);
    this.#positions = new Map(moved);
    this.#resample(changed);
  }

  /** Shows other colors of the same shader. @param opacity 0 to 1 */
  recolor(colors: VolumeColors, opacity: number): void {
    const before = this.#colors;
    this.#colors = colors;
    for (const { material } of this.#slices.values()) recolorSlice(material, colors, opacity);
    before.table.dispose();
    if (colors.scale !== before.scale || colors.offset !== before.offset) this.#resample();
  }

  /** Shows a time step, from 0. */
  showStep(step: number): void {
    this.#step = step;
    this.#resample();
  }

  /** Orders the slices back to front, by the planes that divide them. */
  override update(camera: Camera): void {
    const [x = 0, y = 0] = [this.#positions.get(0), this.#positions.get(1)];
    const eye = new Vector3().setFromMatrixPosition(camera.matrixWorld);
    // The rays of an orthographic camera come from infinity.
    if ("isOrthographicCamera" in camera)
      eye.addScaledVector(
        new Vector3().setFromMatrixColumn(camera.matrixWorld, 2),
        1e6 * (this.#grid.box.getSize(new Vector3()).length() + eye.length()),
      );
    eye.applyMatrix4(new Matrix4().copy(this.matrixWorld).invert());
    for (const [axis, { material, pieces }] of this.#slices) {
      for (const piece of pieces) {
        const { center } = piece.userData as { center: Vector3 };
        const isNearX = center.x > x === eye.x > x;
        const isNearY = center.y > y === eye.y > y;
        const rank = axis === 0 ? 3 : (isNearX ? 4 : 0) + (axis === 1 ? 1 : isNearY ? 2 : 0);
        // Below 0: before other translucent objects, which slices would hide.
        piece.renderOrder = material.transparent ? rank - 8 : 0;
      }
    }
  }

  #resample(axes: Iterable<Axis> = this.#slices.keys()): void {
    const { values, dims, components } = this.#volume;
    const first = this.#step * dims[0] * dims[1] * dims[2] * components;
    const { scale, offset, labelNumbers } = this.#colors;
    const linear = this.#linear && labelNumbers === undefined;
    for (const axis of axes) {
      const slice = this.#slices.get(axis);
      const plane = cutVolume(this.#grid, axis, this.#positions.get(axis) ?? 0, linear);
      slice?.show(plane);
      if (slice === undefined || plane === undefined) continue;
      const texels = slice.texels(plane.sampling.width, plane.sampling.height, components);
      sliceVolume({ values, first, dims, components }, { ...plane.sampling, scale, offset, linear }, texels);
      labelNumbers?.(texels);
    }
    // The lines at which slices cross have moved, too.
    for (const { plane, material, pieces } of this.#slices.values()) {
      if (plane === undefined) continue;
      const divisions = material.transparent
        ? [this.#positions.get(plane.u), this.#positions.get(plane.v)]
        : [];
      const [us, vs] = [0, 1].map((i) => intervals(plane.min[i] ?? 0, plane.max[i] ?? 0, divisions[i]));
      for (const [i, piece] of pieces.entries()) {
        const [u, v] = [us?.[i & 1], vs?.[i >> 1]];
        piece.visible = u !== undefined && v !== undefined;
        if (u !== undefined && v !== undefined) placeRectangle(piece, plane, u, v);
      }
    }
  }
}

type Interval = readonly [from: number, to: number];

/** Divides an interval at a place, if it is inside. */
function intervals(min: number, max: number, at: number | undefined): Interval[] {
  return at !== undefined && min < at && at < max
    ? [
        [min, at],
        [at, max],
      ]
    : [[min, max]];
}

/** One slice: its texture, its material, and the four rectangles into which two other slices can divide it. */
class Slice {
  readonly material: ShaderMaterial;
  readonly pieces: readonly Mesh[];
  /** Undefined if the slice does not meet the volume. */
  plane: SlicePlane | undefined;
  #texture: DataTexture | undefined;

  constructor(material: ShaderMaterial, grid: VoxelGrid) {
    this.material = material;
    this.pieces = [0, 1, 2, 3].map(() => new SlicePiece(this, grid));
  }

  show(plane: SlicePlane | undefined): void {
    this.plane = plane;
    if (plane === undefined) for (const piece of this.pieces) piece.visible = false;
  }

  /** The texels of the texture, which is uploaded before the next frame. */
  texels(width: number, height: number, components: number): Float32Array {
    let texture = this.#texture;
    if (texture === undefined || texture.image.width !== width || texture.image.height !== height) {
      texture?.dispose();
      const channels = components === 1 ? 1 : 4;
      const format = components === 1 ? RedFormat : RGBAFormat;
      texture = new DataTexture(
        new Float32Array(channels * width * height),
        width,
        height,
        format,
        FloatType,
      );
      this.#texture = texture;
      Object.assign(this.material.uniforms.values ?? {}, { value: texture });
    }
    texture.needsUpdate = true;
    return texture.image.data as Float32Array;
  }

  dispose(): void {
    this.#texture?.dispose();
    this.#texture = undefined;
    const { colors } = this.material.uniforms;
    (colors?.value as DataTexture | undefined)?.dispose();
  }
}

/** A part of a slice. */
export class SlicePiece extends Mesh<BufferGeometry, ShaderMaterial> {
  readonly #slice: Slice;
  readonly #viewport = new Vector4();

  constructor(slice: Slice, grid: VoxelGrid) {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(18), 3));
    geometry.setAttribute("uv", new BufferAttribute(new Float32Array(12), 2));
    // The bounds are those of the whole volume, so that the camera does not depend on the slices.
    geometry.boundingBox = grid.box.clone() as Box3;
    geometry.boundingSphere = grid.box.getBoundingSphere(new Sphere());
    const corners = new Float32Array(grid.corners.flatMap((corner) => corner.toArray()));
    geometry.userData.outline = new BufferAttribute(corners, 3);
    super(geometry, slice.material);
    this.#slice = slice;
    this.userData = { center: new Vector3(), isVolume: true };
  }

  override onBeforeRender(renderer: WebGLRenderer, _scene: unknown, camera: Camera): void {
    const { plane, material } = this.#slice;
    if (plane === undefined) return;
    const { uniforms } = material;
    renderer.getCurrentViewport(this.#viewport);
    Object.assign(uniforms.viewport ?? {}, { value: this.#viewport });
    Object.assign(uniforms.depthPlane ?? {}, { value: depthOf(plane, this, camera) });
    Object.assign(uniforms.opacity ?? {}, { value: material.opacity });
    material.uniformsNeedUpdate = true;
  }

  override dispose(): void {
    this.#slice.dispose();
  }
}

/**
 * Computes the depth of a plane in normalized device coordinates: a x + b y + c. The plane n of homogeneous world points p with n p = 0
 * is the plane M^-T n in clip coordinates, in which w is 1 after the division.
 */
function depthOf({ axis, position }: SlicePlane, object: Mesh, camera: Camera): Vector3 {
  const toClip = new Matrix4()
    .multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse)
    .multiply(object.matrixWorld);
  const { x, y, z, w } = new Vector4(0, 0, 0, -position)
    .setComponent(axis, 1)
    .applyMatrix4(toClip.invert().transpose());
  return new Vector3(-x / z, -y / z, -w / z);
}

/** Sets the corners of a rectangle in a plane, and their texture coordinates. */
function placeRectangle(
  { geometry, userData }: Mesh,
  plane: SlicePlane,
  [u0, u1]: Interval,
  [v0, v1]: Interval,
): void {
  const { axis, position, u, v, min, max } = plane;
  const positions = geometry.getAttribute("position") as BufferAttribute;
  const uvs = geometry.getAttribute("uv") as BufferAttribute;
  const corners = [
    [u0, v0],
    [u1, v0],
    [u1, v1],
    [u0, v0],
    [u1, v1],
    [u0, v1],
  ] as const;
  for (const [i, [atU, atV]] of corners.entries()) {
    positions.setComponent(i, axis, position);
    positions.setComponent(i, u, atU);
    positions.setComponent(i, v, atV);
    uvs.setXY(i, (atU - min[0]) / (max[0] - min[0]), (atV - min[1]) / (max[1] - min[1]));
  }
  positions.needsUpdate = true;
  uvs.needsUpdate = true;
  const { center } = userData as { center: Vector3 };
  center
    .setComponent(axis, position)
    .setComponent(u, (u0 + u1) / 2)
    .setComponent(v, (v0 + v1) / 2);
}
