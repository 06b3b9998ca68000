/** A texture reference of a material, with the options that affect rendering. */
export interface MtlTexture {
  /** File name, unchanged from the library. */
  readonly name: string;
  /** `-clamp on`: the texture does not repeat. */
  readonly clamp: boolean;
  /** `-o`: added to the texture coordinates. */
  readonly offset: readonly [number, number];
  /** `-s`: multiplies the texture coordinates. */
  readonly scale: readonly [number, number];
  /** `-bm`: the height of bumps. */
  readonly bump: number;
}

export type MtlColor = readonly [number, number, number];

/** The properties of an MTL material that affect rendering; undefined if the library does not set them. */
export interface MtlMaterial {
  readonly name: string;
  /** sRGB, 0 to 1. */
  diffuse?: MtlColor;
  specular?: MtlColor;
  emissive?: MtlColor;
  shininess?: number;
  /** The illumination model; 0 and 1 have no highlights. */
  illumination?: number;
  /** 0 is invisible, 1 opaque. */
  opacity?: number;
  diffuseMap?: MtlTexture;
  specularMap?: MtlTexture;
  emissiveMap?: MtlTexture;
  normalMap?: MtlTexture;
  bumpMap?: MtlTexture;
  opacityMap?: MtlTexture;
}

const COLORS = { kd: "diffuse", ks: "specular", ke: "emissive" } as const;
const MAPS = {
  map_kd: "diffuseMap",
  map_ks: "specularMap",
  map_ke: "emissiveMap",
  norm: "normalMap",
  map_bump: "bumpMap",
  bump: "bumpMap",
  map_d: "opacityMap",
} as const;

/** Maximum number of values of each texture option. */
const OPTION_VALUES: Readonly<Record<string, number>> = {
  blendu: 1,
  blendv: 1,
  bm: 1,
  boost: 1,
  cc: 1,
  clamp: 1,
  imfchan: 1,
  mm: 2,
  o: 3,
  s: 3,
  t: 3,
  texres: 1,
  type: 1,
};

/** Maximum length of a texture statement: Linux's PATH_MAX for the file name, and as much again for options. */
const MAX_TEXTURE_LINE = 8192;
const MAX_OPTIONS = 32;

/**
 * Parses a Wavefront MTL library. If several materials have the same name, the last one is used; if several textures
 * are set for the same property, the first one.
 *
 * `Tr` is 1 - `d` in the specification, but the opacity itself in files of MeshLab (to 2023), openMVS, Jmol and others.
 * By the specification, a material with `Tr 1` and no `d` would be invisible. If a library has one, all its `Tr` values are
 * read as opacity.
 */
