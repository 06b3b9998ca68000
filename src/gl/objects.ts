/**
 * WebGL's objects: opaque to applications. `name` is the driver's name of the object, `owner` the token of its context.
 * A context has a new token after a loss, so older objects do not belong to it.
 */
export abstract class WebGLObject {
  readonly name: number;
  readonly owner: object;
  /** Deleted by the application. A shader or a program can still be in use. */
  deleted = false;
  /** Debug label of the application. */
  label = "";

  constructor(name: number, owner: object) {
    this.name = name;
    this.owner = owner;
  }
}

export class WebGLBuffer extends WebGLObject {
  /** Bytes, as set by bufferData. */
  size = 0;
  /** Kind of data, set by the first bind and never changed: WebGL 2.0 section 5.1. */
  kind: "unbound" | "index" | "other" = "unbound";
}

export class WebGLFramebuffer extends WebGLObject {
  /** Set by the first bind. Before, isFramebuffer returns false. */
  bound = false;
}

export class WebGLRenderbuffer extends WebGLObject {
  bound = false;
  /** The storage has WebGL 1's unsized format DEPTH_STENCIL, which getRenderbufferParameter returns. */
  isUnsizedDepthStencil = false;
}

export class WebGLTexture extends WebGLObject {
  /** Target of the first bind; 0 before. */
  target = 0;
}

export class WebGLSampler extends WebGLObject {}

export class WebGLQuery extends WebGLObject {
  target = 0;
}

export class WebGLTransformFeedback extends WebGLObject {
  bound = false;
  active = false;
  paused = false;
  program: WebGLProgram | null = null;
}

/** A fence. `name` is the driver's GLsync pointer. */
export class WebGLSync extends WebGLObject {}

export class WebGLShader extends WebGLObject {
  readonly type: number;
  source = "";
  /** Number of programs that it is attached to. A deleted shader exists until it is detached from all of them. */
  attachments = 0;

  constructor(name: number, owner: object, type: number) {
    super(name, owner);
    this.type = type;
  }
}

export class WebGLProgram extends WebGLObject {
  readonly shaders = new Set<WebGLShader>();
  /** Number of links. Locations of an earlier link are invalid. */
  linkCount = 0;
  /** LINK_STATUS; undefined until it is queried, which waits for the compiler. */
  linked: boolean | undefined = false;
  /** Cache of activeAttributeMask() and uniformTypes() for the last link. */
  attributeMask: number | undefined;
  uniformTypes: Map<number, number> | undefined;
  /** Number of transform feedback varyings that are requested, and of those in the last link. */
  requestedVaryings = 0;
  linkedVaryings = 0;
  /** Deleted and no longer in use. */
  released = false;
}

/** One attribute of a vertex array. */
interface VertexAttribute {
  enabled: boolean;
  buffer: WebGLBuffer | null;
  /** Bytes. */
  offset: number;
  /** Size of one element in bytes. */
  elementBytes: number;
  /** Stride in bytes. */
  stride: number;
  divisor: number;
}

export class WebGLVertexArrayObject extends WebGLObject {
  bound = false;
  elementBuffer: WebGLBuffer | null = null;
  readonly attributes: VertexAttribute[];

  constructor(name: number, owner: object, attributeCount: number) {
    super(name, owner);
    this.attributes = Array.from({ length: attributeCount }, () => ({
      enabled: false,
      buffer: null,
      offset: 0,
      elementBytes: 16,
      stride: 16,
      divisor: 0,
    }));
  }
}

export class WebGLUniformLocation {
  readonly program: WebGLProgram;
  readonly linkCount: number;
  readonly index: number;

  constructor(program: WebGLProgram, index: number) {
    this.program = program;
    this.linkCount = program.linkCount;
    this.index = index;
  }
}

/** Name, size (array elements) and type of an active attribute, uniform or varying. */
export class WebGLActiveInfo {
  readonly name: string;
  readonly size: number;
  readonly type: number;

  constructor(name: string, size: number, type: number) {
    this.name = name;
    this.size = size;
    this.type = type;
  }
}

/** Range and precision of a type, as log2. */
export class WebGLShaderPrecisionFormat {
  readonly rangeMin: number;
  readonly rangeMax: number;
  readonly precision: number;

  constructor(rangeMin: number, rangeMax: number, precision: number) {
    this.rangeMin = rangeMin;
    this.rangeMax = rangeMax;
    this.precision = precision;
  }
}
