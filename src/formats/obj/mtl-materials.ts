import type { SurfaceMaterial, SurfaceTexture, TextureUse } from "../data-kinds.ts";
import type { RgbaImage } from "../images/rgba-image.ts";
import type { ReferencedFiles } from "../referenced-files.ts";
import { TextureReader } from "../texture-reader.ts";
import type { MtlColor, MtlMaterial, MtlTexture } from "./mtl-parser.ts";

/** Maximum number of texture files of a model. Each missing one costs a search through folders. */
const MAX_TEXTURES = 4096;

const TEXTURE_USES = ["diffuse", "specular", "emissive", "normal", "bump", "opacity"] as const;

/** Converts MTL materials and reads their textures. A file that is used both for color and for opacity is read twice. */
export class MtlMaterials {
  readonly #reader: TextureReader;
  readonly #warnings: string[];
  readonly #images = new Map<string, RgbaImage | undefined>();

  /** @param warnings receives a sentence for each texture that cannot be read and is left out of its material */
  constructor(files: ReferencedFiles, warnings: string[]) {
    this.#reader = new TextureReader(files, warnings);
    this.#warnings = warnings;
  }

  /** @param library path of the file that defines the material; texture names are relative to it */
  async make(mtl: MtlMaterial, library: string): Promise<SurfaceMaterial> {
    const textures: Partial<Record<TextureUse, SurfaceTexture>> = {};
    for (const use of TEXTURE_USES) {
      const texture = await this.#texture(mtl[`${use}Map`], library, use);
      if (texture !== undefined) textures[use] = texture;
    }
    const { illumination = 2, shininess } = mtl;
    // A specular exponent of 0, which MeshLab writes with a white specular color, would brighten the whole surface.
    const isMatt = illumination < 2 || (shininess !== undefined && shininess <= 0);
    return {
      name: mtl.name,
      lighting: "phong",
      // Some exporters write Kd 0 0 0 with a texture. The two are multiplied, so the surface would be black.
      diffuse: textures.diffuse !== undefined && isBlack(mtl.diffuse) ? undefined : mtl.diffuse,
      specular: isMatt ? [0, 0, 0] : mtl.specular,
      emissive: textures.emissive !== undefined && isBlack(mtl.emissive) ? [1, 1, 1] : mtl.emissive,
      shininess,
      opacity: mtl.opacity === undefined ? undefined : Math.max(0, mtl.opacity),
      textures,
    };
  }

  async #texture(
    reference: MtlTexture | undefined,
    library: string,
    use: TextureUse,
  ): Promise<SurfaceTexture | undefined> {
    if (reference === undefined) return undefined;
    const key = [use === "opacity", library, reference.name].join("\n");
    if (!this.#images.has(key)) {
      if (this.#images.size >= MAX_TEXTURES) {
        this.#warnings.push(`only the first ${MAX_TEXTURES} textures are read`);
        return undefined;
      }
      const options = { from: library, ...(use === "opacity" && { prepare: alphaToGrey }) };
      this.#images.set(key, await this.#reader.read(reference.name, options));
    }
    const image = this.#images.get(key);
    if (image === undefined) return undefined;
    const { clamp, offset, scale, bump } = reference;
    return { image, clamp, offset, scale, bumpScale: bump };
  }
}

/** Whether a color is unset or rounds to black in 8 bits. */
function isBlack(color: MtlColor = [0, 0, 0]): boolean {
  return color.every((component) => component < 0.5 / 255);
}

/**
 * Copies the alpha channel of an image into its color channels, if it has one: `map_d leaf.png` means that channel, but
 * three.js reads an alpha map's green channel.
 */
function alphaToGrey({ data }: RgbaImage): void {
  let transparent = false;
  for (let i = 3; i < data.length && !transparent; i += 4) transparent = (data[i] ?? 255) < 255;
  if (!transparent) return;
  for (let i = 0; i < data.length; i += 4) data.fill(data[i + 3] ?? 255, i, i + 3);
}
