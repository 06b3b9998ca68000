import type { Object3D } from "three";
import type { DataArray } from "../../formats/data-kinds.ts";
import type { PreparedSurface, PreparedVertices } from "../../loading/prepared-data.ts";
import type { PickFact } from "../../protocol/pick.ts";
import { SplattedPoints } from "../splatted-points.ts";
import { arrayFacts, keptArrays } from "./array-facts.ts";
import type { ObjectHit, PickElement, PickedElement } from "./pick-query.ts";

/** What is kept of a part of a mesh to describe its elements. */
interface ElementArrays {
  readonly points: readonly DataArray[] | undefined;
  readonly cells: readonly DataArray[] | undefined;
  /** The cell of each triangle or segment; undefined: each is a cell. */
  readonly cellOf: Uint32Array | undefined;
  /** The vertices of the file that the last ones of the part are copies of. */
  readonly sources: Uint32Array | undefined;
  /** Number of vertices, with the copies. */
  readonly vertices: number;
  /** What the elements are called. */
  readonly cellName: "cell" | "face" | "line" | undefined;
}

/** Describes the elements of the meshes, lines and points of one actor. */
export class MeshPicker {
  readonly #parts = new Map<Object3D, ElementArrays>();

  addSurface(object: Object3D, { positions, arrays, cellArrays, cells, sources }: PreparedSurface): void {
    this.#parts.set(object, {
      points: keptArrays(arrays),
      cells: keptArrays(cellArrays),
      cellOf: cells,
      sources,
      vertices: positions.length / 3,
      cellName: cells === undefined && cellArrays === undefined ? "face" : "cell",
    });
  }

  /** @param cells undefined for points */
  addVertices(
    object: Object3D,
    { positions, arrays }: PreparedVertices,
    cells?: {
      readonly cellArrays?: readonly DataArray[] | undefined;
      readonly cells?: Uint32Array | undefined;
    },
  ): void {
    this.#parts.set(object, {
      points: keptArrays(arrays),
      cells: keptArrays(cells?.cellArrays),
      cellOf: cells?.cells,
      sources: undefined,
      vertices: positions.length / 3,
      cellName: cells && "line",
    });
  }

  readonly pick: PickElement = (query, hit) => {
    let best: PickedElement | undefined = hit && {
      distance: hit.distance,
      point: hit.point,
      facts: this.#factsOf(hit),
    };
    for (const [object, part] of this.#parts) {
      if (!(object instanceof SplattedPoints) || !isShown(object)) continue;
      const found = object.elementAt(query);
      if (found === undefined || (best !== undefined && best.distance <= found.distance)) continue;
      const number = object.numberOf(found.element);
      const facts = [{ name: "point", value: number }, ...arrayFacts(part.points, number)];
      best = { distance: found.distance, point: object.positionOf(found.element), facts };
    }
    return best;
  };

  #factsOf({ object, triangle, vertex, segment }: ObjectHit): PickFact[] {
    let owner: Object3D | null = object;
    while (owner !== null && !this.#parts.has(owner)) owner = owner.parent;
    const part = owner === null ? undefined : this.#parts.get(owner);
    if (part === undefined) return [];
    const facts: PickFact[] = [];
    const element = triangle ?? segment;
    // The triangles of a large mesh are sorted.
    const isSorted = "geometry" in object && isChunk(object.geometry) && part.cells === undefined;
    const cell =
      element === undefined
        ? undefined
        : part.cellOf === undefined
          ? isSorted
            ? undefined
            : element
          : part.cellOf[element];
    if (cell !== undefined && part.cellName !== undefined) facts.push({ name: part.cellName, value: cell });
    // Vertices of lines may have been copied.
    const isKnown = vertex !== undefined && (segment === undefined || part.points !== undefined);
    const ofFile = isKnown ? vertexOfFile(part, vertex) : undefined;
    if (ofFile !== undefined)
      facts.push({
        name: segment === undefined && triangle === undefined ? "point" : "vertex",
        value: ofFile,
      });
    if (cell !== undefined) facts.push(...arrayFacts(part.cells, cell));
    if (ofFile !== undefined) facts.push(...arrayFacts(part.points, ofFile));
    return facts;
  }
}

function isShown(object: Object3D): boolean {
  return object.visible && (object.parent === null || isShown(object.parent));
}

function isChunk(geometry: unknown): boolean {
  return (geometry as { userData?: { isChunk?: boolean } } | undefined)?.userData?.isChunk === true;
}

function vertexOfFile({ sources, vertices }: ElementArrays, vertex: number): number {
  const copy = vertex - (vertices - (sources?.length ?? 0));
  return copy < 0 ? vertex : (sources?.[copy] ?? vertex);
}
