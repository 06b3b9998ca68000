import type { Molecule } from "../../formats/data-kinds.ts";
import { DataError } from "../../formats/load-error.ts";
import { atomicNumber } from "../../formats/molecule/elements.ts";
import { linearFromSrgb } from "../../formats/srgb.ts";
import type { Vec3 } from "../../geometry/coordinates.ts";
import { colormapTable } from "../../layers/colormap.ts";
import type { ColormapName } from "../../layers/colormap-names.ts";
import type { MoleculeStyle } from "../../layers/layer-properties.ts";
import { histogramOf, type ValueSummary } from "../../scalars/histogram.ts";

/** Colors of elements, sRGB (those of Jmol and most other programs: CPK). */
const ELEMENT_COLORS: ReadonlyMap<number, number> = new Map(
  Object.entries({
    H: 0xffffff,
    He: 0xd9ffff,
    Li: 0xcc80ff,
    B: 0xffb5b5,
    C: 0x909090,
    N: 0x3050f8,
    O: 0xff0d0d,
    F: 0x90e050,
    Na: 0xab5cf2,
    Mg: 0x8aff00,
    Al: 0xbfa6a6,
    Si: 0xf0c8a0,
    P: 0xff8000,
    S: 0xffff30,
    Cl: 0x1ff01f,
    K: 0x8f40d4,
    Ca: 0x3dff00,
    Mn: 0x9c7ac7,
    Fe: 0xe06633,
    Co: 0xf090a0,
    Ni: 0x50d050,
    Cu: 0xc88033,
    Zn: 0x7d80b0,
    Se: 0xffa100,
    Br: 0xa62929,
    Ag: 0xc0c0c0,
    I: 0x940094,
    Pt: 0xd0d0e0,
    Au: 0xffd123,
    Hg: 0xb8b8d0,
  }).map(([symbol, color]) => [atomicNumber(symbol), color]),
);

/** Of elements without a color of their own, and of unknown ones. */
const OTHER_ELEMENT = 0xc080a0;

/** Colors of chains, which repeat: distinct also for most color-blind people (Okabe and Ito 2008, and Tol's bright scheme). */
const CHAIN_COLORS = [
  0x56b4e9, 0xe69f00, 0x009e73, 0xcc79a7, 0xf0e442, 0x0072b2, 0xd55e00, 0x66ccee, 0xaa3377, 0xbbbbbb,
];

const STRUCTURE_COLORS = { helix: 0xd94f70, sheet: 0xe8c33c, coil: 0xb8bcc4 } as const;

/** Ways to color atoms. */
export const COLOR_BY = ["element", "chain", "structure", "b-factor"] as const;
type ColorBy = (typeof COLOR_BY)[number];

const DEFAULT_COLORMAP: ColormapName = "viridis";

export interface MoleculeColors {
  /** Linear. */
  ofAtom(atom: number): Vec3;
  ofResidue(residue: number): Vec3;
  /** Colors that stand for B factors: their range and colormap. */
  readonly scale:
    | {
        readonly range: readonly [number, number];
        readonly colormap: ColormapName;
        readonly summary: ValueSummary;
      }
    | undefined;
}

/**
 * Chooses the colors of atoms and residues. By default atoms are colored by element; ribbons by chain or, with one chain, by secondary
 * structure.
 *
 * @throws DataError if the style requests a way that does not exist, or B factors that the file does not have
 */
export function moleculeColors(molecule: Molecule, style: MoleculeStyle): MoleculeColors {
  const { residues, residueOfAtom, elements, bFactors, chains } = molecule;
  const requested = style.colorBy;
  if (requested !== undefined && !isColorBy(requested)) {
    throw new DataError(`a molecule cannot be colored by "${requested}"; choose ${COLOR_BY.join(", ")}`);
  }
  const scale = requested === "b-factor" ? scaleOf(bFactors, style) : undefined;
  const table = scale && colormapTable(scale.colormap);
  const ofFactor = (value: number): Vec3 => {
    if (scale === undefined || table === undefined || Number.isNaN(value)) return linear(OTHER_ELEMENT);
    const [min, max] = scale.range;
    const share = max > min ? (value - min) / (max - min) : 0.5;
    const at = 3 * Math.round(255 * Math.min(1, Math.max(0, share)));
    const channel = (i: number): number => linearFromSrgb((table[at + i] ?? 0) / 255);
    return [channel(0), channel(1), channel(2)];
  };
  const factorOfResidue = requested === "b-factor" ? meanByResidue(molecule) : [];
  const by = (way: ColorBy, residue: number): Vec3 => {
    const { chain = 0, structure = "coil" } = residues[residue] ?? {};
    if (way === "structure") return linear(STRUCTURE_COLORS[structure]);
    return way === "b-factor"
      ? ofFactor(factorOfResidue[residue] ?? Number.NaN)
      : linear(CHAIN_COLORS[chain % CHAIN_COLORS.length] ?? OTHER_ELEMENT);
  };
  const ribbon = requested === undefined || requested === "element" ? undefined : requested;
  return {
    scale,
    ofAtom(atom) {
      if (requested === "b-factor") return ofFactor(bFactors[atom] ?? Number.NaN);
      if (requested === undefined || requested === "element") {
        return linear(ELEMENT_COLORS.get(elements[atom] ?? 0) ?? OTHER_ELEMENT);
      }
      return by(requested, residueOfAtom[atom] ?? 0);
    },
    ofResidue: (residue) => by(ribbon ?? (chains.length > 1 ? "chain" : "structure"), residue),
  };
}

function isColorBy(text: string): text is ColorBy {
  return COLOR_BY.some((way) => way === text);
}

function scaleOf(bFactors: Float32Array, { range, colormap = DEFAULT_COLORMAP }: MoleculeStyle) {
  const known = bFactors.filter(Number.isFinite).toSorted();
  if (known.length === 0) throw new DataError("its atoms have no B factors");
  const quantile = (share: number): number => known[Math.round(share * (known.length - 1))] ?? 0;
  const byDefault = [quantile(0.02), quantile(0.98)] as const;
  const extent = [known[0] ?? 0, known.at(-1) ?? 0] as const;
  const summary = {
    ...{ array: "b-factor", components: 1, unit: "Å²", extent, range: byDefault },
    histogram: histogramOf(known, extent),
  };
  return { range: range ?? byDefault, colormap, summary };
}

function meanByResidue({ residues, residueOfAtom, bFactors }: Molecule): number[] {
  const [sums, counts] = [residues.map(() => 0), residues.map(() => 0)];
  for (const [atom, factor] of bFactors.entries()) {
    const residue = residueOfAtom[atom] ?? 0;
    if (!Number.isFinite(factor)) continue;
    sums[residue] = (sums[residue] ?? 0) + factor;
    counts[residue] = (counts[residue] ?? 0) + 1;
  }
  return sums.map((sum, i) => sum / (counts[i] ?? 0));
}

const linearColors = new Map<number, Vec3>();

function linear(color: number): Vec3 {
  let found = linearColors.get(color);
  if (found === undefined) {
    const channel = (shift: number): number => linearFromSrgb(((color >> shift) & 255) / 255);
    found = [channel(16), channel(8), channel(0)];
    linearColors.set(color, found);
  }
  return found;
}
