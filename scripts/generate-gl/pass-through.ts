/** pass-through.generated.ts */
import { writeFileSync } from "node:fs";
import { idlBanner, idlParameters, nativeName, type Parameter, signature, target } from "./idl.ts";

const VIEWS: Record<string, string> = { f: "Float32Array", i: "Int32Array", ui: "Uint32Array" };

/** Methods whose arguments the driver checks exactly as WebGL specifies. Add only such methods. */
const PASS_THROUGH = [
  "activeTexture blendColor blendEquation blendEquationSeparate clear clearBufferfi clearColor clearDepth clearStencil",
  "colorMask compileShader cullFace depthFunc depthMask disable enable finish flush frontFace hint isEnabled",
  "polygonOffset sampleCoverage samplerParameterf samplerParameteri scissor stencilFunc stencilFuncSeparate stencilMask",
  "stencilMaskSeparate stencilOp stencilOpSeparate uniformBlockBinding validateProgram viewport bindSampler",
].flatMap((line) => line.split(" "));

const COPY_CHECK = "requireTexture(state, target) && prepareRead(state)";
const DRAW_ELEMENTS_CHECK = "canDrawElements(state, mode, count, type, offset, 1)";
/** Methods with a check before the native call: an expression that is false, with the error recorded, if it fails. */
const CHECKED: Record<string, string> = {
  blendFunc: "canBlend(state, sfactor, dfactor)",
  blendFuncSeparate: "canBlend(state, srcRGB, dstRGB)",
  copyTexImage2D: COPY_CHECK,
  copyTexSubImage2D: COPY_CHECK,
  copyTexSubImage3D: COPY_CHECK,
  depthRange: "!state.raiseIf(zNear > zFar, GL.INVALID_OPERATION)",
  drawArrays: "canDrawArrays(state, mode, first, count, 1)",
  drawArraysInstanced: "canDrawArrays(state, mode, first, count, instanceCount)",
  drawElements: DRAW_ELEMENTS_CHECK,
  drawElementsInstanced: "canDrawElements(state, mode, count, type, offset, instanceCount)",
  drawRangeElements: DRAW_ELEMENTS_CHECK,
  framebufferRenderbuffer: "canAttach(state, target)",
  framebufferTexture2D: "canAttach(state, target)",
  framebufferTextureLayer: "canAttach(state, target)",
  generateMipmap: "requireTexture(state, target)",
  lineWidth: "!state.raiseIf(Number.isNaN(width), GL.INVALID_VALUE)",
  texParameterf: "requireTexture(state, target)",
  texParameteri: "requireTexture(state, target)",
};

/** The native name of an object argument, as an expression that also makes the context current; -1 if it is invalid. */
function objectName({ name, type }: Parameter): string {
  if (type === "WebGLProgram" || type === "WebGLShader") return `nameOf${type.slice(5)}(state, ${name})`;
  return type.endsWith("null")
    ? `state.nameOf(${name}, ${type.split(" ")[0]})`
    : `state.requiredNameOf(${name}, ${type})`;
}

function passThrough(name: string, check?: string): string {
  const native = nativeName(name) + (name === "clearDepth" || name === "depthRange" ? "f" : "");
  const parameters = idlParameters(name);
  const object = parameters.find(({ type }) => type.startsWith("WebGL"));
  const values = parameters.map((p) =>
    p === object ? "name" : p.type === "boolean" ? `${p.name} ? 1 : 0` : p.name,
  );
  const isPredicate = name.startsWith("is");
  const condition = [object ? "name >= 0" : "state.makeCurrent()", check].filter(Boolean).join(" && ");
  return [
    `  ${name}(${signature(parameters)}): ${isPredicate ? "boolean" : "void"} {`,
    "    const { state } = this;",
    ...(object ? [`    const name = ${objectName(object)};`] : []),
    `    ${isPredicate ? `return ${condition} &&` : `if (${condition})`} state.gl.${native}(${values.join(", ")});`,
    "  }",
  ].join("\n");
}

/** clearBufferfv and its like, whose values are copied from a list. */
function clearBuffer(type: string): string {
  const [buffer, drawBuffer, values, offset] = idlParameters(`clearBuffer${type}v`);
  if (!buffer || !drawBuffer || !values || !offset)
    throw new Error(`clearBuffer${type}v has other parameters`);
  return [
    `  clearBuffer${type}v(${signature([buffer, drawBuffer, values, offset])}): void {`,
    "    const { state } = this;",
    "    if (!state.makeCurrent()) return;",
    `    const data = clearValues(state, ${buffer.name}, ${values.name}, ${offset.name}, ${VIEWS[type]});`,
    `    if (data) state.gl.glClearBuffer${type}v(${buffer.name}, ${drawBuffer.name}, data);`,
    "  }",
  ].join("\n");
}

