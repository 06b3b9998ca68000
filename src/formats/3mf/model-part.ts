import { FileSource } from "../file-source.ts";
import { GrowingArray } from "../growing-array.ts";
import { DataError, quote } from "../load-error.ts";
import { XmlReader, type XmlStartTag } from "../xml/xml-reader.ts";
import { readEmptyElements } from "./mesh-tags.ts";

/** 4 x 3 matrix, row by row, that row vectors are multiplied by (3MF core specification, section 3.3). */
export type Transform = readonly number[];

/** A reference to an object, in another part of the file if it has a path. */
export interface Component {
  readonly object: string;
  readonly path: string | undefined;
  readonly transform: Transform | undefined;
}

export interface ModelObject {
  readonly positions: Float64Array;
  /** Three vertices per triangle. */
  readonly corners: Float64Array;
  /** For each triangle: property group, and property of each corner; NaN where it is not given. */
  readonly properties: Float64Array;
  /** Property group and property of the object. */
  readonly group: number;
  readonly property: number;
  readonly components: readonly Component[];
}

/** A model part: the objects by id, what is built of them, and the colors by property group. */
export interface ModelPart {
  readonly objects: ReadonlyMap<string, ModelObject>;
  readonly items: readonly Component[];
  /** sRGB, "#RRGGBB" or "#RRGGBBAA". */
  readonly colors: ReadonlyMap<number, readonly string[]>;
  readonly warnings: readonly string[];
}

/** Elements that are not shown, with what they are. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["texture2dgroup", "textures"],
  ["beamlattice", "beam lattices"],
  ["slicestack", "slices"],
  ["multiproperties", "mixed properties"],
  ["compositematerials", "mixed materials"],
]);

/**
 * Parses a model part of a 3MF file.
 *
 * @throws DataError
 */
export async function parseModelPart(bytes: Uint8Array): Promise<ModelPart> {
  const source = FileSource.ofBytes(bytes);
  const reader = new XmlReader(source);
  const objects = new Map<string, ModelObject>();
  const items: Component[] = [];
  const colors = new Map<number, string[]>();
  const ignored = new Set<string>();
  let group: string[] = [];
  let object = new ObjectBuilder("", new Map());
  for (let tag = await reader.next(); tag !== undefined; tag = await reader.next()) {
    const name = localName(tag.name);
    if (tag.type === "end") {
      if (name === "object") objects.set(object.id, object.finish());
      continue;
    }
    const { attributes } = tag;
    const unsupported = UNSUPPORTED.get(name);
    if (unsupported !== undefined) ignored.add(unsupported);
    if (name === "basematerials" || name === "colorgroup") {
      group = [];
      colors.set(Number(attributes.get("id")), group);
    } else if (name === "base") group.push(attributes.get("displaycolor") ?? "");
    else if (name === "color") group.push(attributes.get("color") ?? "");
    else if (name === "object") object = new ObjectBuilder(attributes.get("id") ?? "", attributes);
    else if (name === "item") items.push(componentOf(tag));
    else if (name === "component") object.components.push(componentOf(tag));
    else if (name === "vertices")
      await readEmptyElements(source, "vertex", ["x", "y", "z"], object.addVertex);
    else if (name === "triangles") await readEmptyElements(source, "triangle", TRIANGLE, object.addTriangle);
    else if (name === "vertex")
      object.addVertex(["x", "y", "z"].map((axis) => numberOf(attributes.get(axis))));
    else if (name === "triangle") object.addTriangle(TRIANGLE.map((key) => numberOf(attributes.get(key))));
  }
  if (reader.depth > 0) throw new DataError("a model in it is cut off");
  return { objects, items, colors, warnings: Array.from(ignored, (what) => `its ${what} are not shown`) };
}

const TRIANGLE = ["v1", "v2", "v3", "pid", "p1", "p2", "p3"];

class ObjectBuilder {
  readonly id: string;
  readonly components: Component[] = [];
  readonly #group: number;
  readonly #property: number;
  readonly #positions = new GrowingArray(new Float64Array(64));
  readonly #corners = new GrowingArray(new Float64Array(64));
  readonly #properties = new GrowingArray(new Float64Array(64));

  constructor(id: string, attributes: ReadonlyMap<string, string>) {
    this.id = id;
    this.#group = numberOf(attributes.get("pid"));
    this.#property = numberOf(attributes.get("pindex"));
  }

  readonly addVertex = (values: readonly number[]): void => {
    for (const value of values) this.#positions.push(value);
  };

  readonly addTriangle = ([a = 0, b = 0, c = 0, group = 0, ...properties]: readonly number[]): void => {
    for (const corner of [a, b, c]) this.#corners.push(corner);
    const [first = Number.NaN, second = first, third = first] = properties;
    for (const value of [group, first, orElse(second, first), orElse(third, first)])
      this.#properties.push(value);
  };

  finish(): ModelObject {
    return {
      positions: this.#positions.values,
      corners: this.#corners.values,
      properties: this.#properties.values,
      group: this.#group,
      property: this.#property,
      components: this.components,
    };
  }
}

function orElse(value: number, other: number): number {
  return Number.isNaN(value) ? other : value;
}

function componentOf({ attributes }: XmlStartTag): Component {
  const transform = attributes.get("transform")?.trim().split(/\s+/).map(Number);
  if (transform !== undefined && !(transform.length === 12 && transform.every(Number.isFinite))) {
    throw new DataError(`${quote(attributes.get("transform") ?? "")} is not a transformation of 12 numbers`);
  }
  // The production extension has a namespace with any prefix.
  const path = [...attributes].find(([name]) => localName(name) === "path")?.[1];
  return { object: attributes.get("objectid") ?? "", path, transform };
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function numberOf(text: string | undefined): number {
  return text === undefined || text === "" ? Number.NaN : Number(text);
}
