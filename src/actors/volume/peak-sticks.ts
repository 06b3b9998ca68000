import { BufferAttribute, BufferGeometry, LineBasicMaterial, LineSegments, Sphere, Vector3 } from "three";
import { DataError } from "../../formats/load-error.ts";
import { linearFromSrgb } from "../../formats/srgb.ts";
import type { PreparedVolume } from "../../loading/prepared-data.ts";
import { cutVolume } from "./slice-plane.ts";
import type { Axis, VoxelGrid } from "./voxel-grid.ts";

/** Length of the longest sticks, in the shortest side of a voxel. */
const LENGTH = 0.9;

/** Shift of sticks towards the camera, in the shortest side of a voxel: a slice in the same plane would hide half of each. */
const SHIFT = 0.5;

/**
 * Sticks for the vectors of the voxels in slices: main directions of diffusion (V1), or the peaks of fiber orientations. Colors are the
 * absolute values of the direction: red is left to right, green is back to front, blue is bottom to top.
 */
export class PeakSticks extends LineSegments<BufferGeometry, LineBasicMaterial> {
  /** How far towards the camera the sticks are drawn, world units. */
  readonly shift: number;
  readonly #volume: PreparedVolume;
  readonly #grid: VoxelGrid;
  /** Number of vectors per voxel. */
  readonly #peaks: number;
  #positions: ReadonlyMap<Axis, number>;

  /**
   * @param volume three values per voxel and vector: as components, or as successive time steps
   * @throws DataError for another number of values
   */
  constructor(
    volume: PreparedVolume,
    grid: VoxelGrid,
    positions: ReadonlyMap<Axis, number>,
    { opacity }: { readonly opacity: number },
  ) {
    const { components, frames } = volume;
    if (components * frames === 0 || (components !== 3 && (components !== 1 || frames % 3 !== 0))) {
      const has = components * frames === 1 ? "one value" : `${components * frames} values`;
      throw new DataError(`peaks need three values per voxel for each vector; this volume has ${has}`);
    }
    const shift = SHIFT * Math.min(...grid.spacing);
    super(new BufferGeometry(), stickMaterial(shift, opacity));
    this.shift = shift;
    this.#volume = volume;
    this.#grid = grid;
    this.#peaks = (components * frames) / 3;
    this.#positions = positions;
    this.geometry.boundingBox = grid.box.clone();
    this.geometry.boundingSphere = grid.box.getBoundingSphere(new Sphere());
    const corners = grid.corners.flatMap((corner) => corner.toArray());
    this.geometry.userData.outline = new BufferAttribute(new Float32Array(corners), 3);
    this.userData.isVolume = true;
    this.#fill();
  }

  get positions(): ReadonlyMap<Axis, number> {
    return this.#positions;
  }

  /** Shows the sticks of other slices. @param positions world coordinates; those of other slices stay */
  moveTo(positions: ReadonlyMap<Axis, number>): void {
    this.#positions = new Map([...this.#positions].map(([axis, at]) => [axis, positions.get(axis) ?? at]));
    this.#fill();
  }

  #fill(): void {
    const [points, colors]: [number[], number[]] = [[], []];
    const { range } = this.#volume.statistics;
    const longest = Math.max(Math.abs(range[0]), Math.abs(range[1])) || 1;
    const reach = (LENGTH / 2) * Math.min(...this.#grid.spacing);
    const center = new Vector3();
    for (const voxel of this.#voxels()) {
      const [i, j] = this.#volume.dims;
      center
        .set(voxel % i, Math.floor(voxel / i) % j, Math.floor(voxel / (i * j)))
        .applyMatrix4(this.#grid.toWorld);
      for (let peak = 0; peak < this.#peaks; peak += 1) {
        const vector = this.#vector(voxel, peak);
        const length = vector.length();
        if (!(length > 0 && Number.isFinite(length))) continue;
        const half = vector.clone().multiplyScalar((reach * Math.min(1, length / longest)) / length);
        points.push(...center.clone().sub(half), ...center.clone().add(half));
        const color = vector.toArray().map((part) => linearFromSrgb(Math.abs(part) / length));
        colors.push(...color, ...color);
      }
    }
    this.geometry.dispose();
    this.geometry.setAttribute("position", new BufferAttribute(new Float32Array(points), 3));
    this.geometry.setAttribute("color", new BufferAttribute(new Float32Array(colors), 3));
  }

  /** The voxels that the slices cross, each once. */
  #voxels(): Set<number> {
    const voxels = new Set<number>();
    const { dims } = this.#volume;
    for (const [axis, position] of this.#positions) {
      const plane = cutVolume(this.#grid, axis, position, true);
      if (plane === undefined) continue;
      const { width, height, origin, alongS, alongT } = plane.sampling;
      for (let t = 0; t < height; t += 1) {
        for (let s = 0; s < width; s += 1) {
          let voxel = 0;
          for (let a = 2; a >= 0; a -= 1) {
            const size = dims[a] ?? 1;
            const at = Math.floor((origin[a] ?? 0) + s * (alongS[a] ?? 0) + t * (alongT[a] ?? 0) + 0.5);
            voxel = at >= 0 && at < size ? voxel * size + at : Number.NaN;
          }
          if (voxel >= 0) voxels.add(voxel);
        }
      }
    }
    return voxels;
  }

  /** The vectors of a voxel; those without a direction are 0, 0, 0. */
  vectorsAt([i, j, k]: readonly [number, number, number]): Vector3[] {
    const [width, height] = this.#volume.dims;
    const voxel = (k * height + j) * width + i;
    return Array.from({ length: this.#peaks }, (_, peak) => this.#vector(voxel, peak));
  }

  #vector(voxel: number, peak: number): Vector3 {
    const { values, components, dims, slope, intercept } = this.#volume;
    const volume = dims[0] * dims[1] * dims[2];
    const [x = 0, y = 0, z = 0] = [0, 1, 2].map((c) => {
      const index = components === 3 ? (peak * volume + voxel) * 3 + c : (3 * peak + c) * volume + voxel;
      return slope * (values[index] ?? 0) + intercept;
    });
    return new Vector3(x, y, z);
  }
}

function stickMaterial(shift: number, opacity: number): LineBasicMaterial {
  const material = new LineBasicMaterial({ vertexColors: true, opacity, transparent: opacity < 1 });
  material.onBeforeCompile = (shader) => {
    shader.uniforms.shift = { value: shift };
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", "#include <common>\nuniform float shift;")
      .replace(
        "#include <project_vertex>",
        `#include <project_vertex>
        mvPosition.z += shift;
        float depth = (projectionMatrix * mvPosition).z / (projectionMatrix * mvPosition).w;
        gl_Position.z = depth * gl_Position.w;`,
      );
  };
  material.customProgramCacheKey = () => "scenecast peaks";
  return material;
}
