/**
 * WebGL's objects. Each holds its driver's name and the context that owns it; programs see opaque objects.
 * `owner` is a new token after a restored context loss, so objects from before are foreign to the context.
 */
export abstract class WebGLObject {
  /** The driver's name of the object. */
  readonly name: number;
  readonly owner: object;
  /** Deleted by the program. A shader or a program may still be in use by the driver. */
  deleted = false;
  label = "";

  constructor(name: number, owner: object) {
    this.name = name;
    this.owner = owner;
  }
}

export class WebGLBuffer extends WebGLObject {
  /** Bytes; the last bufferData's. */
  size = 0;
  /** ELEMENT_ARRAY_BUFFER buffers hold indices for good, and never other data: WebGL 2.0 section 5.1. */
  kind: "unbound" | "index" | "other" = "unbound";
}

export class WebGLFramebuffer extends WebGLObject {
  /** Bound at least once: only then is it a framebuffer to isFramebuffer. */
  bound = false;
}

export class WebGLRenderbuffer extends WebGLObject {
  bound = false;
  /** Its storage was asked for by WebGL 1's unsized name, which it then answers with. */
  isUnsizedDepthStencil = false;
}

export class WebGLTexture extends WebGLObject {
  /** The target of the first bind; 0 before it. */
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

/** A fence. `name` is the driver's pointer. */
export class WebGLSync extends WebGLObject {}

export class WebGLShader extends WebGLObject {
  readonly type: number;
  source = "";
  /** Programs that it is attached to: a deleted shader lives until the last one lets go. */
  attachments = 0;

  constructor(name: number, owner: object, type: number) {
    super(name, owner);
    this.type = type;
  }
}

export class WebGLProgram extends WebGLObject {
  readonly shaders = new Set<WebGLShader>();
  /** Counts links: locations of an earlier one are void. */
  linkCount = 0;
  /** Undefined until LINK_STATUS was asked for after the last link: asking waits for the compiler. */
  linked: boolean | undefined = false;
  /** What `programs.ts` found out about the linked program. */
  attributeMask: number | undefined;
  /** Transform feedback varyings that were asked for, and those of the last link. */
  requestedVaryings = 0;
  linkedVaryings = 0;
  uniformTypes: Map<number, number> | undefined;
  /** The driver has let go of it. */
  released = false;
}

/** One attribute of a vertex array. */
export interface VertexAttribute {
  enabled: boolean;
  buffer: WebGLBuffer | null;
  offset: number;
  /** Bytes of one element. */
  elementBytes: number;
  /** Bytes from one element to the next. */
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

/** Range and precision in bits, as log2. */
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
