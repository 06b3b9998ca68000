import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { WebGLTexture } from "./objects.ts";
import { PixelTransfer } from "./pixel-transfer.ts";
import { floats, ints } from "./scratch.ts";

const TEXTURE_MAX_ANISOTROPY_EXT = 0x84fe;
const DEPTH_STENCIL_TEXTURE_MODE = 0x90ea;

/** Targets whose texel size must be square and which have no levels of their own: a cube map's faces. */
function isCubeFace(target: number): boolean {
  return target >= GL.TEXTURE_CUBE_MAP_POSITIVE_X && target <= GL.TEXTURE_CUBE_MAP_NEGATIVE_Z;
}

const TEXTURE_TARGETS = [GL.TEXTURE_2D, GL.TEXTURE_CUBE_MAP, GL.TEXTURE_3D, GL.TEXTURE_2D_ARRAY];
const BINDINGS: Record<number, number> = {
  [GL.TEXTURE_2D]: GL.TEXTURE_BINDING_2D,
  [GL.TEXTURE_CUBE_MAP]: GL.TEXTURE_BINDING_CUBE_MAP,
  [GL.TEXTURE_3D]: GL.TEXTURE_BINDING_3D,
  [GL.TEXTURE_2D_ARRAY]: GL.TEXTURE_BINDING_2D_ARRAY,
};

/** Texture objects and their parameters. */
export abstract class TextureObjects extends PixelTransfer {
  protected readonly textures = new Map<number, WebGLTexture>();

  createTexture(): WebGLTexture {
    if (active !== this && !this.enter()) return new WebGLTexture(0, {});
    const texture = new WebGLTexture(this.generated(this.gl.glGenTextures), this.owner);
    this.textures.set(texture.name, texture);
    return texture;
  }

  deleteTexture(texture: WebGLTexture | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(texture, WebGLTexture)) return;
    this.released(this.gl.glDeleteTextures, texture.name);
    this.textures.delete(texture.name);
  }

  isTexture(texture: WebGLTexture | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(texture, WebGLTexture) && texture.target !== 0;
  }

  bindTexture(target: number, texture: WebGLTexture | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(texture, WebGLTexture);
    if (name < 0) return;
    if (!TEXTURE_TARGETS.includes(target)) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (texture) {
      if (texture.target !== 0 && texture.target !== target) {
        this.raise(GL.INVALID_OPERATION);
        return;
      }
      texture.target = target;
    }
    this.gl.glBindTexture(target, name);
  }

  /** The texture bound to `target` of the active unit (a face stands for its cube map). */
  protected boundTexture(target: number): WebGLTexture | undefined {
    const binding = BINDINGS[isCubeFace(target) ? GL.TEXTURE_CUBE_MAP : target];
    return binding === undefined ? undefined : this.textures.get(this.integer(binding));
  }

  /**
   * Whether a texture is there to work on. Without one GL would take its texture 0, which WebGL does not have:
   * INVALID_OPERATION. A target that is none is left to the driver.
   */
  protected hasTexture(target: number): boolean {
    const binding = BINDINGS[isCubeFace(target) ? GL.TEXTURE_CUBE_MAP : target];
    if (binding === undefined || this.integer(binding) !== 0) return true;
    this.raise(GL.INVALID_OPERATION);
    return false;
  }

  texParameteri(target: number, parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    if (this.hasTexture(target)) this.gl.glTexParameteri(target, parameter, value);
  }

  texParameterf(target: number, parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    if (this.hasTexture(target)) this.gl.glTexParameterf(target, parameter, value);
  }

  getTexParameter(target: number, parameter: number): number | boolean | null {
    if (active !== this && !this.enter()) return null;
    if (!TEXTURE_TARGETS.includes(target)) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    if (!this.boundTexture(target)) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    switch (parameter) {
      case GL.TEXTURE_MAX_LOD:
      case GL.TEXTURE_MIN_LOD:
        this.gl.glGetTexParameterfv(target, parameter, floats);
        return floats[0] ?? null;
      case GL.TEXTURE_MAG_FILTER:
      case GL.TEXTURE_MIN_FILTER:
      case GL.TEXTURE_WRAP_S:
      case GL.TEXTURE_WRAP_T:
      case GL.TEXTURE_WRAP_R:
      case GL.TEXTURE_BASE_LEVEL:
      case GL.TEXTURE_MAX_LEVEL:
      case GL.TEXTURE_COMPARE_FUNC:
      case GL.TEXTURE_COMPARE_MODE:
      case GL.TEXTURE_IMMUTABLE_LEVELS:
        this.gl.glGetTexParameteriv(target, parameter, ints);
        return ints[0] ?? null;
      case GL.TEXTURE_IMMUTABLE_FORMAT:
        this.gl.glGetTexParameteriv(target, parameter, ints);
        return ints[0] !== 0;
    }
    if (
      parameter === TEXTURE_MAX_ANISOTROPY_EXT &&
      this.nativeExtensions.has("GL_EXT_texture_filter_anisotropic")
    ) {
      this.gl.glGetTexParameterfv(target, parameter, floats);
      return floats[0] ?? null;
    }
    if (parameter === DEPTH_STENCIL_TEXTURE_MODE && this.nativeExtensions.has("GL_ANGLE_stencil_texturing")) {
      this.gl.glGetTexParameteriv(target, parameter, ints);
      return ints[0] ?? null;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }

  generateMipmap(target: number): void {
    if (active !== this && !this.enter()) return;
    if (this.hasTexture(target)) this.gl.glGenerateMipmap(target);
  }
}
