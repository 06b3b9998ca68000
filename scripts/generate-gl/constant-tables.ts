/** constants.generated.ts and constant-tables.generated.ts */
import { writeFileSync } from "node:fs";
import { idlBanner, sortedConstants, target } from "./idl.ts";

writeFileSync(
  target("constants.generated.ts"),
  [
    idlBanner("the WebGL IDL's constants"),
    ...sortedConstants.map(([key, value]) => `export const ${key} = ${value};\n`),
  ].join(""),
);

const KINDS = { FLOAT: "float", INT: "int", UNSIGNED_INT: "uint", BOOL: "bool" };
/** GLSL types: FLOAT, INT_VEC2, FLOAT_MAT2x3 … */
function glslTypes(): string[] {
  return sortedConstants.flatMap(([name]) => {
    const match = /^(FLOAT|INT|UNSIGNED_INT|BOOL)(?:_VEC(\d)|_MAT(\d)(?:x(\d))?)?$/.exec(name);
    if (!match) return [];
    const [, scalar, size = "1", columns = "1", rows = match[3] ?? size] = match;
    const kind = KINDS[scalar as keyof typeof KINDS];
    return `  [GL.${name}]: ["${kind}", ${Number(columns) * Number(rows)}, ${columns}],\n`;
  });
}

/** Types of the components of a format with 1 to 4 equal components, by the end of its name: R8UI, RGBA16F … */
const COMPONENT_TYPES: Record<string, string> = {
  "8": "UNSIGNED_BYTE",
  "8_SNORM": "BYTE",
  "8UI": "UNSIGNED_BYTE",
  "8I": "BYTE",
  "16F": "HALF_FLOAT",
  "16UI": "UNSIGNED_SHORT",
  "16I": "SHORT",
  "32F": "FLOAT",
  "32UI": "UNSIGNED_INT",
  "32I": "INT",
};
const OTHER_FORMATS: Record<string, string> = {
  SRGB8: "RGB UNSIGNED_BYTE",
  RGB565: "RGB UNSIGNED_SHORT_5_6_5",
  R11F_G11F_B10F: "RGB UNSIGNED_INT_10F_11F_11F_REV",
  RGB9_E5: "RGB UNSIGNED_INT_5_9_9_9_REV",
  SRGB8_ALPHA8: "RGBA UNSIGNED_BYTE",
  RGB5_A1: "RGBA UNSIGNED_SHORT_5_5_5_1",
  RGBA4: "RGBA UNSIGNED_SHORT_4_4_4_4",
  RGB10_A2: "RGBA UNSIGNED_INT_2_10_10_10_REV",
  RGB10_A2UI: "RGBA_INTEGER UNSIGNED_INT_2_10_10_10_REV",
  DEPTH_COMPONENT16: "DEPTH_COMPONENT UNSIGNED_SHORT",
  DEPTH_COMPONENT24: "DEPTH_COMPONENT UNSIGNED_INT",
  DEPTH_COMPONENT32F: "DEPTH_COMPONENT FLOAT",
  DEPTH24_STENCIL8: "DEPTH_STENCIL UNSIGNED_INT_24_8",
  DEPTH32F_STENCIL8: "DEPTH_STENCIL FLOAT_32_UNSIGNED_INT_24_8_REV",
};
function uploadFormats(): string[] {
  return sortedConstants.flatMap(([name]) => {
    const [, components = "", end = ""] = /^(RG?B?A?)(\d+\w*)$/.exec(name) ?? [];
    const regular = COMPONENT_TYPES[end] && [
      `${components === "R" ? "RED" : components}${/I$/.test(end) ? "_INTEGER" : ""}`,
      COMPONENT_TYPES[end],
    ];
    const upload = regular || OTHER_FORMATS[name]?.split(" ");
    return upload ? `  [GL.${name}]: [${upload.map((constant) => `GL.${constant}`).join(", ")}],\n` : [];
  });
}
writeFileSync(
  target("constant-tables.generated.ts"),
  `${idlBanner("the WebGL IDL's constants")}import * as GL from "./constants.generated.ts";

/** Kind, number of components and columns of the GLSL types of attributes and uniforms, except samplers. */
export const GLSL_TYPES: Readonly<
  Record<number, readonly [kind: "float" | "int" | "uint" | "bool", components: number, columns: number]>
> = {
${glslTypes().join("")}};

/** Format and type for uploading to a sized internal format. Compressed formats have none. */
export const UPLOAD_FORMATS: Readonly<Record<number, readonly [format: number, type: number]>> = {
${uploadFormats().join("")}};
`,
);