export function parseMtl(text: string): Map<string, MtlMaterial> {
  const materials = new Map<string, MtlMaterial>();
  const transparencies = new Map<MtlMaterial, number>();
  let material: MtlMaterial | undefined;
  for (const raw of text.replace(/\\[ \t]*(?:\r\n|\r|\n)/g, " ").split(/\r\n|\r|\n/)) {
    const line = raw.replaceAll("\0", " ").trim();
    const keyword = /^[^\s#]+/.exec(line)?.[0] ?? "";
    const value = line.slice(keyword.length).trim();
    const key = keyword.toLowerCase();
    if (key === "newmtl") {
      material = { name: value };
      materials.set(value, material);
    } else if (material !== undefined && value !== "") {
      if (key === "tr") {
        const transparency = parseNumber(value);
        if (transparency !== undefined) transparencies.set(material, transparency);
      } else setProperty(material, key, value);
    }
  }
  const ambiguous = [...transparencies].filter(([{ opacity }]) => opacity === undefined);
  const trIsOpacity = ambiguous.some(([, transparency]) => transparency >= 1);
  for (const [ambiguousMaterial, transparency] of ambiguous) {
    ambiguousMaterial.opacity = trIsOpacity && transparency > 0 ? transparency : 1 - transparency;
  }
  return materials;
}

/**
 * Removes a trailing comment from a name. Names can contain # themselves ("Material #25", by 3ds Max), so callers look up
 * the whole name first.
 */
export function stripComment(name: string): string {
  for (let offset = name.indexOf("#"); offset >= 0; offset = name.indexOf("#", offset + 1)) {
    if (offset > 0 && /\s/.test(name[offset - 1] ?? "")) return name.slice(0, offset).trim();
  }
  return name;
}

function setProperty(material: MtlMaterial, key: string, value: string): void {
  if (Object.hasOwn(COLORS, key)) {
    const color = parseColor(value);
    if (color !== undefined) material[COLORS[key as keyof typeof COLORS]] = color;
  } else if (Object.hasOwn(MAPS, key)) {
    const texture = parseTexture(value);
    if (texture !== undefined) material[MAPS[key as keyof typeof MAPS]] ??= texture;
  } else if (key === "ns") {
    const shininess = parseNumber(value);
    if (shininess !== undefined) material.shininess = shininess;
  } else if (key === "illum") {
    const illumination = parseNumber(value);
    if (illumination !== undefined) material.illumination = illumination;
  } else if (key === "d") {
    const opacity = parseNumber(value.replace(/^-halo\s+/i, ""));
    if (opacity !== undefined) material.opacity = opacity;
  }
}

/** Parses an RGB color; a single value is grey. `spectral` and `xyz` colors are not supported. */
function parseColor(value: string): MtlColor | undefined {
  const [red, green, blue] = value.split(/\s+/, 3).map(parseNumber);
  if (red === undefined) return undefined;
  return [red, green ?? red, blue ?? green ?? red];
}

function parseTexture(value: string): MtlTexture | undefined {
  if (value.length > MAX_TEXTURE_LINE) return undefined;
  let remaining = value;
  const options = new Map<string, string[]>();
  for (let i = 0; i < MAX_OPTIONS; i += 1) {
    const leading = /^-([a-z]+)\s+(.*)$/is.exec(remaining);
    const maxValues = OPTION_VALUES[leading?.[1]?.toLowerCase() ?? ""];
    if (leading === null || maxValues === undefined) break;
    const [, option = "", following = ""] = leading;
    const { values, remainder } = splitValues(
      following,
      maxValues,
      ["o", "s", "t"].includes(option.toLowerCase()),
    );
    options.set(option.toLowerCase(), values);
    remaining = remainder;
  }
  remaining = stripComment(remaining);
  // Some exporters write -bm after the file name.
  const words = remaining.split(/\s+/);
  if (words.length > 2 && words.at(-2)?.toLowerCase() === "-bm") {
    options.set("bm", words.slice(-1));
    remaining = remaining.slice(0, remaining.toLowerCase().lastIndexOf("-bm"));
  }
  const name = remaining.trim();
  if (name === "") return undefined;
  const pair = (option: string, fallback: number): readonly [number, number] => {
    const [u, v] = (options.get(option) ?? []).map(parseNumber);
    return [u ?? fallback, v ?? fallback];
  };
  return {
    name,
    clamp: /^on$/i.test(options.get("clamp")?.[0] ?? ""),
    offset: pair("o", 0),
    scale: pair("s", 1),
    bump: parseNumber(options.get("bm")?.[0] ?? "") ?? 1,
  };
}

/**
 * Splits off the values of an option. The last word is not a value but the file name.
 *
 * @param isVariable whether the option can have fewer values; they end at the first word that is not a number
 */
function splitValues(
  text: string,
  max: number,
  isVariable: boolean,
): { values: string[]; remainder: string } {
  const values: string[] = [];
  let remainder = text;
  while (values.length < max) {
    const next = /^(\S+)\s+(.*)$/s.exec(remainder);
    if (next === null || (isVariable && parseNumber(next[1] ?? "") === undefined)) break;
    values.push(next[1] ?? "");
    remainder = next[2] ?? "";
  }
  return { values, remainder };
}

/** @returns undefined if the text does not start with a finite number */
function parseNumber(text: string): number | undefined {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : undefined;
}