/** The source is a view, or a size and an offset in the PIXEL_UNPACK_BUFFER: the IDL's overloads have the rest in common. */
function compressedTexture(name: string): string {
  const all = idlParameters(name);
  const parameters = all.slice(
    0,
    all.findIndex((parameter) => parameter.name === "imageSize"),
  );
  const depth = name.endsWith("3D") ? "depth" : "1";
  const format = name.includes("Sub") ? "format" : "internalformat";
  return [
    `  ${name}(${signature(parameters)}, ...source: CompressedSource): void {`,
    "    const { state } = this;",
    `    const data = compressedData(state, target, ${format}, [width, height, ${depth}], source);`,
    `    if (data) state.gl.${nativeName(name)}(${parameters.map((parameter) => parameter.name).join(", ")}, ...data);`,
    "  }",
  ].join("\n");
}

/** The IDL's overloads differ in the source only. */
function texture3D(name: string): string {
  const all = idlParameters(name);
  const parameters = all.slice(
    0,
    all.findIndex((parameter) => parameter.name === "pboOffset"),
  );
  const upload = name.includes("Sub") ? "uploadPart" : "upload";
  return [
    `  ${name}(${signature(parameters)}, source: UploadSource, srcOffset = 0): void {`,
    "    const { state } = this;",
    "    if (!state.makeCurrent()) return;",
    `    ${upload}(state, target, source, srcOffset, { width, height, depth, threeD: true }, format, type, (pixels) =>`,
    `      state.gl.${nativeName(name)}(${parameters.map((parameter) => parameter.name).join(", ")}, pixels));`,
    "  }",
  ].join("\n");
}

/** Components that a call of vertexAttribNf does not set. */
const ATTRIBUTE_DEFAULTS = ["0", "0", "0", "1"];

/** vertexAttribNf, vertexAttribNfv, vertexAttribI4i …: all call the one with four numbers, which notes the type. */
function vertexAttribute(name: string): string {
  const [, base = "", size = "", type = "", isVector] = /^(vertexAttribI?)(\d)(f|i|ui)(v?)$/.exec(name) ?? [];
  const parameters = idlParameters(name);
  const target = `${base}4${type}`;
  const kind = { f: "float", i: "int", ui: "uint" }[type];
  const values = ATTRIBUTE_DEFAULTS.map((unset, index) => {
    if (index >= Number(size)) return unset;
    return isVector ? `values[${index}] ?? 0` : parameters[index + 1]?.name;
  }).join(", ");
  const body = isVector
    ? [
        "    const { state } = this;",
        `    if (hasComponents(state, values, ${size})) this.${target}(index, ${values});`,
      ]
    : name !== target
      ? [`    this.${target}(index, ${values});`]
      : [
          "    const { state } = this;",
          "    if (!state.makeCurrent()) return;",
          `    setGenericType(state, index, "${kind}");`,
          `    state.gl.${nativeName(name)}(index, ${values});`,
        ];
  return [`  ${name}(${signature(parameters)}): void {`, ...body, "  }"].join("\n");
}

const passThroughMethods = [
  ...PASS_THROUGH.map((name) => passThrough(name)),
  ...Object.entries(CHECKED).map(([name, check]) => passThrough(name, check)),
  ...Object.keys(VIEWS).map(clearBuffer),
  ...["Image2D", "Image3D", "SubImage2D", "SubImage3D"].map((name) =>
    compressedTexture(`compressedTex${name}`),
  ),
  ...["texImage3D", "texSubImage3D"].map(texture3D),
  ...["1f", "2f", "3f", "4f", "1fv", "2fv", "3fv", "4fv", "I4i", "I4ui", "I4iv", "I4uiv"].map((name) =>
    vertexAttribute(`vertexAttrib${name}`),
  ),
];
writeFileSync(
  target("pass-through.generated.ts"),
  `${idlBanner("the WebGL IDL's methods")}import { type CompressedSource, compressedData } from "./compressed-textures.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type NumberList } from "./context-core.ts";
import { canDrawArrays, canDrawElements, clearValues } from "./drawing.ts";
import { canAttach } from "./framebuffers.ts";
import { type WebGLProgram, WebGLRenderbuffer, WebGLSampler, type WebGLShader, WebGLTexture } from "./objects.ts";
import type { UploadSource } from "./pixel-upload.ts";
import { nameOfProgram } from "./programs.ts";
import { prepareRead } from "./read-pixels.ts";
import { canBlend } from "./render-state.ts";
import { nameOfShader } from "./shaders.ts";
import { upload, uploadPart } from "./texture-images.ts";
import { requireTexture } from "./textures.ts";
import { hasComponents, setGenericType } from "./vertex-arrays.ts";

/** Methods that pass their arguments to the native function of the same name, which checks most of them. */
export abstract class PassThroughMethods extends ContextMethods {
${passThroughMethods.join("\n\n")}
}
`,
);
