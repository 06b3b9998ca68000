import {
  ClampToEdgeWrapping,
  type Color,
  type DataTexture,
  DoubleSide,
  type Material,
  MeshLambertMaterial,
  MeshPhongMaterial,
  type Side,
  SRGBColorSpace,
  type Texture,
} from "three";
import type { Surface, SurfaceMaterial, SurfaceTexture, TextureUse } from "../formats/data-kinds.ts";
import type { RgbaImage } from "../formats/images/rgba-image.ts";
import type { MeshStyle } from "../layers/layer-properties.ts";
import type { PreparedSurface } from "../loading/prepared-data.ts";
import { surfaceMaterial } from "./default-materials.ts";
import type { LiveMaterials } from "./live-materials.ts";
import { colorByScalars } from "./scalars/scalar-shader.ts";
import { moveBehindEdges } from "./surface-edges.ts";
import { createTexture } from "./texture.ts";

/** Texture uses, the three.js property of each, and whether its pixels are colors (sRGB). */
const TEXTURES: readonly (readonly [TextureUse, `${string}Map` | "map", boolean])[] = [
  ["diffuse", "map", true],
  ["specular", "specularMap", false],
  ["emissive", "emissiveMap", true],
  ["normal", "normalMap", false],
  ["bump", "bumpMap", false],
  ["opacity", "alphaMap", false],
];

/** Makes the three.js materials of surfaces. An image that several surfaces use is uploaded once. */
export class SurfaceMaterials {
  readonly #textures = new Map<RgbaImage, DataTexture>();

  readonly #style: MeshStyle;
  readonly #live: LiveMaterials;

  /** @param live to which the materials are added */
  constructor(style: MeshStyle, live: LiveMaterials) {
    this.#style = style;
    this.#live = live;
  }

  make(surface: PreparedSurface, side: Side): Material {
    const material = this.#makeBase(surface, side);
    this.#live.add(
      material,
      colorByScalars(material, surface.scalars ?? [], this.#live.styles, { drawsContours: true }),
      {
        closedSide: side === DoubleSide ? undefined : side,
        isOfFile: surface.material !== undefined,
      },
    );
    if (surface.edges !== undefined) moveBehindEdges(material);
    return material;
  }

  #makeBase({ material, flat = false, colors, uvs }: Surface, side: Side): Material {
    const { color } = this.#style;
    const vertexColors = colors !== undefined && color === undefined;
    if (material === undefined || color !== undefined)
      return surfaceMaterial({ vertexColors, flat, side, color });
    const parameters = { name: material.name, side, flatShading: flat, vertexColors };
    const threeMaterial =
      material.lighting === "lambert"
        ? new MeshLambertMaterial(parameters)
        : withHighlights(new MeshPhongMaterial(parameters), material);
    if (!vertexColors) setColor(threeMaterial.color, material.diffuse);
    setColor(threeMaterial.emissive, material.emissive);
    const { opacity = 1, textures } = material;
    threeMaterial.opacity = opacity;
    if (uvs !== undefined) {
      for (const [use, property, isColor] of TEXTURES) {
        const texture = textures[use];
        if (texture !== undefined)
          Object.assign(threeMaterial, { [property]: this.#texture(texture, isColor) });
      }
      threeMaterial.bumpScale = textures.bump?.bumpScale ?? 1;
    }
    threeMaterial.transparent = opacity < 1 || threeMaterial.alphaMap !== null;
    return threeMaterial;
  }

  #texture({ image, clamp, offset, scale }: SurfaceTexture, isColor: boolean): Texture {
    const sharedTexture = this.#textures.get(image) ?? createTexture(image, { flipY: true });
    this.#textures.set(image, sharedTexture);
    const texture = sharedTexture.clone();
    if (isColor) texture.colorSpace = SRGBColorSpace;
    if (clamp) {
      texture.wrapS = ClampToEdgeWrapping;
      texture.wrapT = ClampToEdgeWrapping;
    }
    if (offset !== undefined) texture.offset.set(...offset);
    if (scale !== undefined) texture.repeat.set(...scale);
    return texture;
  }
}

function withHighlights(
  material: MeshPhongMaterial,
  { specular, shininess }: SurfaceMaterial,
): MeshPhongMaterial {
  setColor(material.specular, specular);
  if (shininess !== undefined) material.shininess = shininess;
  return material;
}

function setColor(color: Color, rgb: SurfaceMaterial["diffuse"]): void {
  if (rgb !== undefined) color.setRGB(...rgb, SRGBColorSpace);
}
