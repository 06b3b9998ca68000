import {
  ClampToEdgeWrapping,
  type Color,
  type DataTexture,
  DoubleSide,
  MeshPhongMaterial,
  SRGBColorSpace,
  type Texture,
} from "three";
import type { RgbaImage } from "../images/rgba-image.ts";
import type { ReferencedFiles } from "../referenced-files.ts";
import { ModelTextures } from "../texture-reader.ts";
import type { MtlColor, MtlMaterial, MtlTexture } from "./mtl-parser.ts";

/** Maximum number of texture files of a model. Each missing one costs a search through folders. */
const MAX_TEXTURES = 4096;

/** Converts MTL materials to three.js materials and reads their textures, each file once per use as colour or opacity. */
export class MtlMaterials {
  readonly #images: ModelTextures;
  readonly #warnings: string[];
  readonly #textures = new Map<string, DataTexture | undefined>();

  /** @param warnings receives a sentence for each texture that cannot be read; its material is made without it */
  constructor(files: ReferencedFiles, warnings: string[]) {
    this.#images = new ModelTextures(files, warnings);
    this.#warnings = warnings;
  }

  /** @param library path of the file that defines the material; texture names are relative to it */
  async make(mtl: MtlMaterial, library: string): Promise<MeshPhongMaterial> {
    const material = new MeshPhongMaterial({ name: mtl.name, side: DoubleSide });
    const { opacity = 1, shininess, illumination = 2 } = mtl;
    if (mtl.diffuse !== undefined) setColor(material.color, mtl.diffuse);
    if (mtl.specular !== undefined) setColor(material.specular, mtl.specular);
    if (mtl.emissive !== undefined) setColor(material.emissive, mtl.emissive);
    if (shininess !== undefined) material.shininess = shininess;
    // A specular exponent of 0, which MeshLab writes with a white specular colour, would brighten the whole surface.
    if (illumination < 2 || material.shininess <= 0) material.specular.set(0);
    if (opacity < 1) {
      material.opacity = Math.max(0, opacity);
      material.transparent = true;
    }
    material.map = await this.#texture(mtl.diffuseMap, library, "color");
    material.specularMap = await this.#texture(mtl.specularMap, library);
    material.emissiveMap = await this.#texture(mtl.emissiveMap, library, "color");
    material.normalMap = await this.#texture(mtl.normalMap, library);
    material.bumpMap = await this.#texture(mtl.bumpMap, library);
    material.bumpScale = mtl.bumpMap?.bump ?? 1;
    material.alphaMap = await this.#texture(mtl.opacityMap, library, "opacity");
    if (material.alphaMap !== null) material.transparent = true;
    // Some exporters write Kd 0 0 0 beside a texture; three.js multiplies the two, which would be black.
    if (material.map !== null && material.color.getHex() === 0) material.color.set(0xffffff);
    if (material.emissiveMap !== null && material.emissive.getHex() === 0) material.emissive.set(0xffffff);
    return material;
  }

  async #texture(
    reference: MtlTexture | undefined,
    library: string,
    use: "color" | "opacity" | "other" = "other",
  ): Promise<Texture | null> {
    if (reference === undefined) return null;
    const key = [use === "opacity", library, reference.name].join("\n");
    if (!this.#textures.has(key)) {
      if (this.#textures.size >= MAX_TEXTURES) {
        this.#warnings.push(`only the first ${MAX_TEXTURES} textures are read`);
        return null;
      }
      this.#textures.set(
        key,
        await this.#images.read(reference.name, {
          from: library,
          ...(use === "opacity" && { prepare: alphaToGrey }),
        }),
      );
    }
    const texture = this.#textures.get(key)?.clone();
    if (texture === undefined) return null;
    if (use === "color") texture.colorSpace = SRGBColorSpace;
    if (reference.clamp) {
      texture.wrapS = ClampToEdgeWrapping;
      texture.wrapT = ClampToEdgeWrapping;
    }
    texture.offset.set(...reference.offset);
    texture.repeat.set(...reference.scale);
    return texture;
  }
}

/**
 * Copies the alpha channel of an image into its colour channels, if it has one: `map_d leaf.png` means that channel, but
 * three.js reads an alpha map's green channel.
 */
function alphaToGrey({ data }: RgbaImage): void {
  let transparent = false;
  for (let i = 3; i < data.length && !transparent; i += 4) transparent = (data[i] ?? 255) < 255;
  if (!transparent) return;
  for (let i = 0; i < data.length; i += 4) data.fill(data[i + 3] ?? 255, i, i + 3);
}

function setColor(color: Color, [red, green, blue]: MtlColor): void {
  color.setRGB(red, green, blue, SRGBColorSpace);
}
