/** A texture of a material, with the options that a picture shows. */
export interface MtlTexture {
  /** The file as the library names it. */
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

/** What a picture shows of a material of an MTL library; what is undefined is not in it. */
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

/** How many values follow an option of a texture, at most. */
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

/** Linux's PATH_MAX, and as much again for options. */
const MAX_TEXTURE_LINE = 8192;
const MAX_OPTIONS = 32;

/**
 * Parses a Wavefront MTL library. Of materials with the same name the last one counts, and of textures for the same
 * purpose the first.
 *
 * `Tr` is 1 - `d` in the specification, but the opacity itself in files of MeshLab (to 2023), openMVS, Jmol and
 * others: where a material has `Tr 1` and no `d`, which would make it invisible, the whole library is read like that.
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
  const isOpacity = ambiguous.some(([, transparency]) => transparency >= 1);
  for (const [one, transparency] of ambiguous) {
    one.opacity = isOpacity && transparency > 0 ? transparency : 1 - transparency;
  }
  return materials;
}

/**
 * A name without a comment behind it. Names may hold a # ("Material #25", by 3ds Max), so that the whole name counts
 * first where it is known.
 */
export function withoutComment(name: string): string {
  for (let at = name.indexOf("#"); at >= 0; at = name.indexOf("#", at + 1)) {
    if (at > 0 && /\s/.test(name[at - 1] ?? "")) return name.slice(0, at).trim();
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

/** One value stands for all three; `spectral` and `xyz` colours are not read. */
function parseColor(value: string): MtlColor | undefined {
  const [red, green, blue] = value.split(/\s+/, 3).map(parseNumber);
  if (red === undefined) return undefined;
  return [red, green ?? red, blue ?? green ?? red];
}

function parseTexture(value: string): MtlTexture | undefined {
  if (value.length > MAX_TEXTURE_LINE) return undefined;
  let rest = value;
  const options = new Map<string, string[]>();
  for (let i = 0; i < MAX_OPTIONS; i += 1) {
    const leading = /^-([a-z]+)\s+(.*)$/is.exec(rest);
    const most = OPTION_VALUES[leading?.[1]?.toLowerCase() ?? ""];
    if (leading === null || most === undefined) break;
    const [, option = "", following = ""] = leading;
    const { values, after } = takeValues(following, most, ["o", "s", "t"].includes(option.toLowerCase()));
    options.set(option.toLowerCase(), values);
    rest = after;
  }
  rest = withoutComment(rest);
  // Some exporters write the height of bumps after the name.
  const words = rest.split(/\s+/);
  if (words.length > 2 && words.at(-2)?.toLowerCase() === "-bm") {
    options.set("bm", words.slice(-1));
    rest = rest.slice(0, rest.toLowerCase().lastIndexOf("-bm"));
  }
  const name = rest.trim();
  if (name === "") return undefined;
  const pair = (option: string, otherwise: number): readonly [number, number] => {
    const [u, v] = (options.get(option) ?? []).map(parseNumber);
    return [u ?? otherwise, v ?? otherwise];
  };
  return {
    name,
    clamp: /^on$/i.test(options.get("clamp")?.[0] ?? ""),
    offset: pair("o", 0),
    scale: pair("s", 1),
    bump: parseNumber(options.get("bm")?.[0] ?? "") ?? 1,
  };
}

/** Takes the values of an option: exactly `most`, or as many numbers as there are up to that, and never the last word. */
function takeValues(text: string, most: number, fewer: boolean): { values: string[]; after: string } {
  const values: string[] = [];
  let after = text;
  while (values.length < most) {
    const next = /^(\S+)\s+(.*)$/s.exec(after);
    if (next === null || (fewer && parseNumber(next[1] ?? "") === undefined)) break;
    values.push(next[1] ?? "");
    after = next[2] ?? "";
  }
  return { values, after };
}

/** @returns undefined for text that does not begin with a finite number */
function parseNumber(text: string): number | undefined {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : undefined;
}
