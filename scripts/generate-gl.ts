/**
 * Generates these files of src/gl from the OpenGL ES header GLES3/gl3.h (Debian package libgles-dev) and from the WebGL
 * IDL, as TypeScript's lib.dom.d.ts contains it:
 *
 * - bindings.generated.ts: the native functions with their FFI signatures (header)
 * - constants.generated.ts: WebGL's constants (IDL)
 * - constant-tables.generated.ts: properties of formats and GLSL types that follow from the names of their constants (IDL)
 * - objects.generated.ts: create…(), is…() and delete…() (IDL)
 * - pass-through.generated.ts: the methods that call one native function, some of them after a check (IDL)
 * - uniform-setters.generated.ts: uniform…() (IDL)
 *
 *   bun scripts/generate-gl.ts [path of gl3.h]
 */
import "./generate-gl/constant-tables.ts";
import "./generate-gl/objects.ts";
import "./generate-gl/pass-through.ts";
import "./generate-gl/uniform-setters.ts";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { banner, target } from "./generate-gl/idl.ts";

const headerPath = process.argv[2] ?? "/usr/include/GLES3/gl3.h";

/** All 32-bit integers of GL are passed as i32, whose conversion `| 0` is WebIDL's modulo; u32 would clamp. */
function ffiType(cType: string): string {
  const type = cType.replace(/\bconst\b/g, "").trim();
  if (type.includes("*")) return "ptr";
  switch (type) {
    case "void":
      return "void";
    case "GLfloat":
      return "f32";
    case "GLintptr":
    case "GLsizeiptr":
    case "GLsync":
      return "ptr"; // 64 bits wide: a pointer argument accepts a number, an i64 requires a BigInt
    case "GLuint64":
      return "u64";
    case "GLboolean":
    case "GLenum":
    case "GLuint":
    case "GLbitfield":
    case "GLint":
    case "GLsizei":
      return "i32";
    default:
      throw new Error(`${headerPath}: no FFI type for "${cType}"`);
  }
}

function returnType(cType: string): string {
  const type = cType.trim();
  if (type === "GLboolean") return "bool";
  if (type === "GLuint" || type === "GLenum") return "u32";
  return ffiType(type);
}

function parsePrototypes(header: string) {
  const pattern = /GL_APICALL\s+(.*?)\s*GL_APIENTRY\s+(gl\w+)\s*\(([^)]*)\)/g;
  return [...header.matchAll(pattern)].map(([, result = "", name = "", list = ""]) => {
    const parameters = (list.trim() === "void" ? [] : list.split(",")).map((text) => ({
      name: /\w+$/.exec(text.trim())?.[0] ?? "",
      type: ffiType(text.trim().replace(/\w+$/, "")),
    }));
    return { name, result: returnType(result), parameters };
  });
}

const sources = readdirSync(target("")).filter((name) => name !== "bindings.generated.ts");
/** Names of the native functions that src/gl calls. Linking one that is not called would delay the start. */
const calledNames = new Set(
  sources.flatMap((name) => readFileSync(target(name), "utf8").match(/\bgl[A-Z]\w+/g) ?? []),
);
const header = readFileSync(headerPath, "utf8");
const prototypes = parsePrototypes(header).filter(({ name }) => calledNames.has(name));
const TYPES: Record<string, string> = {
  bool: "boolean",
  ptr: "PointerArgument",
  u64: "number | bigint",
  void: "void",
};
const bindings = [
  banner("GLES3/gl3.h"),
  'import type { PointerArgument } from "./scratch.ts";\n\n',
  "/** The functions of OpenGL ES 3.0 that this folder calls. */\nexport const GL_SYMBOLS = {\n",
  ...prototypes.map(({ name, result, parameters }) => {
    const types = parameters.map(({ type }) => type);
    return `  ${name}: { args: ${JSON.stringify(types)}, returns: "${result}" },\n`;
  }),
  "} as const;\n\nexport interface NativeGl {\n",
  ...prototypes.map(({ name, result, parameters }) => {
    const list = parameters.map((parameter) => `${parameter.name}: ${TYPES[parameter.type] ?? "number"}`);
    const returned = result === "ptr" ? "number | null" : (TYPES[result] ?? "number");
    return `  readonly ${name}: (${list.join(", ")}) => ${returned};\n`;
  }),
  "}\n",
];
writeFileSync(target("bindings.generated.ts"), bindings.join(""));
console.log(`${prototypes.length} functions of ${headerPath} are called`);
